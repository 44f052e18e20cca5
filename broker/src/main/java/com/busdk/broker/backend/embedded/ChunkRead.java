package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogRecord;
import com.busdk.broker.backend.log.RecordVisitor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * One chunk of the log for one listener, framed as it is written: whole events as far as they fit, or a part of one that
 * is larger than a chunk. Made on the listener's loop, run there or on a reader thread, taken on the loop again; one of
 * them has it at a time.
 */
final class ChunkRead implements RecordVisitor {
    /** Records looked at in one go, so that a filter that lets little through does not keep a reader from others. */
    private static final int MAX_LOOKED_AT = 100_000;

    private static final int FIRST_BUFFER_BYTES = 4 << 10;

    private final EventLog log;
    private final LogCursor cursor;
    private final long upTo;
    private final Audience.Key wanted;
    private final int maxBytes;
    private final long maxEvents;
    private LineFormat format = new LineFormat();
    private @Nullable ByteBuf bytes;
    private int events;

    /** How much of the cursor's event has been read before and in this chunk, 0 at the start of one. */
    private int begun;

    private int lookedAt;
    private boolean truncated;
    private @Nullable LogDamagedException failure;

    /**
     * @param maxBytes above zero
     * @param begun how much of the cursor's event the chunks before had
     */
    ChunkRead(EventLog log, LogCursor cursor, long upTo, Audience.Key wanted, int maxBytes, long maxEvents, int begun) {
        this.log = log;
        this.cursor = cursor;
        // The rest of an event alone: it was checked when its first part was read, what follows was not.
        this.upTo = begun == 0 ? upTo : cursor.next() + 1;
        this.wanted = wanted;
        this.maxBytes = maxBytes;
        this.maxEvents = maxEvents;
        this.begun = begun;
    }

    void run(LineFormat with) {
        format = with;
        EventLog.Trust trust = begun > 0 || log.isHot(cursor) ? EventLog.Trust.HOT : EventLog.Trust.VERIFY;
        try {
            log.read(cursor, upTo, wanted.filter().selector(), trust, this);
        } catch (LogDamagedException e) {
            failure = e;
        } catch (RuntimeException | InternalError | OutOfMemoryError e) {
            // A mapped page that the disk cannot give is an InternalError.
            failure = new LogDamagedException("the log cannot be read at event " + cursor.next() + ": " + e, e);
        }
        truncated = cursor.truncated();
    }

    @Override
    public Next visit(LogRecord event) {
        lookedAt++;
        if (!wanted.filter().admits(event)) {
            return lookedAt < MAX_LOOKED_AT ? Next.GO_ON : Next.STOP_BEHIND;
        }
        int length = LineFormat.framedLength(wanted.framing(), event);
        ByteBuf to = bytes;
        if (begun > 0 || to == null && length > maxBytes) {
            return part(event, length);
        }
        if (to == null) {
            to = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(FIRST_BUFFER_BYTES, length));
            bytes = to;
        } else if (to.readableBytes() + length > maxBytes) {
            return Next.STOP_BEFORE;
        }
        format.append(wanted.framing(), event, to);
        events++;
        return events < maxEvents && lookedAt < MAX_LOOKED_AT ? Next.GO_ON : Next.STOP_BEHIND;
    }

    /** Takes as much of it as fits, all of the chunk. */
    private Next part(LogRecord event, int length) {
        int end = Math.min(length, begun + maxBytes);
        ByteBuf to = PooledByteBufAllocator.DEFAULT.directBuffer(end - begun);
        bytes = to;
        LineFormat.appendPart(wanted.framing(), event, begun, end, to);
        if (end < length) {
            begun = end;
            return Next.STOP_WITHIN;
        }
        begun = 0;
        events++;
        return Next.STOP_BEHIND;
    }

    /** Events that end in this chunk. */
    int events() {
        return events;
    }

    /** How much of the cursor's event has been read, 0 when it stands between two. */
    int begun() {
        return begun;
    }

    boolean truncated() {
        return truncated;
    }

    @Nullable
    LogDamagedException failure() {
        return failure;
    }

    /** The framed events, whose reference passes to the caller, or null where there were none. */
    @Nullable
    ByteBuf takeBytes() {
        ByteBuf taken = bytes;
        bytes = null;
        return taken;
    }

    /** Lets go of everything: it is the last one. */
    void discard() {
        cursor.release();
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
    }
}
