package com.busdk.broker.http.exchange;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What has to come to its end within a time that is the same for all: a list in the order in which they began, and one
 * timer for the oldest, so that each costs no more than its place in the list.
 *
 * <p>Thread: its event loop.
 */
final class Deadlines {
    private final Vertx vertx;
    private final long limitNanos;
    private final LongSupplier clock;
    private @Nullable Entry oldest;
    private @Nullable Entry newest;
    private boolean timed;

    /** Something that has to end in time. */
    abstract static class Entry {
        private long begun;
        private boolean listed;
        private @Nullable Entry before;
        private @Nullable Entry behind;

        /** The time is over, or its place is needed; it is not in the list any more, unless it begins anew. */
        abstract void late();
    }

    /** @param limit from when an entry is put into the list */
    Deadlines(Vertx vertx, Duration limit) {
        this(vertx, limit, System::nanoTime);
    }

    /** @param clock nanoseconds that only go forward */
    Deadlines(Vertx vertx, Duration limit, LongSupplier clock) {
        this.vertx = vertx;
        this.limitNanos = limit.toNanos();
        this.clock = clock;
    }

    /** The time of an entry begins now, also of one whose time had begun before. */
    void begin(Entry entry) {
        end(entry);
        entry.begun = clock.getAsLong();
        entry.listed = true;
        entry.before = newest;
        if (newest == null) {
            oldest = entry;
        } else {
            newest.behind = entry;
        }
        newest = entry;
        if (!timed) {
            setTimer(limitNanos);
        }
    }

    /** It has ended. Harmless for one that is not in the list. */
    void end(Entry entry) {
        if (!entry.listed) {
            return;
        }
        entry.listed = false;
        if (entry.before == null) {
            oldest = entry.behind;
        } else {
            entry.before.behind = entry.behind;
        }
        if (entry.behind == null) {
            newest = entry.before;
        } else {
            entry.behind.before = entry.before;
        }
        entry.before = null;
        entry.behind = null;
    }

    /**
     * Does not wait for the time of the oldest.
     *
     * @param forWhom stays
     * @return false if there is none but that, or that is the oldest
     */
    boolean endOldest(Entry forWhom) {
        Entry entry = oldest;
        if (entry == null || entry.equals(forWhom)) {
            return false;
        }
        tell(entry);
        return true;
    }

    private void tell(Entry entry) {
        end(entry);
        entry.late();
    }

    private void setTimer(long nanos) {
        timed = true;
        vertx.setTimer(Math.max(1, Duration.ofNanos(nanos).toMillis()), _ -> look());
    }

    private void look() {
        // One that begins anew meanwhile needs no timer of its own: this one is set again.
        long left = 0;
        try {
            for (Entry entry = oldest; entry != null && left <= 0; entry = oldest) {
                left = limitNanos - (clock.getAsLong() - entry.begun);
                if (left <= 0) {
                    tell(entry);
                }
            }
        } finally {
            timed = false;
            if (oldest != null) {
                setTimer(left);
            }
        }
    }
}
