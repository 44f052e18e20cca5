package com.busdk.workers.vm;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.workers.store.MovableClock;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An instance that has been there for long, and one that can only read what is still retained, say the same. */
class StaticVmsTest {
    private static final String START = "bus.vm.start.response";
    private static final String STOP = "bus.vm.stop.response";
    private static final Duration DAY = Duration.ofDays(1);

    private final Vertx vertx = Vertx.vertx();
    private final MovableClock clock = new MovableClock("2026-01-01T00:00:00Z");
    private final StaticVms old = vms(StaticMachine.STOPPED);

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private StaticVms vms(StaticMachine atFirst) {
        EventsClient client = EventsClient.create(vertx, URI.create("http://127.0.0.1:1"), TokenSource.fixed("t"));
        return new StaticVms(vertx, client, RetryPolicy.DEFAULT, clock, Duration.ofSeconds(2), atFirst);
    }

    private void now(StaticVms vms, String name, String runtime) {
        vms.apply(Envelope.builder(name)
                .payload("{\"accepted\":true,\"runtime\":\"" + runtime + "\"}")
                .createdAt(clock.instant())
                .build());
    }

    @Test
    void shouldForgetAStartWhenTheHistoryDoes() {
        now(old, START, "a");
        clock.advance(DAY.multipliedBy(7).minusSeconds(1));
        assertEquals(VmState.READY, old.state("a"));

        clock.advance(DAY);

        assertEquals(VmState.STOPPED, old.state("a"), "as one says that has just read what is retained");
        assertEquals(VmState.STARTING, old.stateAfterStart("a"));
    }

    @Test
    void shouldForgetAStopOfWhatRunsAtFirst() {
        StaticVms running = vms(StaticMachine.STOPPED.started(Instant.EPOCH));
        now(running, STOP, "a");
        assertEquals(VmState.STOPPED, running.state("a"));

        clock.advance(DAY.multipliedBy(8));

        assertEquals(VmState.READY, running.state("a"));
    }

    @Test
    void shouldCountFromTheLastStart() {
        now(old, START, "a");
        clock.advance(DAY.multipliedBy(5));
        StaticVms young = vms(StaticMachine.STOPPED);
        now(old, START, "a");
        now(young, START, "a");
        clock.advance(DAY.multipliedBy(5));

        assertEquals(VmState.READY, old.state("a"));
        assertEquals(VmState.READY, young.state("a"));

        clock.advance(DAY.multipliedBy(2));
        now(old, START, "a");
        assertEquals(VmState.STARTING, old.state("a"), "what was forgotten is started anew");
    }

    @Test
    void shouldHaveRoomAgainForRuntimes() {
        for (int i = 0; i < StaticVms.MAX_RUNTIMES; i++) {
            now(old, START, "r" + i);
        }
        assertFalse(old.isKnownOrFits("one-more"));

        clock.advance(DAY.multipliedBy(8));

        assertTrue(old.isKnownOrFits("one-more"));
        now(old, START, "one-more");
        assertEquals(VmState.STARTING, old.state("one-more"));
    }
}
