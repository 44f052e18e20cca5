package com.busdk.broker.backend.log;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The segments of a log in order, and where it begins and ends. Changed by the writer, read by any thread: each change
 * of the list is a new array.
 */
final class SegmentList {
    /**
     * Dropped segments that are kept for streams in the middle of an event: at most so much more than is to be retained
     * is taken of the disk, or of memory.
     */
    static final int MAX_KEPT = 4;

    /** How many streams are in the middle of an event of each: no more than there are. Guards {@link #kept} as well. */
    private final Map<Segment, Integer> within = new HashMap<>();

    /** Of those, what is dropped, and pinned for them. */
    private final Set<Segment> kept = new HashSet<>();

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
     * From now on, until {@link #letGo}, it is kept where it is dropped, if there is room for that. False where it has been
     * dropped already and there is none. Any thread.
     */
    boolean keep(Segment segment) {
        synchronized (within) {
            boolean isDropped = segment.name().number() < segments[0].name().number();
            if (isDropped && !kept.contains(segment) && !pin(segment)) {
                return false;
            }
            within.merge(segment, 1, Integer::sum);
            return true;
        }
    }

    private boolean pin(Segment segment) {
        return kept.size() < MAX_KEPT && segment.acquire() && kept.add(segment);
    }

    void letGo(Segment segment) {
        boolean wasPinned;
        synchronized (within) {
            within.computeIfPresent(segment, (_, streams) -> streams == 1 ? null : streams - 1);
            wasPinned = !within.containsKey(segment) && kept.remove(segment);
        }
        if (wasPinned) {
            segment.release();
        }
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
        List<Segment> dropped = List.of(now).subList(0, count);
        first = now[count].base();
        synchronized (within) {
            segments = Arrays.copyOfRange(now, count, now.length);
            for (Segment segment : dropped) {
                if (within.containsKey(segment)) {
                    pin(segment);
                }
            }
        }
        return dropped;
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
