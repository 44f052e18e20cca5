package com.busdk.workers.upcloud.api;

import java.time.Duration;

/**
 * A moment after which something is given up. Immutable.
 *
 * @param time tells what time it is
 * @param atNanos the moment, as {@link CloudTime#nanos} counts
 */
public record Deadline(CloudTime time, long atNanos) {
    /**
     * A deadline from now.
     *
     * @param time tells what time it is
     * @param length how far away it is
     * @return the deadline
     */
    public static Deadline in(CloudTime time, Duration length) {
        return new Deadline(time, time.nanos() + length.toNanos());
    }

    /**
     * Whether it is over.
     *
     * @return true from the moment on
     */
    public boolean passed() {
        return time.nanos() - atNanos >= 0;
    }
}
