package com.busdk.cli.bench;

import com.busdk.cli.bench.Timing.Span;

/**
 * What comes to one listener of a load: the n-th event that it gets is taken for the n-th that was published. Lives on the
 * loop of its connection.
 */
public final class Arrivals {
    private final Tally tally;
    private final Clock clock;
    private long received;

    /**
     * Nothing yet.
     *
     * @param tally of the loop
     * @param clock of the publisher
     */
    public Arrivals(Tally tally, Clock clock) {
        this.tally = tally;
        this.clock = clock;
    }

    /** What listeners must know of the publisher; set before the first event. Any thread. */
    public static final class Clock {
        private volatile Pace pace = new Pace(0, 0);
        private volatile Span span = new Span(0, 0, 0);

        /**
         * The publisher is about to begin.
         *
         * @param known when its events are due
         * @param measured those which count
         */
        public void set(Pace known, Span measured) {
            span = measured;
            pace = known; // last: it says whether the span is looked at
        }
    }

    /** Counts so many more, and how long after they were due each of them came. */
    public void add(int count, int bytes) {
        Pace pace = clock.pace;
        if (pace.isPaced()) {
            Span span = clock.span;
            long now = System.nanoTime();
            for (long n = received; n < received + count; n++) {
                long due = pace.due(n);
                if (span.measures(due)) {
                    tally.late(now - due);
                }
            }
        }
        received += count;
        tally.add(count, bytes); // last: who has seen the count may read the latencies
    }
}
