package com.busdk.client.events;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub;
import com.busdk.client.testing.StubHub.Exchange;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AcksTest {
    private static final String NONE = "{\"ack\":0,\"nack\":0,\"reject\":0,\"extend\":0,\"stale\":[],\"unknown\":[]}";

    private final Vertx vertx = Vertx.vertx();
    private final StubHub hub = StubHub.start(vertx);
    private final EventsClient client = EventsClient.create(vertx, hub.url(), TokenSource.fixed("token-1"));
    private final Acks acks = client.acks("workers");

    @AfterEach
    void stop() {
        await(client.close());
        hub.close();
        await(vertx.close());
    }

    private static JsonNode body(Exchange request) throws IOException {
        return new ObjectMapper().readTree(request.body());
    }

    @Test
    void shouldSendTogetherWhatIsAskedForTogether() throws IOException {
        List<Future<AckOutcome>> outcomes = await(onContext(() -> List.of(
                acks.ack("a1"),
                acks.nack("n1", Duration.ofSeconds(1), "busy"),
                acks.reject("r1", null),
                acks.extend("e1"))));
        Exchange request = hub.next();
        JsonNode body = body(request);
        assertEquals("workers", body.path("group").asText());
        assertEquals("[\"a1\"]", body.path("ack").toString());
        assertEquals(
                "[{\"token\":\"n1\",\"delay\":\"1s\",\"reason\":\"busy\"}]",
                body.path("nack").toString());
        assertEquals("[{\"token\":\"r1\"}]", body.path("reject").toString());
        assertEquals("[\"e1\"]", body.path("extend").toString());
        request.answer(
                200,
                NONE.replace("\"stale\":[]", "\"stale\":[\"n1\"]").replace("\"unknown\":[]", "\"unknown\":[\"e1\"]"));
        assertEquals(AckOutcome.SETTLED, await(outcomes.get(0)));
        assertEquals(AckOutcome.STALE, await(outcomes.get(1)));
        assertEquals(AckOutcome.SETTLED, await(outcomes.get(2)));
        assertEquals(AckOutcome.UNKNOWN, await(outcomes.get(3)));
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldFillBatchesWhileRequestsAreOnTheWay() throws IOException {
        List<Future<AckOutcome>> outcomes = await(onContext(
                () -> IntStream.range(0, 5_000).mapToObj(n -> acks.ack("t" + n)).toList()));
        int seen = 0;
        while (seen < 5_000) {
            Exchange request = hub.next();
            int tokens = body(request).path("ack").size();
            assertTrue(tokens <= 500, "tokens in one request: " + tokens);
            seen += tokens;
            request.answer(200, NONE);
        }
        outcomes.forEach(outcome -> assertEquals(AckOutcome.SETTLED, await(outcome)));
    }

    @Test
    void shouldNotLetOneThatGetsNoAnswerHoldUpTheOthers() throws IOException {
        Future<AckOutcome> first = acks.ack("a1");
        Exchange unanswered = hub.next();
        Future<AckOutcome> second = acks.ack("a2");
        Exchange next = hub.next();
        assertEquals("[\"a2\"]", body(next).path("ack").toString());
        next.answer(200, NONE);
        assertEquals(AckOutcome.SETTLED, await(second));
        unanswered.answer(200, NONE);
        assertEquals(AckOutcome.SETTLED, await(first));
    }

    @Test
    void shouldRepeatARequestThatGotNoAnswer() throws IOException {
        Future<AckOutcome> outcome = acks.ack("a1");
        hub.next().cut();
        Exchange again = hub.next();
        assertEquals("[\"a1\"]", body(again).path("ack").toString());
        again.answer(503, "{\"error\":{\"type\":\"unavailable\",\"message\":\"busy\"}}");
        hub.next().answer(200, NONE);
        assertEquals(AckOutcome.SETTLED, await(outcome));
    }

    @Test
    void shouldNotRepeatARefusal() {
        Future<AckOutcome> outcome = acks.ack("a1");
        hub.next().answer(404, "{\"error\":{\"type\":\"not_found\",\"message\":\"no such group\"}}");
        assertEquals("not_found", ((ApiException) failure(outcome)).type());
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldFlushWhatWaits() {
        await(acks.flush());
        Future<AckOutcome> outcome = acks.ack("a1");
        Future<Void> flushed = acks.flush();
        hub.next().answer(200, NONE);
        await(flushed);
        assertTrue(outcome.isComplete());
    }

    private <T> Future<T> onContext(Supplier<T> action) {
        return Future.future(
                promise -> vertx.getOrCreateContext().runOnContext(ignored -> promise.complete(action.get())));
    }
}
