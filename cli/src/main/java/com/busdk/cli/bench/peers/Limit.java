package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Pace;
import java.util.function.LongSupplier;

/**
 * How far a publisher may go, and when it ends. Asked on the publisher's loop.
 *
 * @param start the moment of the first event, as {@link System#nanoTime} gives it
 * @param end no event from then on
 * @param most events at most
 * @param pace when each is due where they are paced
 * @param room how many may have been sent by now for other reasons
 */
record Limit(long start, long end, long most, Pace pace, LongSupplier room) {
    /** Nothing is due more often: below that a timer costs more than what it brings. */
    private static final long SHORTEST_PAUSE = 100_000;

    private static final long MOST_LATE = 10_000_000_000L;

    /** When to ask again where others decide. */
    private static final long PAUSE = 500_000;

    /** As many as it takes, up to that moment or that many. */
    static Limit until(long start, long end, long most) {
        return new Limit(start, end, most, new Pace(start, 0), () -> Long.MAX_VALUE);
    }

    /**
     * Whether nothing more is to be sent after {@code sent} events. One that is behind its pace goes on for a while, since
     * what was due before the end has to be sent, however late.
     */
    boolean isOver(long sent, long now) {
        if (sent >= most) {
            return true;
        }
        return pace.isPaced() ? sent >= due() || now - end >= MOST_LATE : now - end >= 0;
    }

    /** How many are due before the end, where they are paced. */
    long due() {
        return pace.countAt(end - 1);
    }

    /** How many may have been sent by now. */
    long allowed(long now) {
        if (now - start < 0) {
            return 0;
        }
        // Not more than are due at all, even where it is late.
        long paced = pace.isPaced() ? Math.min(pace.countAt(now), due()) : Long.MAX_VALUE;
        return Math.min(most, Math.min(paced, room.getAsLong()));
    }

    /** Nanoseconds after which to ask again, when nothing more was allowed after {@code sent} events. */
    long pause(long sent, long now) {
        if (now - start < 0) {
            return start - now;
        }
        return pace.isPaced() ? Math.max(SHORTEST_PAUSE, pace.due(sent) - now) : PAUSE;
    }
}
