package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One read in one segment: shows the events of a range that a selector wants, and moves the cursor. The segment is
 * pinned by the caller. Thread: that of the read.
 */
final class SegmentReader {
    private final Segment segment;
    private final ByteBuffer bytes;
    private final LogCursor cursor;
    private final long limit;
    private final boolean verify;
    private final RecordVisitor visitor;
    private final RecordView view;
    private boolean stoppedWithin;

    /**
     * @param cursor stands in this segment
     * @param limit sequence behind the last event to look at, at most {@link Segment#endSequence}
     */
    SegmentReader(Segment segment, LogCursor cursor, long limit, EventLog.Trust trust, RecordVisitor visitor) {
        this.segment = segment;
        this.bytes = segment.bytes();
        this.cursor = cursor;
        this.limit = limit;
        this.verify = trust == EventLog.Trust.VERIFY;
        this.visitor = visitor;
        this.view = new RecordView(bytes);
    }

    /** Reads; false when the visitor stopped it. */
    boolean read(NameSelector selector) throws LogDamagedException {
        return switch (selector) {
            case NameSelector.All all -> scan(null);
            case NameSelector.Names wanted -> merge(postings(wanted.names()));
            case NameSelector.Matching matching -> matching(matching.test());
        };
    }

    /** Whether the visitor has stopped it in the middle of an event. */
    boolean stoppedWithin() {
        return stoppedWithin;
    }

    private boolean matching(Predicate<String> test) throws LogDamagedException {
        if (!segment.sealed()) {
            return scan(test);
        }
        MatchPlan plan = cursor.plan;
        if (plan == null || !plan.test().equals(test) || cursor.segment != segment) {
            plan = MatchPlan.of(test, segment.index(), segment.events());
        }
        List<Postings> found = plan.postings();
        boolean wentThrough = found == null ? scan(test) : merge(found);
        cursor.plan = wentThrough ? null : plan;
        return wentThrough;
    }

    private List<Postings> postings(List<String> names) throws LogDamagedException {
        SegmentIndex index = segment.index();
        List<Postings> found = new ArrayList<>(names.size());
        for (String name : names.size() == 1 ? names : new LinkedHashSet<>(names)) {
            Postings postings = index.postings(NameSelector.bytes(name));
            if (postings != null) {
                found.add(postings);
            }
        }
        return found;
    }

    /** Goes over all events. */
    private boolean scan(@Nullable Predicate<String> test) throws LogDamagedException {
        MatchPlan.Memo memo = test == null ? null : new MatchPlan.Memo(test, bytes);
        int end = segment.end();
        int at = nearOffset(cursor.next);
        long sequence = cursor.next;
        while (sequence < limit) {
            cursor.moveTo(sequence, segment, at);
            check(at, end);
            int length = FrameFormat.length(bytes, at);
            if (FrameFormat.isEvent(bytes, at)) {
                long found = FrameFormat.sequence(bytes, at);
                if (found > sequence) {
                    throw segment.damaged(at, "event " + sequence + " is missing before event " + found);
                }
                if (found == sequence) {
                    if ((memo == null || memo.passes(at)) && !show(at, length)) {
                        return false;
                    }
                    sequence++;
                }
            } else if (FrameFormat.kind(bytes, at) == FrameFormat.GAP) {
                cursor.truncated = true;
                break;
            }
            at += length;
        }
        cursor.moveTo(limit, segment, at);
        return true;
    }

    /** Shows one; false when the visitor wants no more. */
    private boolean show(int at, int length) {
        view.moveTo(at);
        switch (visitor.visit(view)) {
            case GO_ON -> {
                return true;
            }
            case STOP_BEHIND -> cursor.moveTo(FrameFormat.sequence(bytes, at) + 1, segment, at + length);
            case STOP_BEFORE -> cursor.moveTo(FrameFormat.sequence(bytes, at), segment, at);
            case STOP_WITHIN -> {
                cursor.moveTo(FrameFormat.sequence(bytes, at), segment, at);
                stoppedWithin = true;
            }
        }
        return false;
    }

    private void check(int at, int end) throws LogDamagedException {
        if (verify) {
            String problem = view.problem(at, end);
            if (problem != null) {
                throw segment.damaged(at, problem);
            }
        } else {
            int length = end - at < FrameFormat.HEADER_BYTES ? 0 : FrameFormat.length(bytes, at);
            if (length < FrameFormat.HEADER_BYTES || length > end - at) {
                throw segment.damaged(at, "a record of impossible length " + length);
            }
        }
    }

    /** Shows the events of some postings, which have no offset in common, in order. */
    private boolean merge(List<Postings> found) throws LogDamagedException {
        int end = segment.end();
        int from = nearOffset(cursor.next);
        PostingsMerge merge = new PostingsMerge(found, from);
        // What is being committed just now is in the index before it is within the end.
        for (int at = merge.next(); at >= 0 && at < end; at = merge.next()) {
            check(at, end);
            long sequence = FrameFormat.sequence(bytes, at);
            if (sequence >= limit) {
                break;
            }
            if (sequence >= cursor.next) {
                int length = FrameFormat.length(bytes, at);
                cursor.moveTo(sequence, segment, at);
                if (!show(at, length)) {
                    return false;
                }
                cursor.moveTo(sequence + 1, segment, at + length);
            }
        }
        if (cursor.next != limit) {
            cursor.moveTo(limit, segment, LogCursor.UNKNOWN);
        }
        return true;
    }

    /** A frame at or before that event, and at most {@link SegmentIndex#SPARSE_EVERY} events before it. */
    private int nearOffset(long sequence) throws LogDamagedException {
        if (cursor.segment == segment && cursor.offset != LogCursor.UNKNOWN) {
            return cursor.offset;
        }
        return near(segment, sequence);
    }

    static int near(Segment segment, long sequence) throws LogDamagedException {
        Postings sparse = segment.index().sparse();
        int size = sparse.size();
        if (size == 0) {
            return segment.dataStart();
        }
        long entry = (sequence - segment.base()) / SegmentIndex.SPARSE_EVERY;
        return sparse.get((int) Math.min(entry, size - 1));
    }
}
