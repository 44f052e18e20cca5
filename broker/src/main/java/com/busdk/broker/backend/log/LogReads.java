package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** What readers ask of a log. Any thread; no lock is taken, but for a moment by who stops in the middle of an event. */
final class LogReads {
    /** What lies within so many bytes before the end was written a moment ago and is in memory. */
    static final int HOT_BYTES = 4 << 20;

    /** There is no such event. */
    private static final long NONE = Long.MAX_VALUE;

    /** The segment was dropped in the meantime. */
    private static final long GONE = -1;

    private final SegmentList segments;
    private final boolean inMemory;

    /** @param inMemory whether nothing ever waits for a disk */
    LogReads(SegmentList segments, boolean inMemory) {
        this.inMemory = inMemory;
        this.segments = segments;
    }

    LogCursor cursorAt(long fromInclusive) {
        if (fromInclusive > segments.head()) {
            throw new IllegalArgumentException(
                    "event " + fromInclusive + " is not there yet: the next one is " + segments.head());
        }
        LogCursor cursor = new LogCursor(fromInclusive);
        skipDropped(cursor);
        return cursor;
    }

    /** Looks nothing up on the disk. */
    LogCursor cursorWithin(long sequence) {
        LogCursor cursor = cursorAt(sequence);
        Segment segment = pinned(cursor);
        try {
            if (cursor.next == sequence) {
                cursor.keep(segments);
            }
        } finally {
            segment.release();
        }
        return cursor;
    }

    private void skipDropped(LogCursor cursor) {
        long first = segments.first();
        if (cursor.next < first) {
            cursor.truncated = true;
            cursor.moveTo(first, null, LogCursor.UNKNOWN);
        }
    }

    LogCursor cursorAtTime(long timeMicros) {
        while (true) {
            long found = firstSince(segments.openOnes(), timeMicros);
            if (found != GONE) {
                return new LogCursor(Math.min(found, segments.head()));
            }
        }
    }

    private static long firstSince(Segment[] all, long timeMicros) {
        int first = 0;
        int behind = all.length;
        while (first < behind) {
            int middle = (first + behind) >>> 1;
            if (all[middle].lastTimeMicros() < timeMicros) {
                first = middle + 1;
            } else {
                behind = middle;
            }
        }
        long found = NONE;
        for (int i = first; i < all.length && found == NONE; i++) {
            found = firstSince(all[i], timeMicros);
        }
        return found;
    }

    /** The first event of that time or later in one segment, or {@link #NONE}, or {@link #GONE}. */
    private static long firstSince(Segment segment, long timeMicros) {
        if (!segment.acquire()) {
            return GONE;
        }
        try {
            ByteBuffer bytes = segment.bytes();
            for (int at = lastBefore(segment, timeMicros), end = segment.end(); at < end; ) {
                int length = FrameFormat.length(bytes, at);
                if (length < FrameFormat.HEADER_BYTES) {
                    throw segment.damaged(at, "a record of impossible length " + length);
                }
                if (FrameFormat.isEvent(bytes, at) && FrameFormat.time(bytes, at) >= timeMicros) {
                    return FrameFormat.sequence(bytes, at);
                }
                at += length;
            }
            return NONE;
        } catch (LogDamagedException e) {
            throw new IllegalStateException(e.getMessage(), e);
        } finally {
            segment.release();
        }
    }

    /** The last frame in the sparse list that is from before that time, or the first frame of all. */
    private static int lastBefore(Segment segment, long timeMicros) throws LogDamagedException {
        Postings sparse = segment.index().sparse();
        int low = 0;
        int high = sparse.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (FrameFormat.time(segment.bytes(), sparse.get(middle)) < timeMicros) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? segment.dataStart() : sparse.get(low - 1);
    }

    void read(LogCursor cursor, long upToExclusive, NameSelector selector, EventLog.Trust trust, RecordVisitor visitor)
            throws LogDamagedException {
        if (upToExclusive > segments.head()) {
            throw new IllegalArgumentException(
                    "event " + (upToExclusive - 1) + " is not there yet: the next one is " + segments.head());
        }
        while (cursor.next < upToExclusive) {
            Segment segment = pinned(cursor);
            try {
                if (cursor.next >= upToExclusive) {
                    return; // all of it has been dropped
                }
                long limit = Math.min(upToExclusive, segment.endSequence());
                SegmentReader reader = new SegmentReader(segment, cursor, limit, trust, visitor);
                if (!reader.read(selector)) {
                    if (reader.stoppedWithin()) {
                        cursor.keep(segments);
                    }
                    return;
                }
            } catch (InternalError e) {
                throw new LogDamagedException(
                        segment.file() + " could not be read from the disk near event " + cursor.next
                                + ": look for errors of the disk in the system's log",
                        e);
            } finally {
                segment.release();
            }
        }
    }

