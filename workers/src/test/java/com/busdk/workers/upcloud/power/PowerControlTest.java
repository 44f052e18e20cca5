package com.busdk.workers.upcloud.power;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.ApiToken;
import com.busdk.workers.upcloud.options.RunnerPolicy;
import com.busdk.workers.upcloud.options.UpCloudOptions;
import com.busdk.workers.upcloud.testing.MovedTime;
import com.busdk.workers.upcloud.testing.StubCloud;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PowerControlTest {
    private final Vertx vertx = Vertx.vertx();
    private final StubCloud cloud = StubCloud.start(vertx);
    private final MovedTime time = new MovedTime(vertx);
    private final UpCloudClient client = new UpCloudClient(vertx, cloud.url(), ApiToken.of(StubCloud.TOKEN), time);
    private final PowerControl power = new PowerControl(client, time);

    @AfterEach
    void stop() {
        await(client.close());
        cloud.close();
        await(vertx.close());
    }

    private Future<Server> started(Machine machine) {
        return power.started(machine.uuid, course(Duration.ofMinutes(10)), () -> {});
    }

    private Future<Server> stopped(Machine machine) {
        return power.stopped(machine.uuid, course(Duration.ofMinutes(10)), () -> {});
    }

    private Course course(Duration limit) {
        return Course.until(Deadline.in(time, limit));
    }

    private static RunnerPolicy policy(String... flags) {
        Map<String, String> given = new java.util.HashMap<>();
        for (int i = 0; i < flags.length; i += 2) {
            given.put(flags[i], flags[i + 1]);
        }
        return UpCloudOptions.read(given, Map.of()).policy();
    }

    // --- start ---

    @Test
    void shouldStartWhatStands() {
        Machine machine = cloud.machine("m", "stopped");
        assertEquals("started", await(started(machine)).state());
        assertEquals(1, cloud.count("POST", "/start"));
    }

    @Test
    void shouldWaitOutATransitionAndThenStart() {
        Machine machine = cloud.machine("m", "maintenance").becomes("stopped", 3);
        await(started(machine));
        assertEquals(1, cloud.count("POST", "/start"));
        assertEquals("started", machine.state);
    }

    @Test
    void shouldNotBeLeftAloneForLongerThanADeletionMayTake() {
        Machine machine = cloud.machine("m", "stopped");
        cloud.fail("DELETE", "", 429, "", "Retry-After", "3600");
        CloudException e = failure(CloudException.class, power.deleted(machine.uuid, policy()));
        assertEquals(429, e.status());
        assertTrue(time.nanos() <= Duration.ofMinutes(10).toNanos(), () -> time.pauses() + " are too long");
    }

    @Test
    void shouldNotPauseBeyondItsTime() {
        Machine machine = cloud.machine("m", "maintenance");
        ApiException e =
                failure(ApiException.class, power.started(machine.uuid, course(Duration.ofSeconds(12)), () -> {}));
        assertEquals("timeout", e.type());
        assertEquals(
                java.util.List.of(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(2)), time.pauses());
    }

    @Test
    void shouldNotStartWhatIsBeingStarted() {
        Machine machine = cloud.machine("m", "maintenance").becomes("started", 3);
        await(started(machine));
        assertEquals(0, cloud.count("POST", "/start"));
    }

    @Test
    void shouldFindThatAStartWithoutAnAnswerHasWorked() {
        Machine machine = cloud.machine("m", "stopped");
        cloud.cut("POST", "/start", true);
        await(started(machine));
        assertEquals(1, cloud.count("POST", "/start"));
    }

    @Test
    void shouldStartAgainAfterAStartThatDidNothing() {
        Machine machine = cloud.machine("m", "stopped");
        cloud.cut("POST", "/start", false);
        cloud.fail("POST", "/start", 503, "");
        cloud.fail("POST", "/start", 429, "", "Retry-After", "90");
        await(started(machine));
        assertEquals(4, cloud.count("POST", "/start"));
        assertTrue(time.pauses().contains(Duration.ofSeconds(90)));
    }

    @Test
    void shouldLetTheNextLookExplainAConflict() {
        Machine machine = cloud.machine("m", "stopped");
        cloud.fail("POST", "/start", 409, StubCloud.error("SERVER_STATE_ILLEGAL", "in state 'maintenance'"));
        await(started(machine));
        assertEquals(2, cloud.count("POST", "/start"));
    }

    @Test
    void shouldNotStopWhatWasStartedBehindAnothersStop() {
        Machine machine = cloud.machine("m", "started").becomes("maintenance", 2);
        LastStop another = new LastStop(time);
        another.sent(Duration.ZERO);
        Course course = new Course(
                Deadline.in(time, Duration.ofMinutes(10)),
                PowerControl.POLL,
                another,
                () -> {
                    if (machine.state.equals("maintenance")) {
                        machine.becomes("started", 1);
                    }
                    return true;
                },
                Future::succeededFuture);
        ApiException e = failure(ApiException.class, power.stopped(machine.uuid, course, () -> {}));
        assertEquals("conflict", e.type());
        assertEquals(0, cloud.count("POST", ""));
    }

    @Test
    void shouldNotTryAgainWhereTheZoneIsFull() {
        Machine machine = cloud.machine("m", "stopped");
        cloud.fail("POST", "/start", 409, StubCloud.error("SERVER_RESOURCES_UNAVAILABLE", "full"));
        CloudException e = failure(CloudException.class, started(machine));
        assertEquals("SERVER_RESOURCES_UNAVAILABLE", e.code());
        assertEquals(1, cloud.count("POST", "/start"));
    }

    @Test
    void shouldWaitForAFaultToHeal() {
        Machine machine = cloud.machine("m", "error").becomes("started", 4);
        await(started(machine));
        assertEquals(0, cloud.count("POST", ""));
        assertEquals(0, cloud.count("DELETE", ""));
    }

    @Test
    void shouldLiveThroughAStateThatIsNotKnown() {
        Machine machine = cloud.machine("m", "hibernating").becomes("stopped", 2);
        await(started(machine));
    }

    @Test
    void shouldGiveUpAtTheDeadlineAndSayInWhichState() {
        Machine machine = cloud.machine("m", "maintenance");
        ApiException e = failure(ApiException.class, started(machine));
        assertEquals("timeout", e.type());
        assertTrue(e.message().contains("maintenance"), e.message());
    }

    @Test
    void shouldSayThatAServerIsGone() {
        ApiException e = failure(
                ApiException.class,
                power.started("00f53904-3f10-49cb-8c9c-103016ea7cbc", course(Duration.ofMinutes(1)), () -> {}));
        assertEquals("vm_unavailable", e.type());
    }

    @Test
    void shouldWaitForAStartThatIsAnsweredBeforeTheServerRuns() {
        cloud.startsAsync = true;
        cloud.polls = 4;
        Machine machine = cloud.machine("m", "stopped");
        assertEquals("started", await(started(machine)).state());
        assertEquals(1, cloud.count("POST", "/start"), "it is not started again meanwhile");
        assertEquals("{\"server\":{}}", cloud.call("POST", "/start").body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/start", "/stop"})
    void shouldTellAServerThatIsGoneFromATokenThatIsRefused(String verb) {
        // The API refuses both in the same words.
        boolean start = verb.equals("/start");
        Machine gone = cloud.machine("m", start ? "stopped" : "started");
        cloud.vanishBefore("POST", gone.uuid + verb, gone);
        ApiException e = failure(ApiException.class, start ? started(gone) : stopped(gone));
        assertEquals("vm_unavailable", e.type());

        Machine there = cloud.machine("n", start ? "stopped" : "started");
        cloud.fail("POST", there.uuid + verb, 403, StubCloud.error("AUTHENTICATION_FAILED", "no"));
        CloudException refused = failure(CloudException.class, start ? started(there) : stopped(there));
        assertEquals(403, refused.status());
        assertEquals(1, cloud.count("POST", there.uuid + verb));
    }

    // --- stop ---

    @Test
    void shouldNotTakeTheAnswerOfAStopForTheNewState() {
        Machine machine = cloud.machine("m", "started");
        assertEquals("stopped", await(stopped(machine)).state());
        assertEquals(1, cloud.count("POST", "/stop"));
    }

    @Test
    void shouldNotSendAStopAtEveryLookAndSendItAgainWhenItHasNoEffect() {
        Machine machine = cloud.machine("m", "started");
        cloud.fail("POST", "/stop", 200, "{\"server\":{}}");
        await(stopped(machine));
        assertEquals(2, cloud.count("POST", "/stop"));
        // Looked many times in between: the guest had its time.
        assertTrue(cloud.count("GET", machine.uuid) > 10, "looks: " + cloud.count("GET", machine.uuid));
    }

    @Test
    void shouldNotStopAgainWhatSomebodyHasStarted() {
        cloud.stopsTo = "started";
        Machine machine = cloud.machine("m", "started");
        assertEquals("conflict", failure(ApiException.class, stopped(machine)).type());
        assertEquals(1, cloud.count("POST", "/stop"));
        assertEquals("started", machine.state);
    }

    @Test
    void shouldWaitForAStopThatIsUnderWayRatherThanSendAnother() {
        Machine machine = cloud.machine("m", "started").becomes("stopped", 3);
        Course course = course(Duration.ofMinutes(10));
        course.lastStop().sent(Duration.ofSeconds(20));
        Promise<Void> underWay = Promise.promise();
        await(power.stopped(machine.uuid, course, underWay::tryComplete));
        assertTrue(underWay.future().isComplete());
        assertEquals(0, cloud.count("POST", "/stop"));
    }

    @Test
    void shouldSendAStopAfterOneThatWasRefused() {
        Machine machine = cloud.machine("m", "started");
        cloud.fail("POST", "/stop", 402, StubCloud.error("INSUFFICIENT_CREDITS", "m"));
        Course course = course(Duration.ofMinutes(10));
        failure(CloudException.class, power.stopped(machine.uuid, course, () -> {}));
        long before = time.nanos();
        await(power.stopped(machine.uuid, course, () -> {}));
        assertTrue(time.nanos() - before < Duration.ofMinutes(1).toNanos(), () -> time.pauses() + " are too long");
    }

    @Test
    void shouldNotTakeAServerThatShutsDownForStarted() {
        Machine machine = cloud.machine("m", "started").becomes("stopped", 3);
        Course course = course(Duration.ofMinutes(10));
        course.lastStop().sent(Duration.ofSeconds(20));
        await(power.started(machine.uuid, course, () -> {}));
        assertEquals(1, cloud.count("POST", "/start"));
        assertEquals("started", machine.state);
    }

    @Test
    void shouldTakeAServerForStartedThatAStopShouldHaveEndedLongAgo() {
        Machine machine = cloud.machine("m", "started");
        Course course = course(Duration.ofMinutes(10));
        course.lastStop().sent(Duration.ofSeconds(20));
        await(power.started(machine.uuid, course, () -> {}));
        assertEquals(0, cloud.count("POST", "/start"));
        assertEquals(Duration.ofSeconds(100).toNanos(), time.nanos());
    }

    @Test
    void shouldNotStopWhatStands() {
        await(stopped(cloud.machine("m", "stopped")));
        assertEquals(0, cloud.count("POST", "/stop"));
    }

    // --- delete ---

    @Test
    void shouldStopAndDeleteWithDisks() {
        Machine machine = cloud.machine("m", "started");
        await(power.deleted(machine.uuid, policy()));
        assertTrue(cloud.machines().isEmpty());
        assertTrue(machine.deletedWithStorages);
    }

    @Test
    void shouldNotDeleteWhatSomebodyHasStarted() {
        cloud.stopsTo = "started";
        Machine machine = cloud.machine("m", "started");
        assertEquals(
                "conflict",
                failure(ApiException.class, power.deleted(machine.uuid, policy()))
                        .type());
        assertEquals(1, cloud.count("POST", "/stop"));
        assertEquals("started", machine.state);
    }

    @Test
    void shouldKeepDisksIfToldTo() {
        Machine machine = cloud.machine("m", "stopped");
        await(power.deleted(machine.uuid, policy("runner-delete-storage", "no")));
        assertTrue(cloud.machines().isEmpty());
        assertFalse(machine.deletedWithStorages);
        assertEquals(0, cloud.count("DELETE", "storages"));
    }

    @Test
    void shouldNotStopForADeleteIfToldNotTo() {
        Machine machine = cloud.machine("m", "started");
        ApiException e =
                failure(ApiException.class, power.deleted(machine.uuid, policy("runner-delete-stop-first", "false")));
        assertEquals("conflict", e.type());
        assertTrue(e.message().contains("--runner-delete-stop-first"), e.message());
        assertEquals("started", machine.state);
    }

    @Test
    void shouldWaitOutTransientStatesAndConflictsOfDisks() {
        Machine machine = cloud.machine("m", "pending").becomes("stopped", 3);
        cloud.fail("DELETE", machine.uuid, 409, StubCloud.error("STORAGE_STATE_ILLEGAL", "disk"));
        cloud.fail("DELETE", machine.uuid, 409, StubCloud.error("SERVER_STATE_ILLEGAL", "server"));
        await(power.deleted(machine.uuid, policy()));
        assertTrue(cloud.machines().isEmpty());
        assertEquals(3, cloud.count("DELETE", machine.uuid));
    }

    @Test
    void shouldFailAtOnceOnAStateThatIsNeitherReadyNorTransient() {
        Machine machine = cloud.machine("m", "hibernating");
        ApiException e = failure(ApiException.class, power.deleted(machine.uuid, policy()));
        assertTrue(e.message().contains("--runner-transient-states"), e.message());
        assertEquals(1, cloud.calls().size());
    }

    @Test
    void shouldTakeAServerThatIsNotThereForDeleted() {
        await(power.deleted("00f53904-3f10-49cb-8c9c-103016ea7cbc", policy()));
    }

    @Test
    void shouldTakeAServerThatSomebodyElseDeletesMeanwhileForDeleted() {
        Machine machine = cloud.machine("m", "started");
        cloud.vanishBefore("POST", "/stop", machine);
        await(power.deleted(machine.uuid, policy()));
    }

    @Test
    void shouldFindThatADeleteWithoutAnAnswerHasWorked() {
        Machine machine = cloud.machine("m", "stopped");
        cloud.cut("DELETE", machine.uuid, true);
        await(power.deleted(machine.uuid, policy()));
        assertEquals(1, cloud.count("DELETE", machine.uuid));
    }

    @Test
    void shouldGiveADeleteUpAfterItsTime() {
        Machine machine = cloud.machine("m", "maintenance");
        ApiException e =
                failure(ApiException.class, power.deleted(machine.uuid, policy("runner-delete-timeout", "30s")));
        assertEquals("timeout", e.type());
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void shouldNotWaitForARefusedToken(int status) {
        Machine machine = cloud.machine("m", "stopped");
        cloud.fail("POST", "/start", status, StubCloud.error("AUTHENTICATION_FAILED", StubCloud.TOKEN));
        CloudException e = failure(CloudException.class, started(machine));
        assertEquals(status, e.status());
        assertFalse(e.toApi().message().contains(StubCloud.TOKEN));
    }
}
