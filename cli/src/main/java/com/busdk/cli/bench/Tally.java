package com.busdk.cli.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/** What the listeners on one loop have got. Written on that loop; the counts may be read anywhere. */
public final class Tally {
    private static final long POLL_MILLIS = 2;

    /** A load that brings nothing for so long brings nothing any more. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final AtomicLong events = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final Histogram latency = LoadResult.histogram();

    /** Counts more. On the loop. */
    public void add(long moreEvents, long moreBytes) {
        // One writer: no need for an atomic addition.
        events.lazySet(events.getPlain() + moreEvents);
        bytes.lazySet(bytes.getPlain() + moreBytes);
    }

    /** An event that came so long after it was due; less than nothing counts as nothing. On the loop. */
    public void late(long nanos) {
        latency.recordValue(Math.max(0, nanos));
    }

    /** Events so far. Any thread. */
    public long events() {
        return events.get();
    }

    /** Bytes so far. Any thread. */
    public long bytes() {
        return bytes.get();
    }

    /** Of all of them together. Any thread. */
    public static long events(List<Tally> tallies) {
        long sum = 0;
        for (Tally tally : tallies) {
            sum += tally.events();
        }
        return sum;
    }

    /** Waits until they have so many together, or nothing comes any more. On the thread of the command. */
    public static void awaitEvents(List<Tally> tallies, long expected) throws InterruptedException {
        long last = -1;
        long changed = System.nanoTime();
        while (events(tallies) < expected && System.nanoTime() - changed < SILENCE_NANOS) {
            long now = events(tallies);
            if (now != last) {
                last = now;
                changed = System.nanoTime();
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** To be read when the loop is done. */
    public Histogram latency() {
        return latency;
    }
}
