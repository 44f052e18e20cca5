package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writing side of a log: stages, commits, rolls to the next segment.
 *
 * <p>Thread: the writer's, one at a time. Where flushing at intervals is the policy the background thread flushes; {@link
 * #flushing} then keeps it and the rolls of the writer apart.
 */
final class LogWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

    /** Indexes that may wait to be written: each keeps some megabytes of memory until then. */
    private static final int MAX_UNSAVED = 2;

    private final SegmentFiles files;
    private final FlushPolicy policy;
    private final LogState state;
    private final SegmentList segments;
    private final Health health;
    private final FlushMark mark;
    private final LinePrefix prefix;
    private final Staging staging = new Staging();
    private final Semaphore unsaved = new Semaphore(MAX_UNSAVED);
    private final ReentrantLock flushing = new ReentrantLock();
    private final AtomicLong flushes = new AtomicLong();
    private volatile SegmentWriter active;
    private volatile long commits;
    private volatile boolean savingFails;
    private long next;
    private long lastTime;

    LogWriter(
            SegmentFiles files,
            FlushPolicy policy,
            LogState state,
            SegmentList segments,
            SegmentWriter active,
            Health health,
            FlushMark mark) {
        this.files = files;
        this.policy = policy;
        this.state = state;
        this.segments = segments;
        this.active = active;
        this.health = health;
        this.mark = mark;
        this.prefix = new LinePrefix(active.segment().header().epoch());
        forgetStaged();
        mark.write(active.segment().name().number(), active.flushedTo());
        if (policy instanceof FlushPolicy.Interval interval) {
            files.background().every(interval.every().toNanos(), this::flushInBackground);
        }
    }

    long append(EventBatch batch, int index, long timeMicros) throws LogUnavailableException {
        health.check();
        long time = Math.max(timeMicros, lastTime);
        long sequence = next;
        staging.event(batch, index, sequence, time, prefix, active.index());
        next = sequence + 1;
        lastTime = time;
        return sequence;
    }

    void appendInternal(byte kind, byte[] body, int offset, int length, long timeMicros)
            throws LogUnavailableException {
        health.check();
        if (kind < 1) {
            throw new IllegalArgumentException("a kind of internal records is 1 to 127, not " + kind);
        }
        if (length > EventLog.MAX_INTERNAL_BYTES) {
            throw new IllegalArgumentException(
                    "an internal record has at most " + EventLog.MAX_INTERNAL_BYTES + " bytes, not " + length);
        }
        long time = Math.max(timeMicros, lastTime);
        staging.internal(kind, next, time, 0, 0, ByteBuffer.wrap(body, offset, length));
        lastTime = time;
    }

    int stagedBytes() {
        return staging.size();
    }

    void forgetStaged() {
        staging.clear(active.flushedTo());
        next = segments.head();
        lastTime = active.segment().lastTimeMicros();
    }

    void commit() throws LogUnavailableException {
        if (staging.size() == 0) {
            return;
        }
        try {
            health.check();
            if (mustRoll()) {
                roll(staging.size());
            }
            writeStaged();
            show();
        } catch (LogUnavailableException e) {
            forgetStaged();
            throw e;
        }
    }

    /** The next event has that sequence: a gap is the last frame of a segment, and says so. Nothing is staged. */
    void skipTo(long sequence, long timeMicros) throws LogUnavailableException {
        if (staging.size() > 0 || sequence <= next) {
            throw new IllegalArgumentException("a gap leads forward, and stands between commits");
        }
        health.check();
        if (!active.hasRoom(FrameFormat.HEADER_BYTES)) {
            roll(FrameFormat.HEADER_BYTES);
        }
        long time = Math.max(timeMicros, lastTime);
        staging.internal(FrameFormat.GAP, sequence, time, 0, 0, ByteBuffer.allocate(0));
        next = sequence;
        lastTime = time;
        SegmentWriter ended = active;
        try {
            writeStaged();
        } catch (LogUnavailableException e) {
            forgetStaged();
            throw e;
        }
        show();
        ended.retire();
    }

    private boolean mustRoll() {
        Segment segment = active.segment();
        int size = staging.size();
        int data = segment.end() - segment.dataStart();
        return !active.hasRoom(size)
                || data > 0
                        && (data + (long) size > files.limits().segmentBytes()
                                || active.index().nameCount() > files.limits().namesPerSegment());
    }

    private void writeStaged() throws LogUnavailableException {
        SegmentWriter to = active;
        int end = to.segment().end() + staging.size();
        try {
            to.write(staging.seal(true));
        } catch (IOException e) {
            LogUnavailableException blocked = health.block(e, isFull(e));
            cutBack();
            throw blocked;
        }
        if (policy instanceof FlushPolicy.Always) {
            flush(to, end);
        }
    }

    /** Takes away what was written and must not become visible, now or after a restart. */
    private void cutBack() throws LogUnavailableException {
        try {
            active.cutBack();
        } catch (IOException e) {
            throw health.breakDown(e);
        }
    }

    private void flush(SegmentWriter to, int end) throws LogUnavailableException {
        flushes.incrementAndGet();
        try {
            to.force(end);
        } catch (IOException e) {
            LogUnavailableException broken = health.breakDown(e);
            cutBack();
            throw broken;
        }
        mark.write(to.segment().name().number(), end);
    }

    /** Indexes what was written, and then shows it to readers. */
    private void show() {
        Segment segment = active.segment();
        int start = segment.end();
        staging.index(active.index(), start);
        segment.advance(start + staging.size(), next, lastTime);
        segments.moveHead(next);
        long count = commits;
        commits = count + 1;
        staging.clear(active.flushedTo());
        active.fillAhead();
    }

    /**
     * Ends the segment and begins the next one with the state as it is: nothing of what is staged is in it. The old
     * segment is complete on disk before there is a new one, and that is complete before it is used; a crash in between
     * leaves a new one that recovery knows for unused.
     *
     * @param room what must fit into the new one
     */
    void roll(int room) throws LogUnavailableException {
        unsaved.acquireUninterruptibly();
        flushing.lock();
        try {
            SegmentWriter old = active;
            complete(old);
            SegmentWriter made = begin(old.segment(), room);
            old.segment().seal();
            segments.add(made.segment());
            active = made;
            staging.moveToSegment(made.flushedTo());
            mark.write(made.segment().name().number(), made.flushedTo());
            closeQuietly(old);
            files.background().execute(() -> saveIndex(old.segment()));
        } catch (LogUnavailableException | RuntimeException e) {
            unsaved.release();
            throw e;
        } finally {
            flushing.unlock();
        }
    }

    /** Background thread. A failure is said once and tried again later: until then the index stays in memory. */
    private void saveIndex(Segment segment) {
        try {
            files.saveIndex(segment);
            savingFails = false;
        } catch (IOException e) {
            if (!savingFails) {
                LOG.warn("the index of {} could not be written, it is tried again: {}", segment.file(), e.toString());
            }
            savingFails = true;
        } finally {
            unsaved.release();
        }
    }

    /** Hands the oldest index that is not saved to the background thread, where that is not busy with others. */
    private void saveMissingIndex() {
        for (Segment segment : segments.all()) {
            if (segment.sealed() && segment.indexUnchecked() instanceof LiveIndex) {
                if (unsaved.tryAcquire()) {
                    files.background().execute(() -> saveIndex(segment));
                }
                return;
            }
        }
    }

    private void complete(SegmentWriter old) throws LogUnavailableException {
        try {
            old.trim();
        } catch (IOException e) {
            throw health.block(e, isFull(e));
        }
        flush(old, old.segment().end());
    }

    private SegmentWriter begin(Segment old, int room) throws LogUnavailableException {
        SegmentHeader header =
                new SegmentHeader(old.header().epoch(), old.name().next(segments.head()), old.lastTimeMicros());
        try {
            return files.create(header, state.snapshot(), room);
        } catch (IOException e) {
            throw health.block(e, isFull(e));
        }
    }

    private static void closeQuietly(SegmentWriter writer) {
        try {
            writer.close();
        } catch (IOException e) {
            LOG.warn("{} could not be closed: {}", writer.segment().file(), e.getMessage());
        }
    }

    /** Background thread, where flushing at intervals is the policy. */
    private void flushInBackground() {
        flushing.lock();
        try {
            SegmentWriter to = active;
            int end = to.segment().end();
            if (!health.broken() && end > to.flushedTo()) {
                flushes.incrementAndGet();
                to.force(end);
                mark.write(to.segment().name().number(), end);
            }
        } catch (IOException e) {
            health.breakDown(e);
        } finally {
            flushing.unlock();
        }
    }

    /** Whether the disk is full: told by the system's words, or by what is left. */
    private boolean isFull(IOException cause) {
        String text = String.valueOf(cause.getMessage());
        if (text.contains("No space left") || text.contains("quota")) {
            return true;
        }
        try {
            return files.files().usableSpace(files.directory()) < EventLog.MAX_STAGED_BYTES;
        } catch (IOException e) {
            cause.addSuppressed(e);
            return false;
        }
    }

    /** Tries again what the disk did not take before. */
    void retry() {
        active.retryFilling();
        saveMissingIndex();
        if (health.blocked() && files.takesBytes()) {
            health.recover();
        }
    }

    /** Whether the segment has records, all of them from before that time. */
    boolean outlived(long timeMicros) {
        Segment segment = active.segment();
        return !health.broken()
                && staging.size() == 0
                && segment.end() > segment.dataStart()
                && segment.lastTimeMicros() < timeMicros;
    }

    void close() {
        forgetStaged();
        flushing.lock();
        try {
            if (!health.broken()) {
                complete(active);
            }
        } catch (LogUnavailableException e) {
            LOG.error("what was published last may not be on disk: {}", e.getMessage());
        } finally {
            flushing.unlock();
            health.close();
        }
    }

    /** Closes the files; nothing runs in the background any more. */
    void closeFiles() {
        closeQuietly(active);
        try {
            mark.close();
        } catch (IOException e) {
            LOG.warn("the file '{}' could not be closed: {}", FlushMark.FILE, e.getMessage());
        }
    }

    long flushes() {
        return flushes.get();
    }

    long commits() {
        return commits;
    }
}
