package com.busdk.workers.ssh;

import java.time.Duration;

/**
 * A point in time by the clock that only goes forward. Immutable.
 *
 * @param nanos by {@link System#nanoTime}
 */
record Deadline(long nanos) {
    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** The earlier one of this and so long from now. */
    Deadline within(Duration time) {
        long other = System.nanoTime() + time.toNanos();
        return other - nanos < 0 ? new Deadline(other) : this;
    }

    /** Nanoseconds until then, zero if it has passed. */
    long leftNanos() {
        return Math.max(0, nanos - System.nanoTime());
    }

    boolean passed() {
        return leftNanos() == 0;
    }
}
