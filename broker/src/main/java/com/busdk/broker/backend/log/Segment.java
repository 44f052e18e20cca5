package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One segment, as readers see it: its bytes mapped, how far they may read, and its index.
 *
 * <p>Its memory is given back when the log no longer has it and the last read in it is over, so a reader {@linkplain
 * #acquire pins} it while it reads. Any thread; how far one may read is moved by the writer.
 */
final class Segment {
    private static final Logger LOG = LoggerFactory.getLogger(Segment.class);

    private final Path file;
    private final SegmentHeader header;
    private final FileLayer.Mapping mapping;
    private final ByteBuffer bytes;
    private final int dataStart;
    private final AtomicInteger pins = new AtomicInteger(1);
    private final ReentrantLock rebuilding = new ReentrantLock();
    private final Executor disposer;
    private volatile SegmentIndex index;

    /** The file that the index is in, or was until it turned out to be damaged. */
    private volatile @Nullable IndexFile saved;

    private volatile int end;
    private volatile long endSequence;
    private volatile long lastTimeMicros;
    private volatile boolean sealed;

    /** Set before others than its maker have it. */
    private boolean unchecked;

    /**
     * @param dataStart where the records behind the snapshot start
     * @param end up to where there are records to read
     * @param endSequence the sequence behind its last event
     * @param disposer gives the memory back, which takes long enough that a reader should not have to
     */
    Segment(
            Path file,
            SegmentHeader header,
            FileLayer.Mapping mapping,
            int dataStart,
            int end,
            long endSequence,
            long lastTimeMicros,
            SegmentIndex index,
            Executor disposer) {
        this.file = file;
        this.header = header;
        this.mapping = mapping;
        this.bytes = mapping.bytes();
        this.dataStart = dataStart;
        this.end = end;
        this.endSequence = endSequence;
        this.lastTimeMicros = lastTimeMicros;
        this.index = index;
        this.saved = index instanceof IndexFile inFile ? inFile : null;
        this.disposer = disposer;
    }

    Path file() {
        return file;
    }

    SegmentHeader header() {
        return header;
    }

    SegmentName name() {
        return header.name();
    }

    /** Sequence of the first event, or of the next one where there is none. */
    long base() {
        return header.name().base();
    }

    ByteBuffer bytes() {
        return bytes;
    }

    int dataStart() {
        return dataStart;
    }

    int end() {
        return end;
    }

    long endSequence() {
        return endSequence;
    }

    /** Creation time of its last record, or its own where there is none. */
    long lastTimeMicros() {
        return lastTimeMicros;
    }

    long events() {
        return endSequence - base();
    }

    /** Nothing is written to it any more. */
    boolean sealed() {
        return sealed;
    }

    /** Nothing will be written to it any more. */
    Segment seal() {
        sealed = true;
        return this;
    }

    /** Says that it was opened by its index alone, and nobody has looked at its records; before others have it. */
    Segment uncheckedSoFar() {
        unchecked = true;
        return this;
    }

    /** Whether this process has written each of its records, or has seen at its start that they are sound. */
    boolean isKnownSound() {
        return !unchecked;
    }

    /** Shows more of it to readers; the writer. The index has it already. */
    void advance(int newEnd, long newEndSequence, long newLastTimeMicros) {
        lastTimeMicros = newLastTimeMicros;
        end = newEnd;
        endSequence = newEndSequence;
    }

    /** Puts the index that was saved in the place of the one in memory; the caller has {@link #acquire pinned} this. */
    void replaceIndex(IndexFile written) {
        saved = written;
        index = written;
    }

    /** The index, as it is. */
    SegmentIndex indexUnchecked() {
        return index;
    }

    /** What it takes on disk, with its index. */
    long fileBytes() {
        IndexFile file = saved;
        return end + (file == null ? 0L : file.fileBytes());
    }

    /** The index; one that was read from a file and is damaged is made anew. May wait for the disk. */
    SegmentIndex index() throws LogDamagedException {
        SegmentIndex now = index;
        return now instanceof IndexFile inFile && !inFile.sound() ? rebuilt() : now;
    }

    private SegmentIndex rebuilt() throws LogDamagedException {
        rebuilding.lock();
        try {
            SegmentIndex now = index;
            if (now instanceof IndexFile inFile && !inFile.sound()) {
                LOG.warn("the index of segment {} is damaged: it is made anew from the segment", file);
                now = scan(this);
                index = now;
            }
            return now;
        } finally {
            rebuilding.unlock();
        }
    }

    /** Makes the index of a segment that is complete. */
    static LiveIndex scan(Segment segment) throws LogDamagedException {
        LiveIndex live = new LiveIndex(segment.bytes);
        FrameScan scan = new FrameScan(segment.bytes, segment.dataStart, segment.end, segment.base());
        live.addAll(scan);
        if (scan.position() != segment.end) {
            throw segment.damaged(scan.stoppedAt(), String.valueOf(scan.problem()));
        }
        return live;
    }

    /** What is to be said of something unreadable in it. */
    LogDamagedException damaged(int offset, String what) {
        return Damage.at(file, offset, what);
    }

    /** Keeps the memory until {@link #release}; false when it is gone already. */
    boolean acquire() {
        while (true) {
            int now = pins.get();
            if (now == 0) {
                return false;
            }
            if (pins.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    void release() {
        if (pins.decrementAndGet() == 0) {
            disposer.execute(this::unmap);
        }
    }

    private void unmap() {
        mapping.close();
        IndexFile file = saved;
        if (file != null) {
            file.close();
        }
    }
}
