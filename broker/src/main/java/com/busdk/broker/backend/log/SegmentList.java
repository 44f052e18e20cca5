package com.busdk.broker.backend.log;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The segments of a log in order, and where it begins and ends. Changed by the writer, read by any thread: each change
 * of the list is a new array. Kept by any thread.
 */
final class SegmentList {
    /**
     * Segments that streams in the middle of an event may keep though the log drops them: at most so much more than is to
     * be retained is taken of the disk, or of memory.
     */
    static final int MAX_KEPT = 4;

    /** How many keep each; guarded by itself. */
    private final Map<Segment, Integer> kept = new HashMap<>();

    private volatile Segment[] segments;
    private volatile long first;
    private volatile long head;
    private volatile boolean closed;

    SegmentList(List<Segment> complete, Segment active) {
        Segment[] all = complete.toArray(new Segment[complete.size() + 1]);
        all[complete.size()] = active;
        segments = all;
        first = all[0].base();
        head = active.endSequence();
    }

    /** All of them, oldest first; not to be changed. */
    Segment[] all() {
        return segments;
    }

    /** Likewise, for who is going to read in them; refused once the log is closed. */
    Segment[] openOnes() {
        if (closed) {
            throw new IllegalStateException("the log is closed");
        }
        return segments;
    }

    /** From now on nobody may begin to read. */
    void close() {
        closed = true;
        for (Segment segment : segments) {
            segment.release();
        }
    }

    /**
     * Pins it, beyond its being dropped, until {@link #letGo}; the caller has pinned it for now. False where that is not
     * to be: others keep as many, or it is none of the oldest, which are the only ones in danger.
     */
    boolean keep(Segment segment) {
        synchronized (kept) {
            boolean isNew = !kept.containsKey(segment);
            if (isNew && (kept.size() >= MAX_KEPT || Arrays.asList(segments).indexOf(segment) >= MAX_KEPT)) {
                return false;
            }
            if (!segment.acquire()) {
                return false;
            }
            kept.merge(segment, 1, Integer::sum);
            return true;
        }
    }

    void letGo(Segment segment) {
        synchronized (kept) {
            kept.computeIfPresent(segment, (_, holders) -> holders == 1 ? null : holders - 1);
        }
        segment.release();
    }

    long first() {
        return first;
    }

    long head() {
        return head;
    }

    void moveHead(long newHead) {
        head = newHead;
    }

    void add(Segment active) {
        Segment[] now = segments;
        Segment[] longer = Arrays.copyOf(now, now.length + 1);
        longer[now.length] = active;
        segments = longer;
    }

    /** Takes the oldest ones out, and answers them. The log begins later before they are gone. */
    List<Segment> dropOldest(int count) {
        Segment[] now = segments;
        first = now[count].base();
        segments = Arrays.copyOfRange(now, count, now.length);
        return List.of(now).subList(0, count);
    }

    /**
     * The segment that has the event, or would have it; the oldest one for events before.
     *
     * @param sequence at most the head
     */
    static int find(Segment[] segments, long sequence) {
        int low = 0;
        int high = segments.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments[middle].base() <= sequence) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
