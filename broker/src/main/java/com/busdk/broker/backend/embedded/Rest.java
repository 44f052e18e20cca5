package com.busdk.broker.backend.embedded;

import java.util.concurrent.TimeUnit;

/**
 * How long a loop rests after it has written many small pieces.
 *
 * <p>An event for a thousand listeners is a thousand writes, whose cost hardly depends on how much each carries. A loop
 * that goes on at once spends all its time on them and falls ever further behind; one that rests for a moment finds more
 * events, and writes them together. So it spends a bounded share of its time on small pieces, whatever the rate.
 */
final class Rest {
    /** A pass that took less leaves nothing to gain by waiting: an event for few listeners is not held up. */
    private static final long LEAST_WORK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Rests so many times as long as it wrote: a third of the loop's time at most goes to small pieces. */
    private static final long REST_TO_WORK = 2;

    /** No event waits longer than this for others to travel with. */
    private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Where a write carries more than this, copying costs more than the system call, and waiting saves nothing. */
    private static final int SMALL_BYTES = 8 << 10;

    private Rest() {}

    /**
     * How long to rest.
     *
     * @param workNanos how long the pass took
     * @param writes how many pieces it wrote
     * @param bytes how much they carried together
     * @return nanoseconds, 0 to go on at once
     */
    static long nanosAfter(long workNanos, int writes, long bytes) {
        boolean small = writes > 0 && bytes / writes < SMALL_BYTES;
        return small && workNanos >= LEAST_WORK_NANOS ? Math.min(workNanos * REST_TO_WORK, LONGEST_NANOS) : 0;
    }
}
