package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The index of a segment in memory. One thread adds to it (the writer, or who scans the segment), any may read. */
final class LiveIndex implements SegmentIndex {
    private final ByteBuffer segment;
    private final NameTable names;
    private final IntList sparse = new IntList(64);
    private final IntList keyed = new IntList(4);
    private long events;

    /** @param segment the bytes of the segment */
    LiveIndex(ByteBuffer segment) {
        this.segment = segment;
        this.names = new NameTable(segment);
    }

    /**
     * Adds an event.
     *
     * @param source where its frame can be read, at {@code at}
     * @param offset where the frame is in the segment
     */
    void add(ByteBuffer source, int at, int offset) {
        add(source, at, offset, null, FrameFormat.has(source, at, FrameFormat.HAS_IDEMPOTENCY_KEY));
    }

    /**
     * Likewise, with what is known of it already.
     *
     * @param name what {@link #known} answered
     * @param hasKey whether it has an idempotency key
     */
    void add(ByteBuffer source, int at, int offset, NameTable.@Nullable Entry name, boolean hasKey) {
        if (events % SPARSE_EVERY == 0) {
            sparse.add(offset);
        }
        events++;
        if (hasKey) {
            keyed.add(offset);
        }
        if (name == null) {
            names.add(source, RecordView.nameStart(source, at), FrameFormat.nameLength(source, at), offset);
        } else {
            name.add(offset);
        }
    }

    /** That name, where it is in the index already. */
    NameTable.@Nullable Entry known(byte[] source, int start, int length) {
        return names.find(source, start, length);
    }

    /** Adds all events of the commits that the scan still has before it. */
    void addAll(FrameScan scan) {
        while (scan.nextCommit()) {
            for (int at = scan.commitStart(); at < scan.position(); at += FrameFormat.length(segment, at)) {
                if (FrameFormat.isEvent(segment, at)) {
                    add(segment, at, at);
                }
            }
        }
    }

    /** Events added; the adding thread, or one that got the index from it when it was complete. */
    long events() {
        return events;
    }

    /** Frames with an idempotency key. */
    Postings keyed() {
        return keyed;
    }

    @Override
    public Postings sparse() {
        return sparse;
    }

    @Override
    public @Nullable Postings postings(byte[] name) {
        return names.find(name, 0, name.length);
    }

    @Override
    public int nameCount() {
        return names.count();
    }

    @Override
    public NameWalk names(String after) {
        NameTable.Entry[] sorted = names.sorted();
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (names.name(sorted[middle]).compareTo(after) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return new Walk(sorted, low - 1);
    }

    private final class Walk implements NameWalk {
        private final NameTable.Entry[] sorted;
        private int at;

        Walk(NameTable.Entry[] sorted, int before) {
            this.sorted = sorted;
            this.at = before;
        }

        @Override
        public boolean next() {
            at++;
            return at < sorted.length;
        }

        @Override
        public String name() {
            return names.name(sorted[at]);
        }

        @Override
        public Postings postings() {
            return sorted[at];
        }

        @Override
        public long lastSequence() {
            return FrameFormat.sequence(segment, last());
        }

        @Override
        public long lastTimeMicros() {
            return FrameFormat.time(segment, last());
        }

        private int last() {
            return sorted[at].get(sorted[at].size() - 1);
        }
    }
}
