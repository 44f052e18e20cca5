package com.busdk.workers.run;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.workers.upcloud.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long requests wait for a history that is not read on, and how many; how they wait at all is tested with a hub. */
class EventHistoryLimitsTest {
    private static final String QUESTION = "example.ask.request";

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        await(vertx.close());
    }

    /** As one whose service does not answer: it never gets anywhere. */
    private EventHistory history(Duration maxWait) {
        EventsClient client =
                EventsClient.create(vertx, URI.create("http://127.0.0.1:1/"), TokenSource.fixed("a-token-of-tests"));
        return new EventHistory(
                vertx, client, List.of(), List.of(QUESTION), RetryPolicy.DEFAULT, ignored -> {}, () -> {}, maxWait);
    }

    private static Envelope question(long sequence) {
        return Envelope.builder(QUESTION).payload("1").sequence(sequence).build();
    }

    @Test
    void shouldGiveUpARequestAfterAWhile() {
        ApiException late =
                Await.failure(ApiException.class, history(Duration.ofMillis(1)).upTo(question(7)));

        assertEquals("unavailable", late.type());
        assertTrue(late.message().contains("ask again"), late.message());
    }

    @Test
    void shouldLetSoManyWait() {
        EventHistory history = history(Duration.ofHours(1));
        List<Future<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < EventHistory.MAX_WAITING; i++) {
            waiting.add(history.upTo(question(i % 10)));
        }
        assertFalse(waiting.getLast().isComplete());

        Future<Void> refused = history.upTo(question(3));

        assertTrue(refused.failed(), "at once");
        assertEquals("unavailable", ((ApiException) refused.cause()).type());
    }

    @Test
    void shouldLetOthersWaitWhenThoseHaveGone() {
        EventHistory history = history(Duration.ofMillis(1));
        List<Future<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < EventHistory.MAX_WAITING; i++) {
            waiting.add(history.upTo(question(i % 10)));
        }
        List<String> said = waiting.stream()
                .map(each -> Await.failure(ApiException.class, each).message())
                .distinct()
                .toList();

        ApiException next = Await.failure(ApiException.class, history.upTo(question(3)));

        assertEquals(said, List.of(next.message()), "it has waited as they have, and was not refused");
    }
}
