package com.busdk.client.events;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub;
import com.busdk.client.testing.StubHub.Exchange;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SenderTest {
    private static final String ONE = "{\"accepted\":true,\"id\":\"evt_r\",\"name\":\"example.done\",\"sequence\":1}";
    private static final String REFUSED =
            "{\"error\":{\"type\":\"forbidden\",\"message\":\"no\",\"line\":2,\"count\":1}}";
    private static final String UNAVAILABLE = "{\"error\":{\"type\":\"unavailable\",\"message\":\"busy\"}}";

    private final Vertx vertx = Vertx.vertx();
    private final StubHub hub = StubHub.start(vertx);
    private final EventsClient client = EventsClient.create(vertx, hub.url(), TokenSource.fixed("token-1"));
    private final Sender sender = client.sender();

    @AfterEach
    void stop() {
        await(client.close());
        hub.close();
        await(vertx.close());
    }

    private static Envelope event(String key, String payload) {
        return Envelope.builder("example.done")
                .payload(payload)
                .idempotencyKey(key)
                .build();
    }

    /** Publishes all in one turn of the sender's event loop. */
    private List<Future<Void>> inOneTurn(Envelope... events) {
        return await(Future.future(promise -> vertx.runOnContext(ignored ->
                promise.complete(Stream.of(events).map(sender::publish).toList()))));
    }

    private static List<String> keys(Exchange request) {
        return request.body()
                .lines()
                .map(line -> Envelope.parse(line).idempotencyKey())
                .toList();
    }

    private static String many(int count) {
        return "{\"accepted\":true,\"count\":" + count + ",\"firstId\":\"evt_a\",\"lastId\":\"evt_b\"}";
    }

    @Test
    void shouldSendOneThatIsAloneAsItIs() {
        Future<Void> outcome = sender.publish(event("a", "1"));
        Exchange request = hub.next();
        assertEquals("application/json", request.header("content-type"));
        assertEquals("/api/v1/events", request.path());
        assertFalse(outcome.isComplete(), "it is not durable yet");
        request.answer(202, ONE);
        await(outcome);
    }

    @Test
    void shouldSendTogetherWhatComesTogether() {
        List<Future<Void>> outcomes = inOneTurn(event("a", "1"), event("b", "[\n2]"), event("c", "3"));
        Exchange request = hub.next();
        assertEquals("application/x-ndjson", request.header("content-type"));
        assertEquals("/api/v1/events", request.path());
        assertEquals(List.of("a", "b", "c"), keys(request));
        assertTrue(outcomes.stream().noneMatch(Future::isComplete), "they are not durable yet");
        request.answer(202, many(3));
        outcomes.forEach(StubHub::await);
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldTellEachWhatBecameOfItselfWhereOneIsRefused() {
        List<Future<Void>> outcomes = inOneTurn(event("a", "1"), event("b", "2"), event("c", "3"));
        hub.next().answer(403, REFUSED);
        for (int i = 0; i < 3; i++) {
            Exchange again = hub.next();
            boolean refused = keys(again).equals(List.of("b"));
            again.answer(refused ? 403 : 202, refused ? REFUSED : ONE);
        }
        await(outcomes.get(0));
        assertEquals(403, ((ApiException) failure(outcomes.get(1))).status());
        await(outcomes.get(2));
    }

    @Test
    void shouldFailAllWhereTheServiceCannot() {
        List<Future<Void>> outcomes = inOneTurn(event("a", "1"), event("b", "2"));
        hub.next().answer(503, UNAVAILABLE);
        outcomes.forEach(outcome -> assertEquals(503, ((ApiException) failure(outcome)).status()));
        assertTrue(hub.hasNoMore(), "one more of each at such a time makes it worse");
    }

    @Test
    void shouldNotBelieveThatAllAreThereWhereFewerWereCounted() {
        List<Future<Void>> outcomes = inOneTurn(event("a", "1"), event("b", "2"));
        hub.next().answer(202, many(1));
        hub.next().answer(202, ONE);
        hub.next().answer(202, ONE);
        outcomes.forEach(StubHub::await);
    }

    @Test
    void shouldNotLetSmallOnesWaitBehindManyMegabytes() {
        String large = "\"" + "x".repeat(200 * 1024) + "\"";
        inOneTurn(event("a", large), event("b", large), event("c", "3"));
        // Over two connections, in any order.
        List<List<String>> requests = List.of(keys(hub.next()), keys(hub.next()));
        assertEquals(Set.of(List.of("a"), List.of("b", "c")), Set.copyOf(requests));
    }

    @Test
    void shouldNotLetThoseThatGetNoAnswerHoldUpTheOthers() {
        for (String key : List.of("a", "b", "c", "d")) {
            sender.publish(event(key, "1"));
            assertEquals(List.of(key), keys(hub.next()));
        }
    }

    @Test
    void shouldRefuseWhatCannotBeSentTwice() {
        Envelope event = Envelope.builder("example.done").build();
        assertThrows(IllegalArgumentException.class, () -> sender.publish(event));
    }
}
