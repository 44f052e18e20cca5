package com.busdk.workers.ssh;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Payload;
import com.busdk.client.worker.Reply;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.store.Hub;
import com.busdk.workers.upcloud.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Scripts that are cancelled by an event, with a real sshd. */
class SshCancellationsTest extends SshRunnerTestCase {
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
