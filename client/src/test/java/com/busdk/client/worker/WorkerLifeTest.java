package com.busdk.client.worker;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub.Exchange;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a worker starts, stops, and gives up. */
@Timeout(60)
class WorkerLifeTest extends WorkerFixture {
    @Test
    void shouldFinishWhatIsInHandAndGiveBackTheRestWhenItIsStopped() throws Exception {
        Worker worker = start(greeter());
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null");
        Work work = work();
        Future<Void> stopped = worker.stop();
        deliver(stream, "evt_2", "tok_2", "null").flushed();
        assertFalse(stopped.isComplete());
        work.reply().complete(Reply.of("1"));
        published();
        JsonNode acked = settled();
        assertEquals("[\"tok_1\"]", acked.path("ack").toString());
        assertEquals("tok_2", settled().path("nack").path(0).path("token").asText());
        assertTrue(works.isEmpty());
        await(stopped);
        stream.awaitClosed();
    }

    @Test
    void shouldGiveBackWhatTakesLongerThanTheDrain() throws Exception {
        Worker worker = start(greeter().drain(Duration.ofMillis(1)));
        Exchange stream = hub.next().open();
        deliver(stream, "evt_1", "tok_1", "null");
        Work work = work();
        Future<Void> stopped = worker.stop();
        JsonNode nack = settled().path("nack").path(0);
        assertEquals("tok_1", nack.path("token").asText());
        assertEquals("0s", nack.path("delay").asText());
        await(stopped);
        work.reply().complete(Reply.of("late"));
        stream.awaitClosed();
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldStopAfterOneRequestIfToldSo() throws Exception {
        Worker worker = start(greeter().once());
        Exchange stream = hub.next();
        assertEquals("1", stream.parameters().get("max_in_flight"));
        deliver(stream.open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        published();
        settled();
        await(worker.ended());
        stream.awaitClosed();
        assertTrue(works.isEmpty());
    }

    @Test
    void shouldEndAtOnceWhenItsTokenIsRefused() {
        Worker worker = start(greeter());
        hub.next().answer(401, "{\"error\":{\"type\":\"invalid_auth\",\"message\":\"expired\"}}");
        assertEquals(
                401,
                assertInstanceOf(ApiException.class, failure(worker.ended())).status());
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldEndWhenItMayNotPublishTheResponse() throws Exception {
        Worker worker = start(greeter());
        deliver(hub.next().open(), "evt_1", "tok_1", "null");
        work().reply().complete(Reply.of("1"));
        hub.next().answer(403, "{\"error\":{\"type\":\"forbidden\",\"message\":\"no scope\"}}");
        assertEquals("tok_1", settled().path("nack").path(0).path("token").asText());
        assertEquals(
                403,
                assertInstanceOf(ApiException.class, failure(worker.ended())).status());
    }

    @Test
    void shouldWaitForAServiceThatIsNotReadyYet() {
        Worker worker = Worker.create(vertx, client, greeter().build(), request -> Future.failedFuture("unused"));
        Future<Void> started = worker.start();
        hub.next().answer(503, UNAVAILABLE);
        Exchange stream = hub.next();
        assertFalse(started.isComplete());
        assertFalse(worker.status().connected());
        stream.open();
        await(started);
        assertTrue(worker.status().connected());
        await(worker.stop());
        assertFalse(worker.status().connected());
    }
}
