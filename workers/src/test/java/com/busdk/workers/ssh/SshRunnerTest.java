package com.busdk.workers.ssh;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Delivery;
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
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSettings;
import com.busdk.workers.store.Hub;
import com.busdk.workers.upcloud.testing.Await;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The handler with a real sshd; the worker runtime around it has its own tests. */
class SshRunnerTest extends SshTestCase {
    /** The worker's group is there, so that it need not be made. */
    private static final String GROUPS = "{\"groups\":[{\"group\":\"ssh-runner\"}]}";

    private Sshd server;
    private SshRunner runner;

    @BeforeEach
    void startServer() throws Exception {
        server = sshd("127.0.0.1");
        know(server);
        runner = SshRunner.with(executor());
    }

    private static Envelope request(String payload, String correlationId, String identity) {
        return Envelope.builder(SshRunner.REQUEST)
                .id(newId())
                .payload(payload)
                .correlationId(correlationId)
                .identityId(identity)
                .build();
    }

    private static Reply reply(Future<Reply> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static ApiException failed(Future<Reply> future) {
        var thrown = assertThrows(java.util.concurrent.ExecutionException.class, () -> reply(future));
        return (ApiException) thrown.getCause();
    }

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
    void shouldLetTheOwnerCancelAndNobodyElse() throws Exception {
        var begun = folder.resolve("begun");
        String payload = Payload.of(script(server, "touch " + begun + "; sleep 600"));
        Future<Reply> run = runner.handle(request(payload, "c-1", "me"));
        Peer.eventually("the script begins", () -> Files.exists(begun));
        assertFalse(runner.cancel("c-1", "somebody else"));
        assertFalse(runner.cancel("c-2", "me"));
        assertFalse(run.isComplete());
        assertTrue(runner.cancel("c-1", "me"));
        Reply reply = reply(run);
        assertEquals("cancelled", Objects.requireNonNull(reply.error()).type());
        assertTrue(reply.payload().matches("\\{\"duration_ms\":[1-9][0-9]*\\}"), reply.payload());
        assertFalse(runner.cancel("c-1", "me"), "it is over");
    }

    @Test
    void shouldNotBeginWhatWasCancelledBeforeItCame() throws Exception {
        var begun = folder.resolve("begun");
        assertFalse(runner.cancel("c-1", "me"));
        String payload = Payload.of(script(server, "touch " + begun));
        assertEquals(
                "cancelled",
                failed(runner.handle(request(payload, "c-1", "me"))).type());
        assertFalse(Files.exists(begun));
        assertNull(reply(runner.handle(request(payload, "c-1", "you"))).error());
        assertTrue(Files.exists(begun));
    }

    @Test
    void shouldNotBeginWhatWasCancelledWhileNoRunnerWasUp() throws Exception {
        var begun = folder.resolve("begun");
        try (Hub hub = new Hub()) {
            await(hub.client("upcloud", "ssh:run")
                    .publish(Envelope.builder(SshRunner.CANCEL)
                            .payload("{\"correlation_id\":\"c-1\"}")
                            .identityId("me")
                            .build()));
            await(runner.listenToCancellations(hub.client("ssh-runner", "ssh:run")));
            String payload = Payload.of(script(server, "touch " + begun));
            assertEquals(
                    "cancelled",
                    failed(runner.handle(request(payload, "c-1", "me"))).type());
            assertFalse(Files.exists(begun));
            assertNull(reply(runner.handle(request(payload, "c-2", "me"))).error());
            assertTrue(Files.exists(begun));
            await(runner.close());
        }
    }

    @Test
    void shouldNotBeginWorkWhereTheCancellationsSoFarCannotBeRead() {
        Vertx vertx = Vertx.vertx();
        // It takes the connection and then never says that this is all.
        HttpServer mute = vertx.createHttpServer()
                .requestHandler(request -> request.response()
                        .putHeader("content-type", "application/x-ndjson")
                        .setChunked(true)
                        .write("\n"));
        try {
            int port = await(mute.listen(0, "127.0.0.1")).actualPort();
            URI url = URI.create("http://127.0.0.1:" + port + "/api/v1/events");
            EventsClient client = EventsClient.create(vertx, url, TokenSource.fixed("a.b.c"));
            ApiException e =
                    Await.failure(ApiException.class, runner.listenToCancellations(client, Duration.ofMillis(200)));
            assertEquals("unavailable", e.type());
            assertTrue(e.message().contains("check the events service"), e.message());
            await(runner.close());
        } finally {
            await(vertx.close());
        }
    }

    /** The worker's own stream still stands, as it would for the rest of a token's life. */
    @Test
    void shouldEndTheWorkerWhereCancellationsAreNotHeardAnyMore() throws Exception {
        Vertx vertx = Vertx.vertx();
        BlockingQueue<HttpServerRequest> cancellations = new LinkedBlockingQueue<>();
        HttpServer service = vertx.createHttpServer().requestHandler(request -> {
            if (request.path().endsWith("/groups")) {
                request.response().putHeader("content-type", "application/json").end(GROUPS);
            } else if (!SshRunner.CANCEL.equals(request.getParam("name"))) {
                lines(request);
            } else if (cancellations.isEmpty()) {
                cancellations.add(lines(request));
            } else {
                request.response()
                        .setStatusCode(401)
                        .putHeader("content-type", "application/json")
                        .end("{\"error\":{\"type\":\"invalid_auth\",\"message\":\"the token has expired\"}}");
            }
        });
        try {
            String url =
                    "http://127.0.0.1:" + await(service.listen(0, "127.0.0.1")).actualPort();
            var context = context(vertx, url, Map.of("listener-retry-min", "1ms", "drain", "1s"));
            WorkerRun run = await(WorkerRun.start(new SshWorkerKind(), context));
            await(run.running());
            assertTrue(run.notReady().isEmpty());

            cancellations.element().connection().close();

            ApiException e = Await.failure(ApiException.class, run.ended());
            assertEquals(401, e.status());
            assertTrue(run.notReady().isPresent());
        } finally {
            await(vertx.close());
        }
    }

    private WorkerContext context(Vertx vertx, String url, Map<String, String> more) {
        WorkerSettings settings = WorkerSettings.read(
                SshRunner.NAME, more, Map.of("BUS_EVENTS_API_URL", url, "BUS_API_TOKEN", "a.b.c"), ignored -> {});
        EventsClient client = EventsClient.create(vertx, settings.events(), settings.token());
        Map<String, String> flags = Map.of(
                "ssh-private-key",
                key.toString(),
                "ssh-known-hosts",
                knownHosts().toString(),
                "max-sessions",
                "10");
        return new WorkerContext(SshRunner.NAME, vertx, client, settings, flags, Map.of());
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

    /** Answers with a stream that has caught up and stays open. */
    private static HttpServerRequest lines(HttpServerRequest request) {
        request.response()
                .putHeader("content-type", "application/x-ndjson")
                .setChunked(true)
                .write("{\"notice\":\"caught_up\"}\n");
        return request;
    }

    @Test
    void shouldRememberTheLatestCancellationsAlsoOfWhatWasCancelledBefore() throws Exception {
        var begun = folder.resolve("begun");
        runner.cancel("again", "me");
        IntStream.range(1, SshRunner.MAX_REMEMBERED).forEach(i -> runner.cancel("other-" + i, "me"));
        runner.cancel("again", "me");
        runner.cancel("one more", "me");
        String payload = Payload.of(script(server, "touch " + begun));
        assertEquals(
                "cancelled",
                failed(runner.handle(request(payload, "again", "me"))).type());
        assertFalse(Files.exists(begun));
        assertNull(reply(runner.handle(request(payload, "other-1", "me"))).error(), "the oldest is forgotten");
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

    private static Envelope delivered(Envelope request, int attempt) {
        return request.toBuilder()
                .delivery(new Delivery(SshRunner.NAME, "c", attempt, "token"))
                .build();
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
    void shouldReadTheCancellationsOfAnotherLogAnew() throws Exception {
        Vertx vertx = Vertx.vertx();
        BlockingQueue<HttpServerRequest> streams = new LinkedBlockingQueue<>();
        AtomicInteger asked = new AtomicInteger();
        HttpServer service = vertx.createHttpServer().requestHandler(request -> {
            int time = asked.incrementAndGet();
            if (time == 2) {
                request.response()
                        .setStatusCode(400)
                        .putHeader("content-type", "application/json")
                        .end("{\"error\":{\"type\":\"bad_request\",\"code\":\"unknown_position\",\"message\":\"?\"}}");
                return;
            }
            request.response()
                    .putHeader("content-type", "application/x-ndjson")
                    .setChunked(true)
                    .write(cancellation(time) + "{\"notice\":\"caught_up\"}\n");
            streams.add(request);
        });
        try {
            URI url = URI.create(
                    "http://127.0.0.1:" + await(service.listen(0, "127.0.0.1")).actualPort() + "/api/v1/events");
            EventsClient client = EventsClient.create(vertx, url, TokenSource.fixed("a.b.c"));
            await(runner.listenToCancellations(client));
            Objects.requireNonNull(streams.poll(20, TimeUnit.SECONDS))
                    .connection()
                    .close();
            Peer.eventually("it is read anew", () -> runner.isCancelled("c-3", "me"));
            assertTrue(runner.isCancelled("c-1", "me"));
            assertFalse(runner.deaf().isComplete());
            await(runner.close());
        } finally {
            await(vertx.close());
        }
    }

    private static String cancellation(int number) {
        return "{\"id\":\"evt_6b0298a1dbe5000000000000%02d\",\"name\":\"%s\",\"identityId\":\"me\",\"payload\":{\"correlation_id\":\"c-%d\"}}%n"
                .formatted(number, SshRunner.CANCEL, number);
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

    @Test
    void shouldEndACancelledScriptThatAnEarlierRunnerHasBegun() throws Exception {
        var pid = folder.resolve("pid");
        Envelope request = request(Payload.of(script(server, "echo $$ > " + pid + "; sleep 600")), "c", "me");
        Future<Reply> run = runner.handle(request);
        long shell = Peer.number(pid);
        runner.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertEquals("unavailable", failed(run).type());
        SshRunner second = SshRunner.with(executor());
        assertFalse(second.cancel("c", "me"));
        Reply ended = reply(second.handle(delivered(request, 2)));
        assertEquals("cancelled", Objects.requireNonNull(ended.error()).type());
        assertFalse(Peer.lives(shell));
        Reply third = reply(SshRunner.with(executor()).handle(delivered(request, 3)));
        assertEquals(ended.payload(), third.payload(), "also how long it ran");
        assertEquals(
                "cancelled",
                Objects.requireNonNull(third.error()).type(),
                "whoever has not heard of it does not begin it either");
    }
}
