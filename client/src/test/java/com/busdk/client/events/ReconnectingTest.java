package com.busdk.client.events;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.SilentPort;
import com.busdk.client.testing.StubHub.Exchange;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listening over more than one connection: what is lost, what is refused, and what comes after it. */
class ReconnectingTest extends ListeningFixture {
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
        try (SilentPort nobody = new SilentPort()) {
            EventsClient other = EventsClient.create(vertx, nobody.url(), TokenSource.fixed("t"));
            Listening listening = other.listen(pings().build(), _ -> Future.succeededFuture(), observer);
            UnreachableException e = assertInstanceOf(UnreachableException.class, failure(listening.ended()));
            assertFalse(e.outcomeUnknown(), e.getMessage());
            assertTrue(String.valueOf(e.getMessage()).contains("127.0.0.1:" + nobody.port()), e.getMessage());
            await(other.close());
        }
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
    void shouldGoOnWithASnapshotWhoseTokenExpired() throws Exception {
        BlockingQueue<String> payloads = new LinkedBlockingQueue<>();
        Listening listening = collect(pings().snapshot().build(), payloads);
        hub.next()
                .open()
                .event("evt_1", "1")
                .line("{\"notice\":\"token_expired\"}")
                .end();
        Exchange second = hub.next();
        assertEquals("evt_1", second.parameters().get("after"));
        assertEquals("false", second.parameters().get("follow"));
        second.open().event("evt_2", "2").end();
        await(listening.ended());
        assertEquals(List.of("1", "2"), List.copyOf(payloads));
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
}
