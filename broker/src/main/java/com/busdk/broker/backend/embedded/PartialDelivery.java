package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogCursor;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogRecord;
import com.busdk.broker.backend.log.NameSelector;
import com.busdk.broker.backend.log.RecordVisitor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A delivery that is too large to be written in one piece. Its first part comes from the read that found the event, each
 * further one is read when the consumer's connection has room for it.
 *
 * <p>Thread: the home loop of its group; {@link #read} there or on a reader thread, one of them at a time.
 */
final class PartialDelivery {
    private final EventLog log;
    private final Entry entry;
    private final byte[] head;
    private final int lineBytes;
    private final byte[] tail;
    private int written;

    /** Keeps the event. */
    private final LogCursor cursor;

    private @Nullable ByteBuf part;
    private @Nullable LogDamagedException failure;

    /**
     * @param head what comes before the stored line
     * @param lineBytes how many bytes of that line are written
     * @param tail what comes behind them
     */
    PartialDelivery(EventLog log, Entry entry, byte[] head, int lineBytes, byte[] tail) {
        this.log = log;
        this.entry = entry;
        this.cursor = log.cursorWithin(entry.sequence);
        this.head = head;
        this.lineBytes = lineBytes;
        this.tail = tail;
    }

    Entry entry() {
        return entry;
    }

    /** Bytes of all parts. */
    int length() {
        return head.length + lineBytes + tail.length;
    }

    boolean isWhole() {
        return written == length();
    }

    /** Writes the first part: so many bytes at most. */
    void begin(byte[] bytes, int lineStart, int most, ByteBuf to) {
        int end = Math.min(length(), most);
        new PartWriter(to, 0, end).span(head).span(bytes, lineStart, lineBytes).span(tail);
        written = end;
    }

    /** Whether {@link #read} touches only what was written just now, so that an event loop may do it. */
    boolean isHot() {
        return log.isHot(cursor);
    }

    /** Reads the next part: so many bytes at most. */
    void read(int most) {
        try {
            // Checked when its first part was read.
            log.read(cursor, entry.sequence + 1, NameSelector.ALL, EventLog.Trust.HOT, event -> take(event, most));
        } catch (LogDamagedException e) {
            failure = e;
        } catch (RuntimeException | InternalError | OutOfMemoryError e) {
            // A mapped page that the disk cannot give is an InternalError.
            failure = new LogDamagedException("the log cannot be read at event " + entry.sequence + ": " + e, e);
        }
    }

    private RecordVisitor.Next take(LogRecord event, int most) {
        if (event.sequence() != entry.sequence) {
            return RecordVisitor.Next.STOP_BEFORE;
        }
        int end = Math.min(length(), written + most);
        ByteBuf to = PooledByteBufAllocator.DEFAULT.directBuffer(end - written);
        part = to;
        new PartWriter(to, written, end)
                .span(head)
                .span(event.buffer(), event.lineStart(), lineBytes)
                .span(tail);
        written = end;
        return isWhole() ? RecordVisitor.Next.STOP_BEHIND : RecordVisitor.Next.STOP_WITHIN;
    }

    /** Lets go of what is left of the event; not while a part is read. */
    void release() {
        cursor.release();
    }

    /** What was read, whose reference passes to the caller; null where the event is no longer to be had. */
    @Nullable
    ByteBuf takePart() {
        ByteBuf taken = part;
        part = null;
        return taken;
    }

    /** Why nothing was read, or null where the event is no longer retained. */
    @Nullable
    LogDamagedException failure() {
        return failure;
    }
}
