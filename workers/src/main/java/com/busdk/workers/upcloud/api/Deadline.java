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

    /**
     * What is left until then.
     *
     * @return the time, zero from the moment on
     */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, atNanos - time.nanos()));
    }

    /**
     * A pause that does not go beyond the moment.
     *
     * @param wanted the pause without it
     * @return the pause, at most {@link #left}
     */
    public Duration cap(Duration wanted) {
        return wanted.compareTo(left()) > 0 ? left() : wanted;
    }

    /**
     * Whether the cloud, after a call that failed, wants to be left alone beyond the moment: then there is nothing to wait
     * for.
     *
     * @param cause how the call failed
     * @return true if it names such a time
     */
    public boolean isBefore(Throwable cause) {
        return cause instanceof CloudException e
                && e.retryAfter().filter(asked -> asked.compareTo(left()) > 0).isPresent();
    }
}
