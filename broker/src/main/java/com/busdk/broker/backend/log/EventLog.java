package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.util.List;
import java.util.function.Predicate;

/**
 * An append-only log of events, with internal records (the progress of groups) between them.
 *
 * <p>Events have consecutive sequences, starting at 1; internal records have none of their own. What is appended is
 * staged, and becomes visible to readers and durable as one by {@link #commit}. A reader never sees an event that is
 * not as durable as the log's {@link FlushPolicy} promises.
 *
 * <p>Threads: the methods under "writer" are called by one thread at a time; those under "readers" by any.
 */
public interface EventLog extends AutoCloseable {
    // ---- writer

    /**
     * Stages one event: prefix (id, sequence, creation time), tail, line feed.
     *
     * @param timeMicros microseconds since 1970 UTC; below that of the record before, that one's is taken
     * @return its sequence
     * @throws LogUnavailableException when there is no room (disk full) or the log is broken; nothing was staged then
     */
    long append(EventBatch batch, int index, long timeMicros) throws LogUnavailableException;

    /**
     * Stages an internal record.
     *
     * @param kind 1 to 127, the caller's
     * @param body at most {@link #MAX_INTERNAL_BYTES} bytes
     */
    void appendInternal(byte kind, byte[] body, int offset, int length, long timeMicros) throws LogUnavailableException;

    /**
     * Bytes staged since the last commit; the caller commits before this passes {@link #MAX_STAGED_BYTES}, unless a
     * single batch is larger.
     */
    int stagedBytes();

    /**
     * Writes what is staged, makes it durable as the policy says, and then shows it to readers. On failure nothing of it
     * is visible, now or after a restart, its sequences are given again, and the log takes new appends once the cause
     * is gone (disk full), or never (a flush failed).
     */
    void commit() throws LogUnavailableException;

    /** Forgets what is staged. */
    void rollback();

    /**
     * Housekeeping, about once a second: retention, flush by interval, and a look whether a full disk has room again.
     */
    void tick(long nowMicros);

    /** Flushes and closes; readers that are under way may fail afterwards. */
    @Override
    void close();

    // ---- readers

    /** The log's epoch, 48 bits, made when it was created. */
    long epoch();

    /** The oldest sequence that is retained (equal to {@link #head} where nothing is). */
    long firstSequence();

    /** The sequence that the next event gets: everything below is visible and durable. */
    long head();

    /**
     * A cursor whose next event is {@code fromInclusive}, or the oldest where that is no longer retained (it says so by
     * {@link LogCursor#truncated}). May wait for the disk.
     */
    LogCursor cursorAt(long fromInclusive);

    /**
     * Likewise, for an event that is shown in parts: kept from now on as by {@link RecordVisitor.Next#STOP_WITHIN}. Does
     * not wait.
     */
    LogCursor cursorWithin(long sequence);

    /** A cursor at the first event created at or after that time. May wait for the disk. */
    LogCursor cursorAtTime(long timeMicros);

    /**
     * Shows the events from the cursor's position that the selector matches, in order, and moves the cursor behind what
     * was looked at: to {@code upToExclusive} at the end, unless the visitor stops before.
     *
     * <p>With {@link Trust#VERIFY} each record's checksum is checked before it is shown.
     *
     * @param upToExclusive at most {@link #head}
     * @throws LogDamagedException a record is unreadable; the cursor stays before it
     */
    void read(LogCursor cursor, long upToExclusive, NameSelector selector, Trust trust, RecordVisitor visitor)
            throws LogDamagedException;

    /** Whether reading from there touches only what was written just now, so that an event loop may do it. */
    boolean isHot(LogCursor cursor);

    /**
     * How many retained events of that name have a sequence in [fromInclusive, upToExclusive). May wait for the disk.
     */
    long count(String name, long fromInclusive, long upToExclusive);

    /**
     * The names of the retained events, each once, in the order of their bytes, from behind {@code after} on; at most
     * {@code limit} that pass the filter. May wait for the disk.
     */
    List<NameStat> names(String after, int limit, Predicate<String> filter);

    LogStats stats();

    /** The largest tail of an event. A service allows less; this is what a segment always has room for. */
    int MAX_EVENT_BYTES = 16 << 20;

    /** The largest internal record. */
    int MAX_INTERNAL_BYTES = 1 << 20;

    /** What may be staged before a commit: one write of this size keeps a flush worth its while, and memory small. */
    int MAX_STAGED_BYTES = 4 << 20;

    /** How much a read checks. */
    enum Trust {
        /** The record was written by this process a moment ago, or checked at its start: it has not left the page cache. */
        HOT,
        /** Check the checksum of each record that is shown. */
        VERIFY
    }

    /**
     * What is said of a name.
     *
     * @param count retained events of it
     * @param lastSequence the newest of them
     * @param lastTimeMicros when that was created
     */
    record NameStat(String name, long count, long lastSequence, long lastTimeMicros) {}

    /**
     * Figures for metrics.
     *
     * @param flushes how often the disk was asked to flush
     * @param commits commits with something in them
     * @param available false while publishing is refused
     * @param unavailableBecause in words, empty when available
     */
    record LogStats(
            long firstSequence,
            long head,
            long bytes,
            int segments,
            long flushes,
            long commits,
            boolean available,
            String unavailableBecause) {}
}
