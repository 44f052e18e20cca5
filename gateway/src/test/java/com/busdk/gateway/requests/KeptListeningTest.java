package com.busdk.gateway.requests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeptListeningTest {
    private static final String NAME = "example.test";

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS);
    }

    /** As a hub in memory that was started again, or one with a backup of last week. */
    @Test
    void shouldBeginAnewWhereTheServiceComesBackWithAnotherLog() throws Exception {
        BlockingQueue<Optional<String>> asked = new LinkedBlockingQueue<>();
        HttpServer service = service(asked, ",\"code\":\"unknown_position\"");
        EventsClient client = EventsClient.create(
                vertx, URI.create("http://127.0.0.1:" + service.actualPort()), TokenSource.fixed("a-token-of-tests"));
        BlockingQueue<Envelope> heard = new LinkedBlockingQueue<>();
        var kept = new KeptListening(vertx, client, "a test", KeptListeningTest::options, event -> {
            heard.add(event);
            return Future.succeededFuture();
        });
        try {
            kept.start();
            assertEquals(Optional.empty(), asked.take());
            assertEquals(Optional.of("evt_1"), asked.take());
            assertEquals(Optional.empty(), asked.take());
            assertEquals("evt_1", heard.take().id());
            assertEquals("evt_1", heard.take().id(), "the first of the other log");
        } finally {
            await(kept.close());
            await(client.close());
            await(service.close());
        }
    }

    /** Reading everything again would be no better, and would be done again and again. */
    @Test
    void shouldNotBeginAnewWhereTheRequestIsBadOtherwise() throws Exception {
        BlockingQueue<Optional<String>> asked = new LinkedBlockingQueue<>();
        HttpServer service = service(asked, "");
        EventsClient client = EventsClient.create(
                vertx, URI.create("http://127.0.0.1:" + service.actualPort()), TokenSource.fixed("a-token-of-tests"));
        var kept = new KeptListening(
                vertx,
                client,
                "a test",
                KeptListeningTest::options,
                _ -> Future.succeededFuture(),
                Duration.ofMillis(50));
        try {
            kept.start();
            assertEquals(Optional.empty(), asked.take());
            assertEquals(Optional.of("evt_1"), asked.take());
            assertEquals(Optional.of("evt_1"), asked.take(), "after a while, where it was");
        } finally {
            await(kept.close());
            await(client.close());
            await(service.close());
        }
    }

    private HttpServer service(BlockingQueue<Optional<String>> asked, String code) throws Exception {
        return await(vertx.createHttpServer()
                .requestHandler(request -> {
                    asked.add(Optional.ofNullable(request.getParam("after")));
                    answer(request, code);
                })
                .listen(0, "127.0.0.1"));
    }

    private static ListenOptions options(Optional<String> after) {
        ListenOptions.Builder options = ListenOptions.of(NAME);
        after.ifPresent(options::after);
        return options.build();
    }

    /** One event, and the end of the connection; whoever comes back with its id is refused. */
    private static void answer(HttpServerRequest request, String code) {
        if (request.getParam("after") == null) {
            request.response()
                    .putHeader("Content-Type", "application/x-ndjson")
                    .end(Envelope.builder(NAME).payload("1").id("evt_1").build().toJson() + "\n");
        } else {
            request.response()
                    .setStatusCode(400)
                    .putHeader("Content-Type", "application/json")
                    .end("{\"error\":{\"type\":\"bad_request\",\"message\":\"not so\"" + code + "}}");
        }
    }
}
