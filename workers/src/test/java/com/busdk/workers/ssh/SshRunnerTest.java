package com.busdk.workers.ssh;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub;
import com.busdk.client.testing.StubHub.Exchange;
import com.busdk.client.worker.Payload;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.store.Hub;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The handler with a real sshd; the worker runtime around it has its own tests. */
class SshRunnerTest extends SshRunnerTestCase {
    @Test
    void shouldAnswerWithTheResult() throws Exception {
        String payload = Payload.of(script(server, "echo \"$A\"; exit 4").withEnv(Map.of("A", "b")));
        Reply reply = reply(runner.handle(request(payload, "c-1", "me")));
        assertNull(reply.error());
        JsonNode result = new ObjectMapper().readTree(reply.payload());
        assertEquals("127.0.0.1", result.at("/target/host").asText());
        assertEquals(4, result.get("exit_code").asInt());
        assertEquals("b\n", result.get("stdout").asText());
        assertTrue(result.get("duration_ms").isIntegralNumber());
        assertFalse(result.has("signal") || result.has("stdout_truncated"));
    }

    @Test
    void shouldRefuseBadPayloads() {
        for (String payload : new String[] {"null", "[]", "{}", "3", "{\"targets\":\"x\",\"script\":\"y\"}"}) {
            ApiException e =
                    assertThrows(ApiException.class, () -> runner.handle(request(payload, "c", "me")), payload);
            assertEquals("bad_request", e.type());
        }
    }

    @Test
    void shouldSayExactlyWhatTheContractSaysAboutNetplan() throws Exception {
        var mode = new ScriptRequest.NetworkBootstrap(true, "by-name", null, null);
        var noMac = new ScriptRequest.NetworkBootstrap(true, "mac-match", null, null);
        ApiException first = failed(
                runner.handle(request(Payload.of(script(server, "true").withNetworkBootstrap(mode)), "c", "me")));
        assertEquals("bad_request", first.type());
        assertEquals("unsupported runner netplan mode", first.message());
        ApiException second = failed(
                runner.handle(request(Payload.of(script(server, "true").withNetworkBootstrap(noMac)), "c", "me")));
        assertEquals("runner netplan mode mac-match requires interface MAC", second.message());
    }

