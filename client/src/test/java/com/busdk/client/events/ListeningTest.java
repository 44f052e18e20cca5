package com.busdk.client.events;

import static com.busdk.client.events.StubHub.await;
import static com.busdk.client.events.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.StubHub.Exchange;
import com.busdk.client.http.ApiException;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ListeningTest {
    private static final RetryPolicy QUICK = new RetryPolicy(true, Duration.ofMillis(1), Duration.ofMillis(4), false);

    private final Vertx vertx = Vertx.vertx();
    private final StubHub hub = StubHub.start(vertx);
    private final EventsClient client = client(TokenSource.fixed("token-1"), Duration.ofSeconds(15));
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final ListenObserver observer = new ListenObserver() {
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

    private EventsClient client(TokenSource token, Duration heartbeat) {
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

    private String told() throws InterruptedException {
        return String.valueOf(told.poll(20, TimeUnit.SECONDS));
    }

    private Listening collect(ListenOptions options, BlockingQueue<String> payloads) {
        return client.listen(
                options,
                event -> {
                    payloads.add(event.payload());
                    return Future.succeededFuture();
                },
                observer);
    }

    private static String take(BlockingQueue<String> queue) throws InterruptedException {
        return String.valueOf(queue.poll(20, TimeUnit.SECONDS));
    }

    private static ListenOptions.Builder pings() {
        return ListenOptions.of("example.ping").retry(QUICK);
    }

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
    void shouldResumeBehindTheLastEventAfterALostConnection() throws Exception {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        Listening listening = collect(pings().replay().build(), payloads);
        Exchange first = hub.next();
        assertEquals("true", first.parameters().get("replay"));
        first.open().event("evt_1", "1");
        assertEquals("1", take(payloads));
        first.cut();
        Exchange second = hub.next();
        assertEquals("evt_1", second.parameters().get("after"));
        assertFalse(second.parameters().contains("replay"));
        second.open().event("evt_2", "2");
        assertEquals("2", take(payloads));
        assertEquals(List.of("connected", "reconnecting", "again"), List.of(told(), told(), told()));
        await(listening.close());
    }

    @Test
    void shouldNeverResumeByIdInAGroup() throws Exception {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        Listening listening = collect(pings().unicast("g", "c").build(), payloads);
        Exchange first = hub.next().open().event("evt_1", "1");
        assertEquals("1", take(payloads));
        first.cut();
        Exchange second = hub.next();
        assertFalse(second.parameters().contains("after"));
        assertFalse(second.parameters().contains("since"));
        assertEquals("unicast", second.parameters().get("delivery"));
        await(listening.close());
    }

    @Test
    void shouldNoticeASilentConnection() throws Exception {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        EventsClient impatient = client(TokenSource.fixed("t"), Duration.ofMillis(100));
        Listening listening = impatient.listen(pings().build(), event -> {
            payloads.add(event.payload());
            return Future.succeededFuture();
        });
        Exchange silent = hub.next().open().event("evt_1", "1");
        assertEquals("1", take(payloads));
        Exchange second = hub.next();
        assertEquals("evt_1", second.parameters().get("after"));
        silent.awaitClosed();
        await(listening.close());
        await(impatient.close());
    }

    @Test
    void shouldEndAtOnceWhenTheTokenIsRefused() {
        Listening listening = collect(pings().build(), new LinkedBlockingQueue<>());
        hub.next().answer(401, "{\"error\":{\"type\":\"invalid_auth\",\"message\":\"expired\"}}");
        ApiException e = assertInstanceOf(ApiException.class, failure(listening.ended()));
        assertEquals(401, e.status());
        assertEquals("expired", e.message());
        assertEquals(e, failure(listening.connected()));
        assertTrue(hub.hasNoMore());
    }

    @Test
    void shouldEndWhenTheTokenIsRefusedAfterALoss() throws Exception {
        Listening listening = collect(pings().build(), new LinkedBlockingQueue<>());
        hub.next().open().line("{\"notice\":\"token_expired\"}").end();
        assertEquals(List.of("connected", "token_expired", "reconnecting"), List.of(told(), told(), told()));
        hub.next().answer(403, "{\"error\":{\"type\":\"forbidden\",\"message\":\"no\",\"scope\":\"vm:read\"}}");
        ApiException e = assertInstanceOf(ApiException.class, failure(listening.ended()));
        assertEquals(Optional.of("vm:read"), e.scope());
    }

    @Test
    void shouldReadTheTokenAgainForEachConnection(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("token"), "first");
        EventsClient other = client(TokenSource.file(file, warning -> {}), Duration.ofSeconds(15));
        Listening listening = other.listen(pings().build(), event -> Future.succeededFuture());
        Exchange one = hub.next();
        assertEquals("Bearer first", one.header("authorization"));
        Files.writeString(file, "second");
        one.open().end();
        assertEquals("Bearer second", hub.next().header("authorization"));
        await(listening.close());
        await(other.close());
    }

    @Test
    void shouldEndWithoutATokenButSurviveThatItsFileIsReplaced(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("token");
        EventsClient other = client(TokenSource.file(file, warning -> {}), Duration.ofSeconds(15));
        ListenOptions patient = pings().retry(QUICK.includingFirstConnect()).build();
        Listening without = other.listen(patient, event -> Future.succeededFuture());
        assertInstanceOf(TokenException.class, failure(without.ended()));

        Files.writeString(file, "first");
        Listening listening = other.listen(patient, event -> Future.succeededFuture(), observer);
        Exchange one = hub.next().open();
        assertEquals("connected", told());
        Files.delete(file);
        one.end();
        assertEquals("reconnecting", told());
        assertEquals("reconnecting", told());
        Files.writeString(file, "second");
        assertEquals("Bearer second", hub.next().header("authorization"));
        await(listening.close());
        await(other.close());
    }

    @Test
    void shouldComeBackAfterA5xxButReportTheFirstFailureAtOnce() throws Exception {
        Listening refused = collect(pings().build(), new LinkedBlockingQueue<>());
        hub.next().answer(503, "{\"error\":{\"type\":\"unavailable\",\"message\":\"starting\"}}");
        assertEquals(
                503,
                assertInstanceOf(ApiException.class, failure(refused.ended())).status());

        Listening patient = collect(pings().retry(QUICK.includingFirstConnect()).build(), new LinkedBlockingQueue<>());
        hub.next().answer(502, "text/html", "<html>not our error</html>");
        assertEquals("reconnecting", told());
        hub.next().open();
        await(patient.connected());
        await(patient.close());
    }

    @Test
    void shouldReportAServiceThatIsNotThere() {
        hub.close();
        Listening listening = collect(pings().build(), new LinkedBlockingQueue<>());
        UnreachableException e = assertInstanceOf(UnreachableException.class, failure(listening.ended()));
        assertFalse(e.outcomeUnknown());
        assertTrue(
                String.valueOf(e.getMessage()).contains("127.0.0.1:" + hub.url().getPort()), e.getMessage());
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
    void shouldGoOnWithASnapshotThatTheServiceCutShort() throws Exception {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        Listening listening = collect(pings().snapshot().build(), payloads);
        hub.next().open().event("evt_1", "1").line("{\"notice\":\"closing\"}").end();
        Exchange second = hub.next();
        assertEquals("evt_1", second.parameters().get("after"));
        assertEquals("false", second.parameters().get("follow"));
        second.open().event("evt_2", "2").end();
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
    void shouldFinishWhatItHasReadBeforeItReconnects() throws Exception {
        Promise<Void> release = Promise.promise();
        BlockingQueue<String> begun = new LinkedBlockingQueue<>();
        Listening listening = client.listen(pings().window(1).build(), event -> {
            begun.add(event.payload());
            return release.future();
        });
        Exchange first = hub.next().open().line(lines(1, 3));
        assertEquals("1", take(begun));
        first.cut();
        release.complete();
        assertEquals("2", take(begun));
        assertEquals("3", take(begun));
        assertEquals("evt_3", hub.next().parameters().get("after"));
        await(listening.close());
    }

    @Test
    void shouldNotBeginWorkWhoseLeaseIsLost() throws Exception {
        Promise<Void> release = Promise.promise();
        BlockingQueue<String> begun = new LinkedBlockingQueue<>();
        Listening listening =
                client.listen(pings().unicast("g", "c").explicitAck().window(1).build(), event -> {
                    begun.add(event.payload());
                    return release.future();
                });
        Exchange first = hub.next().open().line(lines(1, 3));
        assertEquals("1", take(begun));
        first.cut();
        Exchange second = hub.next().open();
        release.complete();
        second.event("evt_9", "9");
        assertEquals("9", take(begun));
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

    @Test
    void shouldWaitAsLongAsTheServiceAsksWithinItsOwnBound() throws Exception {
        RetryPolicy slow = new RetryPolicy(true, Duration.ofMillis(1), Duration.ofMillis(50), true);
        BlockingQueue<Duration> delays = new LinkedBlockingQueue<>();
        Listening listening =
                client.listen(pings().retry(slow).build(), event -> Future.succeededFuture(), new ListenObserver() {
                    @Override
                    public void reconnecting(Throwable cause, Duration delay) {
                        delays.add(delay);
                    }
                });
        Exchange busy = hub.next();
        busy.request().response().putHeader("retry-after", "3600");
        busy.answer(429, "{\"error\":{\"type\":\"rate_limited\",\"message\":\"later\"}}");
        assertEquals(Duration.ofMillis(50), delays.poll(20, TimeUnit.SECONDS));
        hub.next().open();
        await(listening.connected());
        await(listening.close());
    }

    @Test
    void shouldBeClosedWhileItWaitsOrConnects() throws Exception {
        Listening waiting = collect(
                pings().retry(new RetryPolicy(true, Duration.ofHours(1), Duration.ofHours(1), false))
                        .build(),
                new LinkedBlockingQueue<>());
        hub.next().open().end();
        assertEquals(List.of("connected", "reconnecting"), List.of(told(), told()));
        await(waiting.close());

        Listening connecting = collect(pings().build(), new LinkedBlockingQueue<>());
        Exchange never = hub.next();
        await(connecting.close());
        never.awaitClosed();
    }

    /** Lets the client's event loop go round: a clock that needs no time. */
    private void roundTrips(int count) {
        for (int i = 0; i < count; i++) {
            Future<JsonNode> names = client.names();
            hub.next().answer(200, "{}");
            await(names);
        }
    }

    private static String lines(int from, int to) {
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
