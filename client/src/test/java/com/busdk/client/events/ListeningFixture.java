package com.busdk.client.events;

import static com.busdk.client.testing.StubHub.await;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.testing.StubHub;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** What the tests of listening have in common: a service that does what it is told, and what a listening says of itself. */
@Timeout(60)
abstract class ListeningFixture {
    static final RetryPolicy QUICK = new RetryPolicy(true, Duration.ofMillis(1), Duration.ofMillis(4), false);

    final Vertx vertx = Vertx.vertx();
    final StubHub hub = StubHub.start(vertx);
    final EventsClient client = client(TokenSource.fixed("token-1"), Duration.ofSeconds(15));
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    final ListenObserver observer = new ListenObserver() {
        @Override
        public void connected(boolean again) {
            told.add(again ? "again" : "connected");
        }

        @Override
        public void reconnecting(Throwable cause, Duration delay) {
            told.add("reconnecting");
        }

        @Override
        public void caughtUp() {
            told.add("caught up");
        }

        @Override
        public void truncated() {
            told.add("truncated");
        }

        @Override
        public void notice(String kind, JsonNode notice) {
            told.add(kind);
        }
    };

    EventsClient client(TokenSource token, Duration heartbeat) {
        return EventsClient.create(
                vertx,
                hub.url(),
                token,
                EventsClientOptions.DEFAULT.withHeartbeat(heartbeat).withMaxLineBytes(10_000));
    }

    @AfterEach
    void stop() {
        await(client.close());
        hub.close();
        await(vertx.close());
    }

    String told() throws InterruptedException {
        return String.valueOf(told.poll(20, TimeUnit.SECONDS));
    }

    Listening collect(ListenOptions options, BlockingQueue<String> payloads) {
        return client.listen(
                options,
                event -> {
                    payloads.add(event.payload());
                    return Future.succeededFuture();
                },
                observer);
    }

    static String take(BlockingQueue<String> queue) throws InterruptedException {
        return String.valueOf(queue.poll(20, TimeUnit.SECONDS));
    }

    static ListenOptions.Builder pings() {
        return ListenOptions.of("example.ping").retry(QUICK);
    }

    static String lines(int from, int to) {
        StringBuilder lines = new StringBuilder();
        for (int i = from; i <= to; i++) {
            lines.append(i == from ? "" : "\n")
                    .append("{\"id\":\"evt_")
                    .append(i)
                    .append("\",\"name\":\"example.ping\",\"payload\":")
                    .append(i)
                    .append('}');
        }
        return lines.toString();
    }
}
