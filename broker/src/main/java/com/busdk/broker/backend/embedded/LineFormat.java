package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.log.LogRecord;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Puts stored lines into the form in which a stream serves them. Writes into buffers that the caller owns; keeps a
 * second view of the record's buffer, so that bulk copies leave the record's own untouched. One thread each.
 */
final class LineFormat {
    /** Where the id starts in a line: behind <code>{"id":"</code>. */
    static final int ID_OFFSET = 7;

    /** What SSE adds to a line at most, without the name. */
    static final int SSE_OVERHEAD = 64;

    private static final byte[] SSE_ID = "id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SSE_EVENT = "\nevent: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SSE_DATA = "\ndata: ".getBytes(StandardCharsets.US_ASCII);

    private ByteBuffer source = ByteBuffer.allocate(0);
    private ByteBuffer view = source;

    /** Bytes that {@link #append} writes at most. */
    static int framedLength(Framing framing, LogRecord event) {
        return framing == Framing.NDJSON ? event.lineLength() : event.lineLength() + event.nameLength() + SSE_OVERHEAD;
    }

    /** Appends the event as the framing has it. */
    void append(Framing framing, LogRecord event, ByteBuf to) {
        int start = event.lineStart();
        if (framing == Framing.NDJSON) {
            copy(event.buffer(), start, event.lineLength(), to);
            return;
        }
        to.writeBytes(SSE_ID);
        copy(event.buffer(), start + ID_OFFSET, EventId.LENGTH, to);
        to.writeBytes(SSE_EVENT);
        copy(event.buffer(), event.nameStart(), event.nameLength(), to);
        to.writeBytes(SSE_DATA);
        copy(event.buffer(), start, event.lineLength() - 1, to);
        to.writeByte('\n').writeByte('\n');
    }

    /** Opens an SSE event whose line is then written without its line feed, followed by an empty line. */
    static void sseStart(byte[] line, int start, int nameStart, int nameLength, ByteBuf to) {
        to.writeBytes(SSE_ID).writeBytes(line, start + ID_OFFSET, EventId.LENGTH);
        to.writeBytes(SSE_EVENT).writeBytes(line, nameStart, nameLength);
        to.writeBytes(SSE_DATA);
    }

    @SuppressWarnings("ReferenceEquality") // the same buffer is meant, not one with the same bytes
    private void copy(ByteBuffer from, int start, int length, ByteBuf to) {
        if (from != source) {
            source = from;
            view = from.duplicate();
        }
        view.limit(start + length).position(start);
        to.writeBytes(view);
    }
}