    @Test
    void shouldShareItsSessionsAmongItsInstancesAndLetAScriptBeFollowedOften() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (StubHub hub = StubHub.start(vertx)) {
            String url = "http://" + hub.url().getAuthority();
            var context = context(vertx, url, Map.of("instances", "3", "drain", "1s"));
            WorkerRun run = await(WorkerRun.start(new SshWorkerKind(), context));
            hub.next().answer(200, GROUPS);
            hub.next().open().line("{\"notice\":\"caught_up\"}");
            for (int i = 0; i < 3; i++) {
                Exchange stream = hub.next().open();
                assertEquals(SshRunner.REQUEST, stream.parameters().get("name"));
                assertEquals("4", stream.parameters().get("max_in_flight"));
                assertEquals("1000", stream.parameters().get("max_deliveries"));
            }
            await(run.running());
            await(run.stop());
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void shouldFollowWhatAnotherWorkerHasBegunAndAnswerTheSame() throws Exception {
        var begun = folder.resolve("begun");
        var gate = folder.resolve("gate");
        String script = "echo begun >> " + begun + "; until [ -e " + gate + " ]; do sleep 0.05; done; echo end; exit 5";
        Envelope request = request(Payload.of(script(server, script)), "c-1", "me");
        Future<Reply> first = runner.handle(delivered(request, 1));
        Peer.eventually("the script begins", () -> Files.exists(begun));
        SshRunner second = SshRunner.with(executor());
        Future<Reply> again = second.handle(delivered(request, 2));
        Peer.eventually("the other one logs in", () -> server.logins() == 2);
        Files.writeString(gate, "");
        assertEquals(reply(first), reply(again));
        assertEquals("begun\n", Peer.text(begun));
    }

    /** A first delivery goes to the next candidate where one cannot be reached, a later one does not. */
    @Test
    void shouldTellALaterDeliveryFromTheFirst() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost(), server.knownHost());
            runner = SshRunner.with(executor("connect-timeout", "2s"));
            var both = ScriptRequest.of(List.of(door.target(Peer.me()), server.target(Peer.me())), "true");
            Envelope later = request(Payload.of(both.withTimeout(Duration.ofSeconds(4))), "c-1", "me");
            assertEquals(
                    "ssh_outcome_unknown",
                    failed(runner.handle(delivered(later, 2))).type());
            Envelope first = request(Payload.of(both), "c-2", "me");
            assertNull(reply(runner.handle(delivered(first, 1))).error());
        }
    }

    /** One that was given up and is delivered anew says that it is delivered for the first time. */
    @Test
    void shouldLookForAnOldRequestAsIfItHadComeBefore() {
        Instant now = Instant.parse("2026-01-31T12:00:00Z");
        Envelope young = request("{}", "c", "me").toBuilder()
                .createdAt(now.minusSeconds(59))
                .build();
        Envelope old = young.toBuilder().createdAt(now.minusSeconds(61)).build();
        assertEquals(Earlier.NONE, SshRunner.earlier(delivered(young, 1), now));
        assertEquals(Earlier.UNLIKELY, SshRunner.earlier(delivered(old, 1), now));
        assertEquals(Earlier.LIKELY, SshRunner.earlier(delivered(young, 2), now));
        assertEquals(Earlier.LIKELY, SshRunner.earlier(delivered(old, 2), now));
        assertEquals(Earlier.NONE, SshRunner.earlier(request("{}", "c", "me"), now));
    }

    @Test
    void shouldAnswerAlsoWhereAClassIsMissing() {
        Promise<Reply> reply = Promise.promise();
        assertDoesNotThrow(() -> SshRunner.answer(reply, () -> {
            throw new NoClassDefFoundError("gone");
        }));
        assertTrue(reply.future().failed());
    }

    @Test
    void shouldKeepTheResultAtTheTargetUntilTheRequestIsSettled() throws Exception {
        Envelope request = request(Payload.of(script(server, "echo out")), "c-1", "me");
        reply(runner.handle(request));
        var kept = Shell.folder(Attempt.at(Objects.requireNonNull(request.id())));
        assertTrue(Files.exists(kept.resolve("result")));
        runner.settled(request("null", "c-2", "me"));
        assertTrue(Files.exists(kept.resolve("result")), "that was another request");
        runner.settled(request);
        Peer.eventually("the folder goes", () -> !Files.exists(kept));
        runner.settled(request);
    }

    /** As the worker's runtime does it: nothing is taken away before the acknowledgement is confirmed. */
    @Test
    void shouldForgetWhatAWorkerHasAnswered() throws Exception {
        BlockingQueue<String> ids = new LinkedBlockingQueue<>();
        RequestHandler seen = new RequestHandler() {
            @Override
            public Future<Reply> handle(Envelope request) {
                ids.add(String.valueOf(request.id()));
                return runner.handle(request);
            }

            @Override
            public void settled(Envelope request) {
                runner.settled(request);
            }
        };
        try (Hub hub = new Hub()) {
            WorkerOptions options = SshRunner.workerOptions(options()).build();
            Worker worker = Worker.create(hub.vertx, hub.client("ssh-runner", "ssh:run"), options, seen);
            await(worker.start());
            Envelope request = Envelope.builder(SshRunner.REQUEST)
                    .payload(Payload.of(script(server, "echo out")))
                    .build();
            assertNull(await(hub.client("upcloud", "ssh:run").request(request, Duration.ofSeconds(30)))
                    .error());
            var kept = Shell.folder(Attempt.at(Objects.requireNonNull(ids.poll(20, TimeUnit.SECONDS))));
            Peer.eventually("the folder goes", () -> !Files.exists(kept));
            await(worker.stop());
        }
    }

    /** A worker at a service whose answers are the test's; its request is somebody else's before the script is begun. */
    private void shouldLetGoOf(SshExecutor executor, ScriptRequest script, Doing whileItWaits) throws Exception {
        Vertx vertx = Vertx.vertx();
        try (StubHub hub = StubHub.start(vertx)) {
            EventsClient client = EventsClient.create(vertx, hub.url(), TokenSource.fixed("a.b.c"));
            WorkerOptions options = SshRunner.workerOptions(options())
                    .lease(Duration.ofMinutes(10))
                    .build(); // not extended meanwhile
            Worker worker = Worker.create(vertx, client, options, SshRunner.with(executor));
            worker.start();
            Envelope request = delivered(request(Payload.of(script), "c", "me"), 1);
            Exchange stream = hub.next().open();
            stream.line(request.toJson());
            whileItWaits.work();
            Exchange asked = hub.next();
            assertEquals("/api/v1/events/ack", asked.path());
            assertEquals("[\"token\"]", json(asked).get("extend").toString());
            asked.answer(200, "{\"ack\":0,\"nack\":0,\"reject\":0,\"extend\":0,\"stale\":[\"token\"],\"unknown\":[]}");
            Exchange last = hub.next();
            assertEquals("/api/v1/events/ack", last.path(), "it is not answered");
            assertEquals("token", json(last).at("/nack/0/token").asText());
            var kept = Shell.folder(Attempt.at(Objects.requireNonNull(request.id())));
            Peer.eventually("nothing of it stays", () -> !Files.exists(kept));
            assertTrue(hub.hasNoMore());
        } finally {
            await(vertx.close());
        }
    }

    /** What a test does meanwhile. */
    private interface Doing {
        void work() throws Exception;
    }

    private static JsonNode json(Exchange exchange) throws Exception {
        return new ObjectMapper().readTree(exchange.body());
    }

    @Test
    void shouldBeginNothingThatWasGivenToAnotherWhileItWaitedForItsTurn() throws Exception {
        var begun = folder.resolve("begun");
        var gate = folder.resolve("gate");
        var other = folder.resolve("other");
        SshExecutor executor = executor("max-sessions", "1");
        var first = begin(
                executor,
                script(server, "touch " + other + "; until [ -e " + gate + " ]; do sleep 0.05; done"),
                newId(),
                new StopWish());
        Peer.eventually("the first begins", () -> Files.exists(other));
        shouldLetGoOf(executor, script(server, "touch " + begun), () -> {
            Files.writeString(gate, "");
            first.get(60, TimeUnit.SECONDS);
        });
        assertFalse(Files.exists(begun));
    }

    @Test
    void shouldBeginNothingThatWasGivenToAnotherWhileItLoggedIn() throws Exception {
        var begun = folder.resolve("begun");
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost());
            ScriptRequest script = ScriptRequest.of(List.of(door.target(Peer.me())), "touch " + begun);
            shouldLetGoOf(executor(), script, () -> {
                Peer.eventually("it logs in", () -> door.knocks() == 1);
                door.open();
            });
        }
        assertFalse(Files.exists(begun));
    }

    @Test
    void shouldWorkOnAsManyRequestsAsItRunsScripts() {
        WorkerOptions worker =
                SshRunner.workerOptions(options("max-sessions", "5")).build();
        assertEquals(5, worker.concurrency());
        assertEquals(1000, worker.maxDeliveries());
        assertEquals("ssh-runner", worker.group());
        assertEquals(Map.of("bus.ssh.script.run.request", "bus.ssh.script.run.response"), worker.responses());
    }

    @Test
    void shouldLeaveItsScriptsToTheNextWhenItIsClosed() throws Exception {
        var pid = folder.resolve("pid");
        var gate = folder.resolve("gate");
        String script = "echo $$ > " + pid + "; until [ -e " + gate + " ]; do sleep 0.05; done; echo end";
        Envelope request = request(Payload.of(script(server, script)), "c", "me");
        Future<Reply> run = runner.handle(request);
        long shell = Peer.number(pid);
        runner.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertEquals("unavailable", failed(run).type());
        assertTrue(Peer.lives(shell));
        Files.writeString(gate, "");
        assertNull(
                reply(SshRunner.with(executor()).handle(delivered(request, 2))).error());
    }
}
