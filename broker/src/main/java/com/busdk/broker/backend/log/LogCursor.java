package com.busdk.broker.backend.log;

import org.jspecify.annotations.Nullable;

/**
 * A place in the log, moved by {@link EventLog#read}. Used by one thread at a time; handing it from one to the next
 * needs a happens-before edge, as any task queue gives.
 */
public final class LogCursor {
    /** Stands for "not known": the offset is looked up by the index. */
    static final int UNKNOWN = -1;

    /** Sequence of the next event to look at. */
    long next;

    /** Set when the cursor fell behind what is retained and went on at the oldest. */
    boolean truncated;

    /** Where that event is, or {@code null}. The segment may be gone by now. */
    @Nullable
    Segment segment;

    /** A frame in the segment from which on one comes to the event, near before it; or {@link #UNKNOWN}. */
    int offset = UNKNOWN;

    /** What was found out about the selector in that segment. */
    @Nullable
    MatchPlan plan;

    /** Has the event in whose middle the visitor stopped; kept until the cursor moves on, or is released. */
    private @Nullable Segment kept;

    /** Whose segment that is. */
    private @Nullable SegmentList keeper;

    LogCursor(long next) {
        this.next = next;
    }

    /** The segment of the next event, where that is kept. */
    @Nullable
    Segment kept() {
        return kept;
    }

    /** Keeps the event that it stands at, if there is room; the caller has pinned the segment. */
    void keep(SegmentList segments) {
        if (kept == null && segment != null && segments.keep(segment)) {
            kept = segment;
            keeper = segments;
        }
    }

    /**
     * Gives back what {@link RecordVisitor.Next#STOP_WITHIN} keeps: the memory and the room on disk of a segment. Whoever
     * reads no further has to; a cursor that moves on does it by itself.
     */
    public void release() {
        if (kept != null && keeper != null) {
            keeper.letGo(kept);
            kept = null;
            keeper = null;
        }
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

    /** A second cursor at the same place, which keeps nothing. */
    public LogCursor copy() {
        LogCursor copy = new LogCursor(next);
        copy.truncated = truncated;
        copy.segment = segment;
        copy.offset = offset;
        copy.plan = plan;
        return copy;
    }

    /** Puts it somewhere else. */
    void moveTo(long newNext, @Nullable Segment newSegment, int newOffset) {
        if (next != newNext) {
            release();
        }
        next = newNext;
        offset = newOffset;
        if (segment != newSegment) {
            segment = newSegment;
            plan = null;
        }
    }
}
