package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogRecord;
import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.backend.log.RecordVisitor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A read for a group, on its loop or on a reader thread; one of them has it at a time. */
final class GroupRead implements RecordVisitor {
    /** Records looked at in one go, so that one owner's group among many does not keep a reader from others. */
    private static final int MAX_LOOKED_AT = 100_000;

    private final EventLog log;
    private final LineChunk chunk;
    private final EventFilter filter;
    private final int maxEvents;
    private final int maxBytes;
    private final int addedBytes;
    private @Nullable LogCursor cursor;
    private int lookedAt;
    private boolean truncated;
    private @Nullable LogDamagedException failure;

    /**
     * @param maxBytes of all events but the last, as they are delivered
     * @param addedBytes what a delivery adds to a stored line at most
     */
    GroupRead(EventLog log, LineChunk chunk, EventFilter filter, int maxEvents, int maxBytes, int addedBytes) {
        this.log = log;
        this.chunk = chunk;
        this.filter = filter;
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
        this.addedBytes = addedBytes;
        chunk.clear();
    }

    LineChunk chunk() {
        return chunk;
    }

    @Nullable
    LogDamagedException failure() {
        return failure;
    }

    /** Takes what the filter admits from the cursor on, or from that sequence where there is none. */
    void on(@Nullable LogCursor known, long fromInclusive, long upToExclusive) {
        read(() -> known == null ? log.cursorAt(fromInclusive) : known, upToExclusive, filter.selector(), this);
        truncated = cursor != null && cursor.truncated();
    }

    /** Behind what was read; null where that failed at the start. */
    @Nullable
    LogCursor cursor() {
        return cursor;
    }

    /** Whether what lay before the first of them had been dropped. */
    boolean truncated() {
        return truncated;
    }

    /** Takes the event at that sequence, if it is still there. */
    void one(long sequence) {
        if (failure == null && sequence >= log.firstSequence()) {
            read(() -> log.cursorAt(sequence), sequence + 1, NameSelector.ALL, event -> {
                if (event.sequence() == sequence) {
                    chunk.add(event);
                }
                return Next.STOP_BEHIND;
            });
        }
    }

    private void read(Supplier<LogCursor> from, long upTo, NameSelector selector, RecordVisitor visitor) {
        try {
            LogCursor at = from.get();
            cursor = at;
            EventLog.Trust trust = log.isHot(at) ? EventLog.Trust.HOT : EventLog.Trust.VERIFY;
            log.read(at, upTo, selector, trust, visitor);
        } catch (LogDamagedException e) {
            failure = e;
        } catch (RuntimeException | InternalError | OutOfMemoryError e) {
            // A mapped page that the disk cannot give is an InternalError.
            failure = new LogDamagedException("the log cannot be read for a group: " + e, e);
        }
    }

    /** What was taken has so many bytes at most, as it is delivered. */
    long bytes() {
        return chunk.size() + (long) chunk.count() * addedBytes;
    }

    @Override
    public Next visit(LogRecord event) {
        lookedAt++;
        if (filter.admits(event)) {
            chunk.add(event);
        }
        boolean enough = chunk.count() >= maxEvents || bytes() >= maxBytes || lookedAt >= MAX_LOOKED_AT;
        return enough ? Next.STOP_BEHIND : Next.GO_ON;
    }
}
