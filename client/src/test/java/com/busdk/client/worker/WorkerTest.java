package com.busdk.client.worker;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub.Exchange;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker makes of requests: answers, acknowledgements and leases. */
@Timeout(60)
class WorkerTest extends WorkerFixture {
    @Test
    void shouldAnswerARequestAndAcknowledgeItAfterwards() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next();
        Map<String, String> parameters = new HashMap<>();
        stream.parameters().forEach(parameters::put);
        assertEquals("example.greet.request", parameters.get("name"));
        assertEquals("unicast", parameters.get("delivery"));
        assertEquals("explicit", parameters.get("ack"));
        assertEquals("greeter", parameters.get("group"));
        assertEquals("c", parameters.get("consumer"));
        assertEquals("32", parameters.get("max_in_flight"));
        assertEquals("30s", parameters.get("ack_wait"));
        assertFalse(parameters.containsKey("max_deliveries"), "the hub's default");
        deliver(stream.open(), "evt_1", "tok_1", "{\"who\":\"you\"}");
        Work work = work();
        assertEquals("{\"who\":\"you\"}", work.request().payload());
        assertTrue(hub.hasNoMore());
        work.reply().complete(Reply.of("{\"hello\": \"you\"}"));

        Exchange publish = hub.next();
        Envelope response = Envelope.parse(publish.body());
        assertEquals("example.greet.response", response.name());
        assertEquals("{\"hello\": \"you\"}", response.payload());
        assertEquals("corr-evt_1", response.correlationId());
        assertEquals("user-1", response.identityId());
        assertEquals("response:greeter:evt_1", response.idempotencyKey());
        assertTrue(hub.hasNoMore(), "acknowledged before the response was durable");
        publish.answer(202, PUBLISHED);
        assertEquals("[\"tok_1\"]", settled().path("ack").toString());
        await(worker.stop());
        assertEquals(1, worker.status().answered());
        assertEquals(0, worker.status().inHand());
        stream.awaitClosed();
    }

    @Test
    void shouldSayHowOftenARequestIsDelivered() throws Exception {
        Worker worker = start(greeter().maxDeliveries(7));
        Exchange stream = hub.next();
        assertEquals("7", stream.parameters().get("max_deliveries"));
        stream.open();
        await(worker.stop());
    }

    @Test
    void shouldPublishTogetherWhatIsAnsweredTogetherAndAcknowledgeItAfterwards() throws Exception {
        List<Promise<Reply>> open = new ArrayList<>();
        Worker worker = Worker.create(vertx, client, greeter().build(), request -> {
            Promise<Reply> reply = Promise.promise();
            open.add(reply);
            if (open.size() == 2) {
                open.forEach(one -> one.complete(Reply.of("{}")));
            }
            return reply.future();
        });
        worker.start();
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null");
        deliver(stream, "evt_2", "tok_2", "null");

        Exchange publish = hub.next();
        assertEquals("application/x-ndjson", publish.header("content-type"));
        List<String> correlations = publish.body()
                .lines()
                .map(line -> Envelope.parse(line).correlationId())
                .toList();
        assertEquals(List.of("corr-evt_1", "corr-evt_2"), correlations);
        assertTrue(hub.hasNoMore(), "acknowledged before the responses were durable");
        publish.answer(202, "{\"accepted\":true,\"count\":2,\"firstId\":\"evt_a\",\"lastId\":\"evt_b\"}");
        assertEquals("[\"tok_1\",\"tok_2\"]", settled().path("ack").toString());
        await(worker.stop());
        assertEquals(2, worker.status().answered());
    }

    @Test
    void shouldAnswerEveryFailure() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        Map<Throwable, EventError> failures = Map.of(
                ApiException.of(502, "vm_unavailable", "no VM"),
                new EventError("vm_unavailable", "no VM"),
                new IllegalArgumentException("no who"),
                new EventError("bad_request", "no who"),
                new TimeoutException("too slow"),
                new EventError("timeout", "too slow"),
                new IOException("secret path"),
                new EventError("internal", "the worker failed; its log says why"));
        int n = 0;
        for (Map.Entry<Throwable, EventError> failure : failures.entrySet()) {
            n++;
            deliver(stream, "evt_" + n, "tok_" + n, "null");
            work().reply().fail(failure.getKey());
            assertEquals(failure.getValue(), published().error());
            assertEquals("[\"tok_" + n + "\"]", settled().path("ack").toString());
        }
        await(worker.stop());
        assertEquals(4, worker.status().failed());
    }

    /** Filled by Jackson. */
    record Greet(String who) {
        Greet {
            if (who == null) {
                throw new IllegalArgumentException("who is missing");
            }
        }
    }

    @Test
    void shouldAnswerGarbageWithAnError() throws Exception {
        Worker worker = Worker.create(vertx, client, greeter().build(), request -> {
            Payload.as(request, Greet.class);
            throw new IllegalStateException("garbage was taken");
        });
        worker.start();
        Exchange stream = hub.next().open();
        int n = 0;
        for (String garbage : List.of("null", "[]", "7", "\"text\"", "{}", "{\"who\":{}}")) {
            n++;
            deliver(stream, "evt_" + n, "tok_" + n, garbage);
            EventError error = published().error();
            assertEquals("bad_request", error.type(), garbage + ": " + error.message());
            settled();
        }
        await(worker.stop());
    }

    @Test
    void shouldAnswerWithAnErrorWhenTheHandlersReplyIsNoJson() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("{broken"));
        assertEquals("internal", published().error().type());
        settled();
        await(worker.stop());
    }

    @Test
    void shouldAnswerWithAnErrorWhenTheHandlersReplyCannotBeWritten() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("\"half a character: \ud800\""));
        assertEquals("internal", published().error().type());
        assertEquals("[\"tok_1\"]", settled().path("ack").toString());
        await(worker.stop());
    }

    @Test
    void shouldAnswerWithAnErrorWhenTheServiceRefusesTheReply() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.failed("x", "half a character: \ud800"));
        hub.next().answer(400, REFUSED);
        assertEquals("internal", published().error().type());
        assertEquals("[\"tok_1\"]", settled().path("ack").toString());
        await(worker.stop());
    }

    @Test
    void shouldPublishNothingWhereNoAnswerIsWanted() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.none());
        assertEquals("[\"tok_1\"]", settled().path("ack").toString());
        await(worker.stop());
    }

    @Test
    void shouldKeepTheLeaseWhileTheHandlerWorks() throws Exception {
        Worker worker = start(greeter().lease(Duration.ofMillis(300)));
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        Work work = work();
        for (int i = 0; i < 3; i++) {
            assertEquals("[\"tok_1\"]", settled().path("extend").toString());
        }
        work.reply().complete(Reply.none());
        JsonNode body = settled();
        while (!body.has("ack")) {
            body = settled(); // an extension may have been on its way
        }
        await(worker.stop());
    }

    @Test
    void shouldNotBeginARequestTwiceThatIsDeliveredAgain() throws Exception {
        Worker worker = start(greeter());
        Exchange first = hub.next().open();
        deliver(first, "evt_1", "tok_1", "null");
        Work work = work();
        first.cut();
        Exchange second = hub.next().open();
        deliver(second, "evt_1", "tok_2", "null");
        deliver(second, "evt_2", "tok_3", "null");
        Work other = work();
        assertEquals("evt_2", other.request().id());
        work.reply().complete(Reply.of("1"));
        published();
        assertEquals("[\"tok_2\"]", settled().path("ack").toString());

        // The acknowledgement got lost: the answer is remembered.
        deliver(second, "evt_1", "tok_4", "null");
        assertEquals("[\"tok_4\"]", settled().path("ack").toString());
        assertTrue(works.isEmpty());
        assertEquals(2, worker.status().redelivered());
        other.reply().complete(Reply.none());
        settled();
        await(worker.stop());
    }

    @Test
    void shouldTellTheHandlerThatARequestIsSettledOnceThatIsConfirmed() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        published();
        Exchange ack = ack();
        assertTrue(hub.hasNoMore());
        assertTrue(settledIds.isEmpty(), "told before it was confirmed");
        ack.answer(200, STALE.formatted(""));
        assertEquals("evt_1", settledIds.poll(20, TimeUnit.SECONDS));
        await(worker.stop());
        assertEquals(1, worker.status().answered());
        assertTrue(settledIds.isEmpty(), "told twice");
    }

    @Test
    void shouldTellThatARequestIsSettledWhoseFirstAcknowledgementGotLost() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        published();
        ack().answer(200, STALE.formatted("\"tok_1\""));
        deliver(stream, "evt_1", "tok_2", "null");
        Exchange ack = ack();
        assertTrue(settledIds.isEmpty(), "somebody else had it");
        ack.answer(200, STALE.formatted(""));
        assertEquals("evt_1", settledIds.poll(20, TimeUnit.SECONDS));
        await(worker.stop());
    }

    @Test
    void shouldNotTellThatARequestIsSettledWhoseSecondAcknowledgementGotLostAsWell() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        published();
        ack().answer(200, STALE.formatted("\"tok_1\""));
        deliver(stream, "evt_1", "tok_2", "null");
        ack().answer(200, STALE.formatted("\"tok_2\""));
        deliver(stream, "evt_2", "tok_3", "null");
        work().reply().complete(Reply.of("2"));
        published();
        ack().answer(200, STALE.formatted(""));
        assertEquals("evt_2", settledIds.poll(20, TimeUnit.SECONDS), "nobody has confirmed the one before");
        await(worker.stop());
    }

    @Test
    void shouldNotTellThatARequestIsSettledThatWasGivenBackOrRejected() throws Exception {
        Worker worker = start(greeter().drain(Duration.ZERO));
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        hub.next().answer(400, REFUSED);
        hub.next().answer(400, REFUSED);
        assertTrue(settled().has("reject"));
        deliver(stream, "evt_2", "tok_2", "null");
        work();
        Future<Void> stopped = worker.stop();
        assertTrue(settled().has("nack"));
        await(stopped);
        assertTrue(settledIds.isEmpty());
    }

    @Test
    void shouldPublishTheResponseUntilItIsDurable() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        hub.next().cut();
        Exchange again = hub.next();
        String first = again.body();
        again.answer(503, UNAVAILABLE);
        Exchange third = hub.next();
        assertEquals(first, third.body());
        third.answer(202, PUBLISHED);
        assertEquals("[\"tok_1\"]", settled().path("ack").toString());
        await(worker.stop());
    }

    @Test
    void shouldSayThatAResultIsTooLarge() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("\"" + "x".repeat(1000) + "\""));
        hub.next().answer(413, "{\"error\":{\"type\":\"payload_too_large\",\"message\":\"too large\"}}");
        assertEquals("payload_too_large", published().error().type());
        settled();
        await(worker.stop());
    }

    @Test
    void shouldMakeARequestADeadLetterWhoseResponseNobodyTakes() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        hub.next().answer(400, REFUSED);
        hub.next().answer(400, REFUSED);
        assertEquals("tok_1", settled().path("reject").path(0).path("token").asText());
        await(worker.stop());
    }

    @Test
    void shouldWorkOnNoMoreThanItsConcurrency() throws Exception {
        Worker worker = start(greeter().concurrency(2));
        Exchange stream = hub.next();
        assertEquals("2", stream.parameters().get("max_in_flight"));
        stream.open();
        for (int n = 1; n <= 4; n++) {
            deliver(stream, "evt_" + n, "tok_" + n, "null");
        }
        Work first = work();
        Work second = work();
        assertEquals(2, worker.status().inHand());
        first.reply().complete(Reply.none());
        settled();
        assertEquals("evt_3", work().request().id());
        assertEquals(2, worker.status().inHand());
        assertTrue(works.isEmpty());
        assertEquals("evt_2", second.request().id());
        giveUp(worker);
    }

    /** Stops a worker whose work will not end, and takes its last words. */
    private void giveUp(Worker worker) throws IOException {
        worker.failed(new IllegalStateException("given up by the test"));
        settled();
        failure(worker.ended());
    }

    @Test
    void shouldShareWhatIsInHandBetweenItsInstances() throws Exception {
        Worker worker = start(greeter().instances(3));
        Set<String> consumers = new TreeSet<>();
        Exchange[] streams = new Exchange[3];
        for (int i = 0; i < 3; i++) {
            streams[i] = hub.next().open();
            consumers.add(streams[i].parameters().get("consumer"));
        }
        assertEquals(Set.of("c.0", "c.1", "c.2"), consumers);
        deliver(streams[0], "evt_1", "tok_1", "null");
        Work work = work();
        deliver(streams[1], "evt_1", "tok_2", "null");
        deliver(streams[1], "evt_2", "tok_3", "null");
        Work other = work();
        assertEquals("evt_2", other.request().id());
        work.reply().complete(Reply.of("1"));
        published();
        assertEquals("[\"tok_2\"]", settled().path("ack").toString());
        other.reply().complete(Reply.none());
        settled();
        await(worker.stop());
    }

    @Test
    void shouldRefuseOptionsThatMakeNoWorker() {
        assertThrowsIllegal(WorkerOptions.named("w"));
        assertThrowsIllegal(greeter().concurrency(0));
        assertThrowsIllegal(greeter().instances(0));
        assertThrowsIllegal(greeter().lease(Duration.ofMillis(1)));
        assertThrowsIllegal(greeter().maxDeliveries(-1));
    }

    private static void assertThrowsIllegal(WorkerOptions.Builder options) {
        assertThrows(IllegalArgumentException.class, options::build);
    }
}
