package com.busdk.gateway.requests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many questions may be open, before an events service that keeps each until a test answers it. */
@Timeout(120)
class RequestsTest {
    private static final int OWNERS = Requests.MAX_PENDING / Requests.MAX_OWN_LONG;

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<HttpServerRequest> held = new LinkedBlockingQueue<>();
    private HttpServer service;
    private EventsClient client;
    private Requests requests;

    @BeforeEach
    void start() throws Exception {
        service = await(vertx.createHttpServer().requestHandler(held::add).listen(0, "127.0.0.1"));
        URI url = URI.create("http://127.0.0.1:" + service.actualPort());
        client = EventsClient.create(vertx, url, TokenSource.fixed("a-token-of-tests"));
        requests = new Requests(vertx, client);
    }

    @AfterEach
    void stop() throws Exception {
        await(client.close());
        await(service.close());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static Question question(String owner) {
        return new Question(
                "bus.test.work.request",
                owner,
                Json.object(),
                UUID.randomUUID().toString(),
                Map.of(),
                Duration.ofMinutes(5));
    }

    private static ApiException refusal(Future<ObjectNode> asked) {
        return assertInstanceOf(
                ApiException.class,
                Assertions.assertThrows(ExecutionException.class, () -> await(asked))
                        .getCause());
    }

    /** Asks so often, and waits until all of that is held. */
    private void take(int count, String owner, Function<Question, Future<ObjectNode>> ask) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            Future<ObjectNode> _ = ask.apply(question(owner));
        }
        for (int i = 0; i < count; i++) {
            arrived().pause(); // one by one, as the test answers from its own thread
        }
    }

    private HttpServerRequest arrived() throws InterruptedException {
        HttpServerRequest request = held.poll(60, TimeUnit.SECONDS);
        assertTrue(request != null, "the question has arrived");
        return request;
    }

    private static void answer(HttpServerRequest request) {
        request.response()
                .setStatusCode(503)
                .putHeader("Content-Type", "application/json")
                .end("{\"error\":{\"type\":\"no_responders\",\"message\":\"nobody\"}}");
    }

    @Test
    void shouldRefuseAnOwnerWhoHasAsManyAsOneMayAndNobodyElse() throws Exception {
        Map<Integer, Function<Question, Future<ObjectNode>>> kinds =
                Map.of(Requests.MAX_OWN_QUICK, requests::ask, Requests.MAX_OWN_LONG, requests::askPatiently);
        for (var kind : kinds.entrySet()) {
            Function<Question, Future<ObjectNode>> ask = kind.getValue();
            take(kind.getKey(), "greedy", ask);

            ApiException refused = refusal(ask.apply(question("greedy")));

            assertEquals(429, refused.status());
            assertEquals("rate_limited", refused.type());
            assertTrue(refused.retryAfter().orElse(0) > 0, "it says when to come again");
            assertTrue(refused.message().contains(kind.getKey() + " requests of yours"), refused.message());
            Future<ObjectNode> other = ask.apply(question("modest"));
            answer(arrived());
            assertEquals(503, refusal(other).status(), "as the events service says");
        }
        assertTrue(held.isEmpty(), "what is refused is not asked");
    }

    @Test
    void shouldHaveAPlaceAgainForEachAnswerAndForNoMore() throws Exception {
        List<HttpServerRequest> arrived = new ArrayList<>();
        List<Future<ObjectNode>> asked = new ArrayList<>();
        for (int i = 0; i < Requests.MAX_OWN_LONG; i++) {
            asked.add(requests.askPatiently(question("greedy")));
            arrived.add(arrived());
        }
        answer(arrived.removeFirst());
        refusal(asked.removeFirst());

        Future<ObjectNode> again = requests.askPatiently(question("greedy"));
        arrived.add(arrived());

        assertFalse(again.isComplete());
        assertEquals(429, refusal(requests.askPatiently(question("greedy"))).status());
        assertEquals(Requests.MAX_OWN_LONG, requests.pending());
        asked.add(again);
        arrived.forEach(RequestsTest::answer);
        asked.forEach(RequestsTest::refusal);
        assertEquals(0, requests.pending());
    }

    @Test
    void shouldAskQuickOnesWhereThereIsNoPlaceForLongOnes() throws Exception {
        for (int i = 0; i < OWNERS; i++) {
            take(Requests.MAX_OWN_LONG, "greedy-" + i, requests::askPatiently);
        }

        ApiException full = refusal(requests.askPatiently(question("modest")));

        assertEquals(503, full.status(), "all places are taken, and not by this owner");
        assertEquals("unavailable", full.type());
        assertEquals(OptionalInt.of(1), full.retryAfter());
        for (String owner : List.of("modest", "greedy-0")) {
            Future<ObjectNode> quick = requests.ask(question(owner));
            answer(arrived());
            assertEquals(503, refusal(quick).status(), "as the events service says");
        }
    }

    @Test
    void shouldBeginNoWorkThatHasNoPlace() throws Exception {
        take(Requests.MAX_OWN_LONG, "greedy", requests::askPatiently);

        Future<ObjectNode> refused =
                requests.patiently("greedy", _ -> Assertions.fail("it has begun, and left what has to be taken back"));

        assertEquals(429, refusal(refused).status());
        assertEquals(Requests.MAX_OWN_LONG, requests.pending());
    }

    @Test
    void shouldFreeThePlaceOfWorkThatThrows() {
        Future<ObjectNode> thrown = requests.patiently("alice", _ -> {
            throw ApiException.of(418, "teapot", "no");
        });

        assertEquals("teapot", refusal(thrown).type());
        assertEquals(0, requests.pending());
    }
}
