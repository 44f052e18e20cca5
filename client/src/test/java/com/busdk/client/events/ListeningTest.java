package com.busdk.client.events;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.client.testing.StubHub.Exchange;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

class ListeningTest extends ListeningFixture {
    @Test
    void shouldGiveEventsInOrderAndLeaveOutHeartbeatsAndNotices() throws Exception {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        Listening listening = collect(pings().build(), payloads);
        Exchange stream = hub.next();
        assertEquals("/api/v1/events/stream", stream.path());
        assertEquals("Bearer token-1", stream.header("authorization"));
        assertEquals("15s", stream.parameters().get("heartbeat"));
        assertEquals("true", stream.parameters().get("notices"));
        stream.open()
                .event("evt_1", "1")
                .line("")
                .line("{\"notice\":\"caught_up\"}")
                .event("evt_2", "2");
        assertEquals("1", take(payloads));
        assertEquals("2", take(payloads));
        assertEquals("connected", told());
        assertEquals("caught up", told());
        assertEquals(Optional.of("evt_2"), listening.lastId());
        assertEquals(2, listening.received());
        await(listening.close());
        stream.awaitClosed();
    }

    @Test
    void shouldEndWithTheSnapshot() {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        Listening listening = collect(pings().snapshot().build(), payloads);
        Exchange stream = hub.next();
        assertEquals("false", stream.parameters().get("follow"));
        stream.open().event("evt_1", "1").event("evt_2", "2").end();
        await(listening.ended());
        assertEquals(List.of("1", "2"), List.copyOf(payloads));
    }

    @Test
    void shouldEndAtTheLimit() {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        Listening listening = collect(pings().limit(2).build(), payloads);
        Exchange first = hub.next();
        assertEquals("2", first.parameters().get("limit"));
        first.open().event("evt_1", "1").end();
        Exchange second = hub.next();
        assertEquals("1", second.parameters().get("limit"));
        second.open().event("evt_2", "2").end();
        await(listening.ended());
        assertEquals(List.of("1", "2"), List.copyOf(payloads));
    }

    @Test
    void shouldTellOfATruncatedHistory() throws Exception {
        Listening listening = collect(pings().replay().build(), new LinkedBlockingQueue<>());
        Exchange stream = hub.next();
        stream.request().response().putHeader("Bus-Replay-Truncated", "true");
        stream.open();
        assertEquals(List.of("connected", "truncated"), List.of(told(), told()));
        await(listening.close());
    }

    @Test
    void shouldGiveOneAfterTheOtherWithAWindowOfOne() throws Exception {
        BlockingQueue<String> begun = new LinkedBlockingQueue<>();
        List<Promise<Void>> open = new CopyOnWriteArrayList<>();
        Listening listening = client.listen(pings().window(1).build(), event -> {
            Promise<Void> done = Promise.promise();
            open.add(done);
            begun.add(event.payload());
            return done.future();
        });
        hub.next().open().line(lines(1, 50));
        for (int i = 1; i <= 50; i++) {
            assertEquals(Integer.toString(i), take(begun));
            assertTrue(begun.isEmpty());
            open.get(i - 1).complete(); // from another thread, too
        }
        assertEquals(50, listening.received());
        await(listening.close());
    }

    @Test
    void shouldStopReadingWhileTheWindowIsFull() throws Exception {
        Promise<Void> release = Promise.promise();
        Listening listening = client.listen(pings().window(10).build(), event -> release.future());
        Exchange stream = hub.next().open();
        String big = "\"" + "x".repeat(8_000) + "\"";
        for (int i = 0; i < 5_000; i++) {
            stream.event("evt_" + i, big);
        }
        roundTrips(200); // a client that read on would have taken all of it by then
        assertTrue(stream.request().response().writeQueueFull());
        assertEquals(10, listening.received());
        vertx.setTimer(1, ignored -> release.complete());
        Future<Void> drained =
                Future.future(promise -> stream.request().response().drainHandler(promise::complete));
        await(drained);
        assertTrue(listening.received() > 10);
        await(listening.close());
    }

    @Test
    void shouldEndWithTheHandlersFailure() {
        Listening failing = client.listen(pings().build(), event -> Future.failedFuture("boom"));
        Exchange stream = hub.next().open().line(lines(1, 3));
        assertEquals("boom", failure(failing.ended()).getMessage());
        stream.awaitClosed();
        assertEquals(1, failing.received());

        Listening throwing = client.listen(pings().build(), event -> {
            throw new IllegalStateException("bang");
        });
        hub.next().open().line(lines(1, 3));
        assertEquals("bang", failure(throwing.ended()).getMessage());
    }

    @Test
    void shouldEndAtALineThatIsNoEnvelopeOrTooLong() {
        Listening listening = collect(pings().build(), new LinkedBlockingQueue<>());
        hub.next().open().line("surprise");
        assertEquals(
                502,
                assertInstanceOf(ApiException.class, failure(listening.ended())).status());

        Listening tooLong = collect(pings().build(), new LinkedBlockingQueue<>());
        hub.next().open().line("x".repeat(20_000));
        assertInstanceOf(LineSplitter.LineTooLongException.class, failure(tooLong.ended()));
    }

    @Test
    void shouldRefuseAnAnswerThatIsNoStream() {
        Listening listening = collect(pings().build(), new LinkedBlockingQueue<>());
        hub.next().answer(200, "text/html", "<html></html>");
        assertEquals(
                502,
                assertInstanceOf(ApiException.class, failure(listening.ended())).status());
    }

    @Test
    void shouldGiveRawLinesInBatchesAndWaitForEach() throws Exception {
        BlockingQueue<String> batches = new LinkedBlockingQueue<>();
        List<Promise<Void>> open = new CopyOnWriteArrayList<>();
        Listening listening = client.listenRaw(
                pings().build(),
                batch -> {
                    Promise<Void> done = Promise.promise();
                    open.add(done);
                    batches.add(batch.copy().toString());
                    return done.future();
                },
                observer);
        Exchange stream = hub.next().open();
        String first = lines(1, 2);
        stream.line(first);
        assertEquals(first + "\n", take(batches));
        stream.line("").line("{\"notice\":\"caught_up\"}");
        String second = lines(3, 4);
        stream.line(second).flushed();
        roundTrips(20);
        assertTrue(batches.isEmpty());
        open.getFirst().complete();
        assertEquals(second + "\n", take(batches));
        assertEquals(4, listening.received());
        assertEquals(Optional.of("evt_4"), listening.lastId());
        open.get(1).complete();
        stream.cut();
        assertEquals("evt_4", hub.next().parameters().get("after"));
        await(listening.close());
    }

    /** Lets the client's event loop go round: a clock that needs no time. */
    private void roundTrips(int count) {
        for (int i = 0; i < count; i++) {
            Future<JsonNode> names = client.names();
            hub.next().answer(200, "{}");
            await(names);
        }
    }
}
