package com.busdk.cli.bench;

import java.time.Duration;

/**
 * How long a load is kept up.
 *
 * @param warmup first, without being measured: both sides compile what runs often
 * @param duration then, measured; with a count it is the most that is allowed
 * @param count end after that many events, 0 for no such end
 */
public record Timing(Duration warmup, Duration duration, long count) {
    /** Refuses what does not end, or does not begin. */
    public Timing {
        if (warmup.isNegative() || duration.isNegative() || duration.isZero() || count < 0) {
            throw new IllegalArgumentException("a load takes some time, and its count is not negative");
        }
    }

    /** A load of that duration. */
    public static Timing of(Duration warmup, Duration duration) {
        return new Timing(warmup, duration, 0);
    }

    /** The moments of a load that begins at {@code startNanos}. */
    public Span span(long startNanos) {
        long from = startNanos + warmup.toNanos();
        return new Span(startNanos, from, from + duration.toNanos());
    }

    /**
     * Moments, as {@link System#nanoTime} gives them.
     *
     * @param start the first event
     * @param from measured from here
     * @param to up to here, exclusive
     */
    public record Span(long start, long from, long to) {
        /** Whether that moment belongs to what is measured. */
        public boolean measures(long moment) {
            return moment - from >= 0 && moment - to < 0;
        }

        /** How long is measured. */
        public double seconds() {
            return (to - from) / 1e9;
        }
    }
}
