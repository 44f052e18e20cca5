package com.busdk.cli.bench;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/** What the listeners on one loop have got. Written on that loop; the counts may be read anywhere. */
final class Tally {
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final Histogram latency = LoadResult.histogram();

    void add(long moreEvents, long moreBytes) {
        // One writer: no need for an atomic addition.
        events.lazySet(events.getPlain() + moreEvents);
        bytes.lazySet(bytes.getPlain() + moreBytes);
    }

    void late(long nanos) {
        latency.recordValue(Math.max(0, nanos));
    }

    long events() {
        return events.get();
    }

    long bytes() {
        return bytes.get();
    }

    /** To be read when the loop is done. */
    Histogram latency() {
        return latency;
    }
}
