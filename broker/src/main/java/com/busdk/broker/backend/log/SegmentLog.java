package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log in files: segments of framed records, appended one behind the other.
 *
 * <p>Rules that always hold:
 *
 * <ul>
 *   <li>Segments have consecutive numbers, and each begins with the event behind the last of the one before.
 *   <li>Only the newest is written; the others are complete, flushed and end with their last record.
 *   <li>Each begins with a snapshot of the {@link LogState}, so that only the newest is read at the start.
 *   <li>What readers see has been written, and with {@link FlushPolicy.Always} flushed, as whole commits.
 *   <li>One process has the directory.
 * </ul>
 *
 * <p>Threads: as {@link EventLog} says. The writer's thread must not be interrupted while it writes. {@link
 * LogState#snapshot} is called by {@link #commit} and {@link #tick}, when a segment ends: with what is committed, and
 * without what is staged.
 */
public final class SegmentLog implements EventLog {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentLog.class);

    private final long epoch;
    private final SegmentList segments;
    private final LogWriter writer;
    private final LogReads reads;
    private final Retention retention;
    private final Health health;
    private final Background background;
    private final Closeable lock;
    private boolean closed;

    private SegmentLog(Closeable lock, SegmentFiles files, LogOptions options, LogState state, Recovery.Opened opened)
            throws IOException {
        this.lock = lock;
        this.background = files.background();
        Segment newest = opened.active().segment();
        this.epoch = newest.header().epoch();
        this.segments = new SegmentList(opened.complete(), newest);
        this.health = new Health();
        FlushMark mark = FlushMark.open(files.files(), files.directory());
        this.writer = new LogWriter(files, options.flush(), state, segments, opened.active(), health, mark);
        this.reads = new LogReads(segments, files.files().inMemory());
        this.retention = new Retention(options, segments, files);
    }

    /** Opens the log in that directory with the disk's files and the system's clock. */
    public static EventLog open(Path directory, LogOptions options, LogState state)
            throws IOException, LogDamagedException {
        return open(directory, options, state, DiskFiles.INSTANCE, InstantSource.system());
    }

    /**
     * Opens the log in a directory, or makes a new one where there is nothing.
     *
     * @param state is told what the log knows before this returns
     * @param clock for the log's creation time, and the age of idempotency keys
     * @throws IOException the directory is in use, or cannot be read or written; the message is fit for an operator
     * @throws LogDamagedException the log is damaged, or the directory has something else in it; nothing was changed
     */
    public static EventLog open(
            Path directory, LogOptions options, LogState state, FileLayer files, InstantSource clock)
            throws IOException, LogDamagedException {
        return open(directory, options, Limits.of(options), state, files, clock);
    }

    /**
     * Opens the copy of another log, or makes a new one where there is nothing.
     *
     * @param epoch of that log; the caller looks whether a copy that is there has it
     * @param first sequence of the first event that a new copy will have
     * @throws IOException as above
     * @throws LogDamagedException as above
     */
    public static SegmentLog openCopy(
            Path directory,
            LogOptions options,
            LogState state,
            FileLayer files,
            InstantSource clock,
            long epoch,
            long first)
            throws IOException, LogDamagedException {
        Recovery.Birth birth = new Recovery.Birth(epoch, first);
        return open(directory, options, Limits.of(options), state, files, clock, birth);
    }

    static SegmentLog open(
            Path directory, LogOptions options, Limits limits, LogState state, FileLayer files, InstantSource clock)
            throws IOException, LogDamagedException {
        return open(directory, options, limits, state, files, clock, null);
    }

    private static SegmentLog open(
            Path directory,
            LogOptions options,
            Limits limits,
            LogState state,
            FileLayer files,
            InstantSource clock,
            Recovery.@Nullable Birth birth)
            throws IOException, LogDamagedException {
        files.createDirectories(directory);
        Closeable lock = lock(directory, files);
        Background background = new Background(String.valueOf(directory.getFileName()));
        // Room that is ready makes flushes cheap: without a flush for each commit it is for nothing.
        Limits used = options.flush() instanceof FlushPolicy.Always ? limits : limits.withFillAheadBytes(0);
        try {
            SegmentFiles segmentFiles = new SegmentFiles(files, directory, used, background);
            Recovery recovery = new Recovery(segmentFiles, state, options.keysFor(), clock, birth);
            SegmentLog opened = new SegmentLog(lock, segmentFiles, options, state, recovery.run());
            LOG.debug(
                    "log {}: events {} to {} in {} segments",
                    directory,
                    opened.firstSequence(),
                    opened.head() - 1,
                    opened.segments.all().length);
            return opened;
        } catch (IOException | LogDamagedException | RuntimeException e) {
            background.close();
            lock.close();
            throw e;
        } catch (InternalError e) {
            // How Java tells that a mapped file could not be read.
            background.close();
            lock.close();
            throw new IOException(
                    "the log in " + directory + " could not be read: look for errors of the disk in the system's log",
                    e);
        }
    }

    /** Takes the lock of a log's directory; says in words who has it, where that fails. */
    static Closeable lock(Path directory, FileLayer files) throws IOException {
        try {
            return files.lock(directory.resolve(LogDirectory.LOCK));
        } catch (IOException e) {
            throw new IOException(
                    "the log in " + directory + " cannot be opened: " + e.getMessage()
                            + ". Stop who has it, or choose another directory",
                    e);
        }
    }

    @Override
    public long append(EventBatch batch, int index, long timeMicros) throws LogUnavailableException {
        return writer.append(batch, index, timeMicros);
    }

    @Override
    public void appendInternal(byte kind, byte[] body, int offset, int length, long timeMicros)
            throws LogUnavailableException {
        writer.appendInternal(kind, body, offset, length, timeMicros);
    }

    /**
     * Writer of a copy: the next event has that sequence, since those between are not to be had. Nothing is staged.
     * Readers are told that something is missing.
     */
    public void skipTo(long sequence, long timeMicros) throws LogUnavailableException {
        writer.skipTo(sequence, timeMicros);
    }

    @Override
    public int stagedBytes() {
        return writer.stagedBytes();
    }

    @Override
    public void commit() throws LogUnavailableException {
        writer.commit();
    }

    @Override
    public void rollback() {
        writer.forgetStaged();
    }

    @Override
    public void tick(long nowMicros) {
        retention.apply(nowMicros, writer);
        writer.retry();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        writer.close();
        background.close();
        writer.closeFiles();
        segments.close();
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("the lock of the log could not be given back: {}", e.getMessage());
        }
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public long firstSequence() {
        return segments.first();
    }

    @Override
    public long head() {
        return segments.head();
    }

    @Override
    public LogCursor cursorAt(long fromInclusive) {
        return reads.cursorAt(fromInclusive);
    }

    @Override
    public LogCursor cursorWithin(long sequence) {
        return reads.cursorWithin(sequence);
    }

    @Override
    public LogCursor cursorAtTime(long timeMicros) {
        return reads.cursorAtTime(timeMicros);
    }

    @Override
    public void read(LogCursor cursor, long upToExclusive, NameSelector selector, Trust trust, RecordVisitor visitor)
            throws LogDamagedException {
        reads.read(cursor, upToExclusive, selector, trust, visitor);
    }

    @Override
    public boolean isHot(LogCursor cursor) {
        return reads.isHot(cursor);
    }

    @Override
    public long count(String name, long fromInclusive, long upToExclusive) {
        return reads.count(name, fromInclusive, upToExclusive);
    }

    @Override
    public List<NameStat> names(String after, int limit, Predicate<String> filter) {
        return reads.names(after, limit, filter);
    }

    @Override
    public LogStats stats() {
        Segment[] all = segments.all();
        long bytes = 0;
        for (Segment segment : all) {
            bytes += segment.fileBytes();
        }
        return new LogStats(
                firstSequence(),
                head(),
                bytes,
                all.length,
                writer.flushes(),
                writer.commits(),
                health.fine(),
                health.because());
    }
}
