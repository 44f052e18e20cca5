package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of the segment that is being written: appends to it, and keeps room ready ahead of what is appended.
 *
 * <p>Thread: the writer's, but for what says otherwise. Zeros are written ahead on the background thread; {@link
 * #filling} guards {@code filledTo}, in front of which only the writer writes and behind which only the other.
 */
final class SegmentWriter {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);

    /** What is filled and flushed at once: small, since a commit's flush waits for it meanwhile. */
    private static final int FILL_CHUNK = 256 << 10;

    /** Commits larger than this on average gain less by room that is ready than writing it twice costs. */
    private static final int WORTH_FILLING = 64 << 10;

    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(FILL_CHUNK).asReadOnlyBuffer();

    private final FileLayer.LogFile file;
    private final Segment segment;
    private final LiveIndex index;
    private final long capacity;
    private final int fillAhead;
    private final Executor background;
    private final ReentrantLock filling = new ReentrantLock();

    /** Held while the background thread flushes; guards {@link #failedAhead}. */
    private final ReentrantLock flushingAhead = new ReentrantLock();

    /** A flush of the background thread has failed. The system says so once, to whoever flushes first. */
    private @Nullable IOException failedAhead;

    private volatile long filledTo;
    private volatile boolean fillPending;
    private volatile boolean fillFailed;
    private volatile boolean finished;
    private volatile int flushedTo;
    private int averageCommit;
    private boolean retired;

    /**
     * @param capacity how much of the file is mapped: it never grows beyond
     * @param size of the file now
     */
    SegmentWriter(
            FileLayer.LogFile file,
            Segment segment,
            LiveIndex index,
            long capacity,
            long size,
            int fillAhead,
            Executor background) {
        this.file = file;
        this.segment = segment;
        this.index = index;
        this.capacity = capacity;
        this.filledTo = size;
        this.fillAhead = fillAhead;
        this.background = background;
        this.flushedTo = segment.end();
    }

    Segment segment() {
        return segment;
    }

    LiveIndex index() {
        return index;
    }

    /** Nothing may be written any more: its last frame is a gap, which is the end of a segment. */
    void retire() {
        retired = true;
    }

    /** Whether so many more bytes can be written. */
    boolean hasRoom(int bytes) {
        return !retired && segment.end() + (long) bytes <= capacity;
    }

    /** Offset up to which all is flushed. Any thread. */
    int flushedTo() {
        return flushedTo;
    }

    /** Writes frames at the end; readers do not see them yet. */
    void write(ByteBuffer frames) throws IOException {
        long end = segment.end() + (long) frames.remaining();
        if (end > filledTo) {
            filling.lock();
            try {
                filledTo = Math.max(filledTo, end);
            } finally {
                filling.unlock();
            }
        }
        averageCommit += (frames.remaining() - averageCommit) / 8;
        file.writeFully(frames, segment.end());
    }

    /** Flushes, after which everything before {@code end} is on disk. The thread that flushes, one at a time. */
    void force(int end) throws IOException {
        force();
        flushedTo = end;
    }

    /**
     * A flush succeeds only where no flush of the background thread has failed: Linux tells of pages that it could not
     * write once for each open file, and takes them for written afterwards. Had the other one been told, this one would
     * not be, though the pages may be those of events. One that is under way is waited for, since it may have been told.
     */
    private void force() throws IOException {
        file.force();
        flushingAhead.lock();
        try {
            IOException failed = failedAhead;
            if (failed != null) {
                throw new IOException("a flush of room ahead has failed: " + failed.getMessage(), failed);
            }
        } finally {
            flushingAhead.unlock();
        }
    }

    /** Forgets what was written behind the end that readers see, also on disk. */
    void cutBack() throws IOException {
        filling.lock();
        try {
            file.setSize(segment.end());
            filledTo = segment.end();
        } finally {
            filling.unlock();
        }
        force();
    }

    /** Cuts off the room ahead: the file ends with its last record. Until {@link #write} nothing is filled any more. */
    void trim() throws IOException {
        filling.lock();
        try {
            fillFailed = true;
            file.setSize(segment.end());
            filledTo = segment.end();
        } finally {
            filling.unlock();
        }
    }

    /** Closes the file; nothing is written any more. */
    void close() throws IOException {
        filling.lock();
        try {
            finished = true;
            file.close();
        } finally {
            filling.unlock();
        }
    }

    /** Sees to it that there is room ahead, where that is worth it. */
    void fillAhead() {
        long target = Math.min(capacity, segment.end() + (long) fillAhead);
        if (fillPending || fillFailed || averageCommit > WORTH_FILLING || target - filledTo <= fillAhead / 2) {
            return;
        }
        fillPending = true;
        background.execute(() -> fill(target));
    }

    /** Tries to keep room ready again, after it failed. */
    void retryFilling() {
        fillFailed = false;
    }

    /** Background thread. */
    private void fill(long target) {
        try {
            while (fillChunk(target)) {
                flushAhead();
            }
        } catch (IOException e) {
            fillFailed = true;
            if (!finished) {
                LOG.debug("no room is kept ready ahead of {}: {}", segment.file(), e.getMessage());
            }
        } finally {
            fillPending = false;
        }
    }

    private void flushAhead() throws IOException {
        flushingAhead.lock();
        try {
            file.force();
        } catch (IOException e) {
            if (!finished) {
                failedAhead = e;
            }
            throw e;
        } finally {
            flushingAhead.unlock();
        }
    }

    private boolean fillChunk(long target) throws IOException {
        filling.lock();
        try {
            long from = filledTo;
            if (finished || fillFailed || from >= target) {
                return false;
            }
            int length = (int) Math.min(FILL_CHUNK, target - from);
            file.writeFully(ZEROS.duplicate().limit(length), from);
            filledTo = from + length;
            return true;
        } finally {
            filling.unlock();
        }
    }
}
