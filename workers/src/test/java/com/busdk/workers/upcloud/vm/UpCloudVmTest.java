package com.busdk.workers.upcloud.vm;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Reply;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.ApiToken;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.testing.HeldTime;
import com.busdk.workers.upcloud.testing.MovedTime;
import com.busdk.workers.upcloud.testing.StubCloud;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class UpCloudVmTest {
    private final Vertx vertx = Vertx.vertx();
    private final StubCloud cloud = StubCloud.start(vertx);
    private final MovedTime moved = new MovedTime(vertx);
    private final UpCloudClient client = new UpCloudClient(vertx, cloud.url(), ApiToken.of(StubCloud.TOKEN), moved);

    @AfterEach
    void stop() {
        await(client.close());
        cloud.close();
        await(vertx.close());
    }

    private UpCloudVm vm(String name) {
        return new UpCloudVm(client, moved, name);
    }

    @ParameterizedTest
    @CsvSource({
        "started,,,ready",
        "started,,starting,ready",
        "started,,stopping,stopping",
        "maintenance,85,,starting",
        "maintenance,,starting,starting",
        "maintenance,,stopping,stopping",
        "maintenance,,,unavailable",
        "stopped,,,stopped",
        "stopped,,starting,stopped",
        "error,,starting,unavailable",
        "pending_delete,,,stopping",
        "hibernating,,,unavailable"
    })
    void shouldSayInNeutralWordsWhatTheCloudMeans(String state, String progress, String towards, String expected) {
        Server server = new Server("u", "t", "z", "p", state, progress == null ? "" : progress, 0, Map.of(), List.of());
        assertEquals(
                expected, UpCloudVm.status(server, Optional.ofNullable(towards)).state());
    }

    @Test
    void shouldFindItsServerByNameAndByUuid() {
        cloud.machine("other", "stopped");
        Machine machine = cloud.machine("gpu", "started");
        assertEquals("ready", await(vm("gpu").status()).state());
        assertEquals("ready", await(vm(machine.uuid).status()).state());
        assertEquals("upcloud", await(vm("gpu").status()).provider());
    }

    @Test
    void shouldReportAServerThatIsNotThereAsMissingAndNotStartIt() {
        assertEquals("missing", await(vm("gpu").status()).state());
        assertEquals(
                "missing",
                await(vm("00f53904-3f10-49cb-8c9c-103016ea7cbc").status()).state());
        assertEquals(
                "vm_unavailable",
                failure(ApiException.class, vm("gpu").start(1)).type());
    }

    @Test
    void shouldAskForTheUuidWhereTwoServersHaveTheName() {
        cloud.machine("gpu", "started");
        cloud.machine("gpu", "stopped");
        ApiException e = failure(ApiException.class, vm("gpu").start(1));
        assertEquals("vm_unavailable", e.type());
        assertTrue(e.message().contains("UUID") && e.message().contains("--vm-name"), e.message());
        assertEquals(0, cloud.count("POST", ""));
    }

    @Test
    void shouldAnswerAStartThatBlocksBeforeTheCloudDoes() {
        Machine machine = cloud.machine("gpu", "stopped");
        HeldTime held = new HeldTime();
        UpCloudVm vm = new UpCloudVm(client, held, "gpu");
        machine.state = "maintenance"; // nothing that the worker does can end soon
        Future<VmStatus> start = vm.start(1);
        held.release(Duration.ofSeconds(10)); // its own patience, and not the cloud's
        assertEquals("starting", await(start).state());
        assertEquals("starting", await(vm.status()).state());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSayWhyBeforeWhoeverAsksHasGone(boolean start) {
        for (int i = 0; i < 10; i++) {
            cloud.fail("GET", "/server", 429, "", "Retry-After", "15");
        }
        UpCloudVm vm = vm("gpu");
        assertEquals(
                429,
                failure(CloudException.class, start ? vm.start(1) : vm.status()).status());
        assertTrue(moved.nanos() <= Duration.ofSeconds(20).toNanos(), () -> moved.pauses() + " are too long");
    }

    @Test
    void shouldTellTheCloudOfWhatItHasPromisedBeforeItEnds() {
        Machine machine = cloud.machine("gpu", "maintenance");
        HeldTime held = new HeldTime();
        UpCloudVm vm = new UpCloudVm(client, held, "gpu");
        Future<VmStatus> start = vm.start(1);
        held.release(Duration.ofSeconds(10));
        assertEquals("starting", await(start).state());
        assertEquals(0, cloud.count("POST", "/start"));

        Future<Void> told = vm.told(Duration.ofSeconds(30));
        assertFalse(told.isComplete(), "the cloud has not been told");
        machine.state = "stopped";
        held.release(Duration.ofSeconds(5));
        held.release(Duration.ofSeconds(1));
        await(told);
        eventually(() -> cloud.count("POST", "/start") == 1);
    }

    @Test
    void shouldHaveNothingToTellWhereNothingIsUnderWay() {
        cloud.machine("gpu", "started");
        UpCloudVm vm = vm("gpu");
        await(vm.told(Duration.ofSeconds(30)));
        await(vm.start(1));
        await(vm.told(Duration.ofSeconds(30)));
        assertEquals(List.of(), moved.pauses());
    }

    @Test
    void shouldBeStoppingFromTheStopsAcceptanceOn() {
        Machine machine = cloud.machine("gpu", "started");
        HeldTime held = new HeldTime();
        UpCloudVm vm = new UpCloudVm(client, held, "gpu");
        VmStatus answer = await(vm.stop(1)); // no pause was released: the cloud's own answer was enough
        assertEquals("stopping", answer.state());
        assertEquals("maintenance", machine.state);
        assertEquals("stopping", await(vm.status()).state());
        // Another process did not ask for it, and cannot know before it has read of it.
        UpCloudVm other = new UpCloudVm(client, new HeldTime(), "gpu");
        assertEquals("unavailable", await(other.status()).state());
        other.accepted(VmStatus.STOPPING, 1, Duration.ZERO);
        assertEquals("stopping", await(other.status()).state());
    }

    @Test
    void shouldStartOnceForTwoRequestsAtOnce() {
        Machine machine = cloud.machine("gpu", "stopped");
        UpCloudVm vm = vm("gpu");
        Future<VmStatus> one = vm.start(1);
        Future<VmStatus> two = vm.start(1);
        await(one);
        await(two);
        eventually(() -> machine.state.equals("started"));
        assertEquals(1, cloud.count("POST", "/start"));
    }

    @Test
    void shouldStartAfterAStopThatIsUnderWay() {
        Machine machine = cloud.machine("gpu", "started");
        UpCloudVm vm = new UpCloudVm(client, polling(), "gpu");
        assertEquals("stopping", await(vm.stop(1)).state());
        assertEquals("ready", await(vm.start(2)).state());
        assertEquals("started", machine.state);
        assertEquals(1, cloud.count("POST", "/start"));
    }

    /** A time in which whoever brings a server somewhere goes on, and nobody is answered before that says something. */
    private static HeldTime polling() {
        HeldTime time = new HeldTime();
        time.release(PowerControl.POLL);
        time.release(Duration.ofSeconds(1)); // after a command
        return time;
    }

    @Test
    void shouldNotStopAgainWhatAnotherProcessWasAskedToStart() {
        Machine machine = cloud.machine("gpu", "started");
        Promise<Void> gate = Promise.promise();
        MovedTime oneTime = new MovedTime(vertx);
        UpCloudVm one = new UpCloudVm(client, new GatedTime(gate.future(), oneTime), "gpu");
        UpCloudVm two = vm("gpu");
        assertEquals("stopping", await(one.stop(1)).state());
        accepted(VmStatus.STOPPING, 1, one, two);
        await(two.start(2));
        accepted(VmStatus.STARTING, 2, one, two);
        eventually(() -> machine.state.equals("started"));

        gate.complete(); // the first has looked at nothing so far, and finds it started
        eventually(() -> oneTime.nanos() >= Duration.ofMinutes(2).toNanos());
        oneTime.move(Duration.ofSeconds(10));
        for (int look = 0; look < 10; look++) {
            assertEquals("ready", await(one.status()).state()); // whatever it was about to send is there by now
        }
        assertEquals(1, cloud.count("POST", "/stop"));
        assertEquals(1, cloud.count("POST", "/start"));
        assertEquals("started", machine.state);
    }

    /** A server that the cloud calls started while its guest shuts down. */
    private Machine shuttingDown() {
        cloud.fail("POST", "/stop", 200, "{\"server\":{}}");
        return cloud.machine("gpu", "started").becomes("stopped", 4);
    }

    @Test
    void shouldStartWhatStillRunsWhileItShutsDownForAnother() {
        Machine machine = shuttingDown();
        UpCloudVm one = new UpCloudVm(client, new HeldTime(), "gpu"); // it dies here, as far as anybody can tell
        assertEquals("stopping", await(one.stop(1)).state());
        UpCloudVm two = new UpCloudVm(client, polling(), "gpu");
        accepted(VmStatus.STOPPING, 1, two);
        assertEquals("stopping", await(two.status()).state());

        assertEquals("ready", await(two.start(2)).state());
        assertEquals("started", machine.state);
        assertEquals(1, cloud.count("POST", "/stop"));
        assertEquals(1, cloud.count("POST", "/start"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"starting", "stopping"})
    void shouldCarryOutWhatAProcessThatIsNoMoreHasAccepted(String towards) {
        Machine machine = cloud.machine("gpu", towards.equals("starting") ? "stopped" : "started");
        UpCloudVm vm = vm("gpu");
        vm.accepted(towards, 1, Duration.ofMinutes(3));
        eventually(() -> machine.state.equals(towards.equals("starting") ? "started" : "stopped"));
        assertEquals(1, cloud.count("POST", ""));
    }

    @Test
    void shouldNotStopForAnotherWhatItCannotTellWhetherItWasStartedSince() {
        Machine machine = cloud.machine("gpu", "started");
        AtomicBoolean connected = new AtomicBoolean();
        UpCloudVm vm = vm("gpu");
        vm.isToldBy(() -> connected.get() ? Future.succeededFuture() : Future.failedFuture("cut off"));
        vm.accepted(VmStatus.STOPPING, 1, Duration.ZERO);
        eventually(() -> moved.nanos() >= Duration.ofMinutes(4).toNanos());
        assertEquals(0, cloud.count("POST", ""), "the last stop is over, and nobody knows what came behind it");
        connected.set(true);
        eventually(() -> machine.state.equals("stopped"));
        assertEquals(1, cloud.count("POST", "/stop"));
    }

    @Test
    void shouldNotWaitForItsOwnStopBeforeItIsSent() {
        Machine machine = cloud.machine("gpu", "maintenance");
        HeldTime held = new HeldTime();
        UpCloudVm vm = new UpCloudVm(client, held, "gpu");
        Future<VmStatus> stop = vm.stop(1);
        held.release(Duration.ofSeconds(10));
        assertEquals("stopping", await(stop).state());
        vm.accepted(VmStatus.STOPPING, 1, Duration.ZERO); // its own answer
        machine.state = "started"; // between two looks
        held.release(PowerControl.POLL);
        held.release(Duration.ofSeconds(1));
        eventually(() -> cloud.count("POST", "/stop") == 1);
    }

    @Test
    void shouldNotUndoWhatWasDoneSinceAnActionOfLongAgo() {
        cloud.machine("gpu", "started");
        UpCloudVm vm = vm("gpu");
        vm.accepted(VmStatus.STARTING, 1, Duration.ofMinutes(30));
        vm.accepted(VmStatus.STOPPING, 2, Duration.ofMinutes(10));
        assertEquals("ready", await(vm.status()).state());
        assertEquals(List.of(), moved.pauses(), "nobody looks later");
    }

    @Test
    void shouldFollowTheNewestOfManyActionsWithOneLook() {
        Machine machine = cloud.machine("gpu", "stopped");
        HeldTime held = new HeldTime();
        UpCloudVm vm = new UpCloudVm(client, held, "gpu");
        for (int place = 1; place <= 1_000; place++) {
            vm.accepted(place % 2 == 0 ? VmStatus.STARTING : VmStatus.STOPPING, place, Duration.ofMinutes(3));
        }
        vm.accepted(VmStatus.STOPPING, 999, Duration.ofMinutes(3)); // heard once more, and late
        held.release(UpCloudVm.PATIENCE);
        eventually(() -> machine.state.equals("started"));
        assertEquals(0, cloud.count("POST", "/stop"));
        assertEquals(1, cloud.count("GET", "/1.3/server") - cloud.count("GET", "/1.3/server/"), "it was found once");
    }

    @Test
    void shouldRefuseARequestThatIsOlderThanWhatWasAcceptedSince() {
        cloud.machine("gpu", "started");
        UpCloudVm vm = new UpCloudVm(client, new HeldTime(), "gpu");
        vm.accepted(VmStatus.STARTING, 2, Duration.ZERO);
        ApiException e = failure(ApiException.class, vm.stop(1)); // its worker has died, and it comes once more
        assertEquals("conflict", e.type());
        assertEquals(0, cloud.count("POST", "/stop"));
        assertEquals("ready", await(vm.start(1)).state());
    }

    @Test
    void shouldTellAServerThatIsGoneFromOneThatNeverWas() {
        UpCloudVm vm = vm("gpu");
        assertEquals("no such server", await(vm.status()).details().get("reason"));
        Machine machine = cloud.machine("gpu", "started");
        assertEquals("ready", await(vm.status()).state());
        cloud.remove(machine);
        for (int look = 0; look < 2; look++) {
            VmStatus status = await(vm.status());
            assertEquals("missing", status.state());
            assertTrue(status.details().getOrDefault("reason", "").contains("deleted"), status.toString());
        }
    }

    private static void accepted(String towards, long place, UpCloudVm... vms) {
        for (UpCloudVm vm : vms) {
            vm.accepted(towards, place, Duration.ZERO);
        }
    }

    /** A time in which nobody goes on before a gate is open. */
    private record GatedTime(Future<Void> gate, MovedTime behind) implements CloudTime {
        @Override
        public long nanos() {
            return behind.nanos();
        }

        @Override
        public Future<Void> pause(Duration length) {
            return gate.compose(ignored -> behind.pause(length));
        }

        @Override
        public void later(Duration length, Runnable what) {
            behind.later(length, what);
        }
    }

    @Test
    void shouldTellAFailureThatComesAtOnce() {
        cloud.machine("gpu", "stopped");
        cloud.fail("POST", "/start", 402, StubCloud.error("INSUFFICIENT_CREDITS", "m"));
        ApiException e = failure(
                ApiException.class, ask("bus.vm.start.request", "{}", new UpCloudVm(client, new HeldTime(), "gpu")));
        assertEquals("upcloud_error", e.type());
        assertTrue(e.message().contains("paid"), e.message());
    }

    // --- the handler ---

    @Test
    void shouldAnswerEventsAsTheContractHasThem() throws IOException {
        cloud.machine("gpu", "started");
        JsonNode status = json(await(ask("bus.vm.status.request", "{\"runtime\":\"default\",\"x\":1}", vm("gpu"))));
        assertEquals("ready", status.path("state").asText());
        assertEquals("upcloud", status.path("provider").asText());
        assertTrue(status.path("details").isObject());
        assertFalse(status.toString().contains(StubCloud.PASSWORD));
        JsonNode started = json(await(ask("bus.vm.start.request", "null", vm("gpu"))));
        assertEquals("{\"accepted\":true,\"action\":\"start\",\"state\":\"ready\"}", started.toString());
        JsonNode stopped = json(await(ask("bus.vm.stop.request", "{}", vm("gpu"))));
        assertEquals("stop", stopped.path("action").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "7", "\"x\"", "{\"runtime\":{}}"})
    void shouldRefuseAPayloadThatIsNone(String payload) {
        VmHandler handler = new VmHandler(new StaticVm());
        Future<Reply> reply;
        try {
            reply = handler.handle(event("bus.vm.start.request", payload));
        } catch (ApiException e) {
            reply = Future.failedFuture(e);
        }
        assertEquals("bad_request", failure(ApiException.class, reply).type());
    }

    @Test
    void shouldBeAMachineWithoutACloud() throws IOException {
        VmService vm = new StaticVm();
        assertEquals(
                "{\"state\":\"ready\",\"provider\":\"static\",\"details\":{}}",
                await(ask("bus.vm.status.request", "{}", vm)).payload());
        assertEquals(
                "stopped",
                json(await(ask("bus.vm.stop.request", "{}", vm))).path("state").asText());
        assertEquals("stopped", await(vm.status()).state());
        assertEquals(
                "ready",
                json(await(ask("bus.vm.start.request", "{}", vm))).path("state").asText());
    }

    private static Future<Reply> ask(String name, String payload, VmService vm) {
        return new VmHandler(vm).handle(event(name, payload));
    }

    private static Envelope event(String name, String payload) {
        return Envelope.builder(name).payload(payload).build();
    }

    private static JsonNode json(Reply reply) throws IOException {
        return new ObjectMapper().readTree(reply.payload());
    }

    private void eventually(java.util.function.BooleanSupplier condition) {
        Promise<Void> there = Promise.promise();
        vertx.setPeriodic(1, timer -> {
            if (condition.getAsBoolean()) {
                vertx.cancelTimer(timer);
                there.tryComplete();
            }
        });
        await(there.future());
    }
}
