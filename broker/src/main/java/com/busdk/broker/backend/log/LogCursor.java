package com.busdk.broker.backend.log;

import org.jspecify.annotations.Nullable;

/**
 * A place in the log, moved by {@link EventLog#read}. Used by one thread at a time; handing it from one to the next
 * needs a happens-before edge, as any task queue gives.
 */
public final class LogCursor {
    /** Sequence of the next event to look at. */
    long next;

    /** Set when the cursor fell behind what is retained and went on at the oldest. */
    boolean truncated;

    /** Where the log implementation remembers the place, so that the next read need not search. */
    @Nullable
    Object segment;

    int offset;

    LogCursor(long next) {
        this.next = next;
    }

    /** Sequence of the next event to look at. */
    public long next() {
        return next;
    }

    /** Whether events were skipped because they are no longer retained; reading the answer resets it. */
    public boolean truncated() {
        boolean was = truncated;
        truncated = false;
        return was;
    }

    /** A second cursor at the same place. */
    public LogCursor copy() {
        LogCursor copy = new LogCursor(next);
        copy.truncated = truncated;
        copy.segment = segment;
        copy.offset = offset;
        return copy;
    }
}
