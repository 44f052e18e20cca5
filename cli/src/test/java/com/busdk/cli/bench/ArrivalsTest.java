package com.busdk.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.cli.bench.Timing.Span;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a listener of a load counts, and when somebody else may look at it. */
@Timeout(60)
class ArrivalsTest {
    /** Takes a good deal longer to be timed than to be counted. */
    private static final int MANY = 5_000_000;

    @Test
    void shouldHaveTimedWhatItHasCounted() throws Exception {
        long start = System.nanoTime() - TimeUnit.SECONDS.toNanos(1);
        Arrivals.Clock clock = new Arrivals.Clock();
        clock.set(new Pace(start, 1), new Span(start, start, start + MANY));
        Tally tally = new Tally();
        CompletableFuture<Void> arriving =
                CompletableFuture.runAsync(() -> new Arrivals(tally, clock).add(MANY, MANY * 200));

        while (tally.events() == 0 && !arriving.isDone()) {
            Thread.onSpinWait();
        }

        assertEquals(MANY, tally.latency().getTotalCount());
        arriving.join();
        assertEquals(MANY, tally.events());
    }
}