    /** The segment of the cursor's next event, pinned; moves the cursor on where that is no longer retained. */
    private Segment pinned(LogCursor cursor) {
        Segment kept = cursor.kept();
        if (kept != null && kept.acquire()) {
            return kept;
        }
        while (true) {
            skipDropped(cursor);
            Segment known = cursor.segment;
            if (known != null && cursor.next >= known.base() && cursor.next < known.endSequence() && known.acquire()) {
                return known;
            }
            Segment[] all = segments.openOnes();
            Segment found = all[SegmentList.find(all, cursor.next)];
            if (found.acquire()) {
                cursor.moveTo(cursor.next, found, found == cursor.segment ? cursor.offset : LogCursor.UNKNOWN);
                return found;
            }
        }
    }

    boolean isHot(LogCursor cursor) {
        if (inMemory) {
            return true;
        }
        Segment[] all = segments.all();
        Segment active = all[all.length - 1];
        int end = active.end();
        if (cursor.next >= active.base()) {
            return end
                            - (cursor.segment == active && cursor.offset != LogCursor.UNKNOWN
                                    ? cursor.offset
                                    : nearInMemory(active, cursor.next))
                    <= HOT_BYTES;
        }
        Segment before = cursor.segment;
        return all.length > 1
                && before == all[all.length - 2]
                && before.isKnownSound()
                && cursor.offset != LogCursor.UNKNOWN
                && before.end() - cursor.offset + (end - active.dataStart()) <= HOT_BYTES;
    }

    private static int nearInMemory(Segment active, long sequence) {
        if (sequence >= active.endSequence()) {
            return active.end();
        }
        if (!(active.indexUnchecked() instanceof LiveIndex live)) {
            return active.dataStart();
        }
        Postings sparse = live.sparse();
        long entry = (sequence - active.base()) / SegmentIndex.SPARSE_EVERY;
        return sparse.get((int) Math.min(entry, sparse.size() - 1));
    }

    long count(String name, long fromInclusive, long upToExclusive) {
        byte[] wanted = NameSelector.bytes(name);
        long count = 0;
        for (Segment segment : segments.all()) {
            boolean within = segment.endSequence() > fromInclusive && segment.base() < upToExclusive;
            if (within && segment.acquire()) {
                try {
                    count += count(segment, wanted, fromInclusive, upToExclusive);
                } catch (LogDamagedException e) {
                    throw new IllegalStateException(e.getMessage(), e);
                } finally {
                    segment.release();
                }
            }
        }
        return count;
    }

    private static int count(Segment segment, byte[] name, long from, long upTo) throws LogDamagedException {
        Postings postings = segment.index().postings(name);
        if (postings == null) {
            return 0;
        }
        int size = postings.size();
        return placeOf(segment, postings, size, upTo) - placeOf(segment, postings, size, from);
    }

    /** How many of the first {@code size} postings are of events before that sequence. */
    private static int placeOf(Segment segment, Postings postings, int size, long sequence) throws LogDamagedException {
        if (sequence <= segment.base()) {
            return 0;
        }
        int place = postings.lowerBound(SegmentReader.near(segment, sequence), size);
        while (place < size && FrameFormat.sequence(segment.bytes(), postings.get(place)) < sequence) {
            place++;
        }
        return place;
    }

    List<EventLog.NameStat> names(String after, int limit, Predicate<String> filter) {
        List<Segment> pinned = new ArrayList<>();
        try {
            PriorityQueue<NamedWalk> walks = new PriorityQueue<>(Comparator.comparing(NamedWalk::name));
            for (Segment segment : segments.all()) {
                if (segment.acquire()) {
                    pinned.add(segment);
                    add(walks, segment.index().names(after));
                }
            }
            List<EventLog.NameStat> result = new ArrayList<>();
            while (result.size() < limit && !walks.isEmpty()) {
                EventLog.NameStat next = takeOne(walks);
                if (filter.test(next.name())) {
                    result.add(next);
                }
            }
            return result;
        } catch (LogDamagedException e) {
            throw new IllegalStateException(e.getMessage(), e);
        } finally {
            pinned.forEach(Segment::release);
        }
    }

    /** Takes the first name from all walks that have it. */
    private static EventLog.NameStat takeOne(PriorityQueue<NamedWalk> walks) {
        String name = walks.element().name();
        long count = 0;
        long lastSequence = 0;
        long lastTime = 0;
        for (NamedWalk first = walks.peek(); first != null && first.name().equals(name); first = walks.peek()) {
            walks.remove();
            count += first.walk().postings().size();
            if (first.walk().lastSequence() > lastSequence) {
                lastSequence = first.walk().lastSequence();
                lastTime = first.walk().lastTimeMicros();
            }
            add(walks, first.walk());
        }
        return new EventLog.NameStat(name, count, lastSequence, lastTime);
    }

    private static void add(PriorityQueue<NamedWalk> walks, SegmentIndex.NameWalk walk) {
        if (walk.next()) {
            walks.add(new NamedWalk(walk.name(), walk));
        }
    }

    /** A walk over one segment's names, and the name at which it stands. */
    private record NamedWalk(String name, SegmentIndex.NameWalk walk) {}
}
