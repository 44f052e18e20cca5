package com.busdk.gateway.usage;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.gateway.http.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records before an events service that answers when a test lets it. */
class EventsUsageTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final Vertx vertx = Vertx.vertx();
    private final LinkedBlockingQueue<HttpServerRequest> asked = new LinkedBlockingQueue<>();
    private EventsClient client;
    private EventsUsage usage;

    @BeforeEach
    void start() throws Exception {
        HttpServer server =
                await(vertx.createHttpServer().requestHandler(asked::add).listen(0, "127.0.0.1"));
        URI url = URI.create("http://127.0.0.1:" + server.actualPort());
        client = EventsClient.create(vertx, url, TokenSource.fixed("a-token-of-tests"));
        usage = new EventsUsage(vertx, client);
    }

    @AfterEach
    void stop() throws Exception {
        await(client.close());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    private static UsageRecord finished() {
        return new UsageRecord("vm_start_finished", "r-1", "account", Instant.EPOCH, Json.object());
    }

    private void answer(int status) throws InterruptedException {
        HttpServerRequest request = asked.poll(LONG.toSeconds(), TimeUnit.SECONDS);
        String body = status == 202
                ? "{\"id\":\"evt_1\",\"name\":\"bus.usage.record.request\",\"sequence\":1,\"accepted\":true,\"duplicate\":false}"
                : "{\"error\":{\"type\":\"unavailable\",\"message\":\"later\"}}";
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(body);
    }

    @Test
    void shouldWaitAtItsEndForWhatIsOnItsWay() throws Exception {
        usage.after(finished());
        Future<Void> closed = usage.close(LONG);
        answer(503); // which is tried again
        assertFalse(closed.isComplete());
        answer(202);
        await(closed);
        assertTrue(asked.isEmpty());
    }

    @Test
    void shouldNotWaitForNothingOrForEver() throws Exception {
        await(usage.close(LONG));
        EventsUsage other = new EventsUsage(vertx, client);
        other.after(finished());
        await(other.close(Duration.ofMillis(1)));
    }
}
