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

    private static final byte[] SSE_ID = "id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SSE_EVENT = "\nevent: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SSE_DATA = "\ndata: ".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] SSE_END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    /** What SSE adds to a line, without the name: its own line feed is one of the two at the end. */
    static final int SSE_OVERHEAD =
            SSE_ID.length + EventId.LENGTH + SSE_EVENT.length + SSE_DATA.length + SSE_END.length - 1;

    private ByteBuffer source = ByteBuffer.allocate(0);
    private ByteBuffer view = source;

    /** Bytes that {@link #append} writes. */
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
        to.writeBytes(SSE_END);
    }

    /** Appends the bytes of that event which lie in [fromInclusive, upToExclusive) of what {@link #append} writes. */
    static void appendPart(Framing framing, LogRecord event, int fromInclusive, int upToExclusive, ByteBuf to) {
        PartWriter part = new PartWriter(to, fromInclusive, upToExclusive);
        ByteBuffer from = event.buffer();
        int start = event.lineStart();
        if (framing == Framing.NDJSON) {
            part.span(from, start, event.lineLength());
            return;
        }
        part.span(SSE_ID)
                .span(from, start + ID_OFFSET, EventId.LENGTH)
                .span(SSE_EVENT)
                .span(from, event.nameStart(), event.nameLength())
                .span(SSE_DATA)
                .span(from, start, event.lineLength() - 1)
                .span(SSE_END);
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
