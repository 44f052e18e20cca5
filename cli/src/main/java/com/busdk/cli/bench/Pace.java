package com.busdk.cli.bench;

/**
 * When which event is due.
 *
 * @param start when the first one is, as {@link System#nanoTime} gives it
 * @param step nanoseconds from one to the next, 0 for as fast as it goes
 */
public record Pace(long start, double step) {
    private static final double NANOS_PER_SECOND = 1e9;

    /** A pace of so many a second, 0 for as fast as it goes. */
    public static Pace of(double perSecond, long start) {
        return new Pace(start, perSecond <= 0 ? 0 : NANOS_PER_SECOND / perSecond);
    }

    /** The share of one of several that take turns. */
    public Pace share(int index, int of) {
        return new Pace(start + Math.round(index * step), step * of);
    }

    /** Whether it is not as fast as it goes. */
    public boolean isPaced() {
        return step > 0;
    }

    /** When event {@code n} is due, from 0 on. */
    public long due(long n) {
        return start + Math.round(n * step);
    }

    /** How many events are due by now. */
    public long countAt(long now) {
        return now - start < 0 ? 0 : (long) ((now - start) / step) + 1;
    }
}
