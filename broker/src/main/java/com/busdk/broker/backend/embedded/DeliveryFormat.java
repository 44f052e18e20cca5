package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.GroupMember;
import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.envelope.JsonText;
import com.busdk.client.event.EventLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Puts events into the form in which one consumer is served them: the stored line, and at its end what belongs to the
 * delivery alone.
 *
 * <p>Thread: the home loop.
 */
final class DeliveryFormat {
    /** The end of a stored line that is not written before what the delivery adds: a brace and the line feed. */
    private static final int CLOSING_BYTES = 2;

    /** What a delivery adds behind group and consumer at most: the attempt, the token and what encloses them. */
    private static final int MOST_TAIL_BYTES = 16 + LeaseToken.LENGTH + 16;

    private static final byte[] TOKEN_PREFIX = ",\"token\":\"".getBytes(StandardCharsets.US_ASCII);

    private final Framing framing;
    private final boolean explicit;
    private final byte[] prefix;
    private final byte[] token = new byte[LeaseToken.LENGTH];

    DeliveryFormat(Framing framing, GroupMember spec) {
        this.framing = framing;
        this.explicit = spec.explicit();
        this.prefix = (",\"delivery\":{\"group\":\"" + spec.group() + "\",\"consumer\":\""
                        + new String(JsonText.encode(spec.consumer()), StandardCharsets.UTF_8)
                        + "\",\"attempt\":")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** What a delivery adds to a stored line at most. */
    int addedBytes() {
        int head = framing == Framing.SSE ? LineFormat.SSE_OVERHEAD + EventLimits.MAX_NAME_BYTES : 0;
        return head + prefix.length + MOST_TAIL_BYTES;
    }

    /** Appends all of it. */
    void append(Entry entry, LineChunk chunk, int index, ByteBuf to) {
        if (framing == Framing.SSE) {
            writeHead(chunk, index, to);
        }
        to.writeBytes(chunk.bytes(), chunk.lineStart(index), chunk.lineLength(index) - CLOSING_BYTES);
        writeTail(entry, to);
    }

    /** The same for an event that is written in parts, of which none is written yet. */
    PartialDelivery inParts(EventLog log, Entry entry, LineChunk chunk, int index) {
        byte[] head = framing == Framing.SSE ? bytesOf(to -> writeHead(chunk, index, to)) : new byte[0];
        int lineBytes = chunk.lineLength(index) - CLOSING_BYTES;
        return new PartialDelivery(log, entry, head, lineBytes, bytesOf(to -> writeTail(entry, to)));
    }

    private static byte[] bytesOf(Consumer<ByteBuf> writing) {
        ByteBuf to = Unpooled.buffer();
        writing.accept(to);
        return ByteBufUtil.getBytes(to);
    }

    private static void writeHead(LineChunk chunk, int index, ByteBuf to) {
        LineFormat.sseStart(chunk.bytes(), chunk.lineStart(index), chunk.nameStart(index), chunk.nameLength(index), to);
    }

    /** What belongs to this delivery alone, behind the stored line without its closing brace and line feed. */
    private void writeTail(Entry entry, ByteBuf to) {
        to.writeBytes(prefix);
        writeNumber(entry.attempts, to);
        if (explicit) {
            to.writeBytes(TOKEN_PREFIX);
            LeaseToken.write(entry.group.id(), entry.sequence, entry.fence, token, 0);
            to.writeBytes(token);
            to.writeByte('"');
        }
        to.writeByte('}').writeByte('}').writeByte('\n');
        if (framing == Framing.SSE) {
            to.writeByte('\n');
        }
    }

    private static void writeNumber(int number, ByteBuf to) {
        if (number >= 10) {
            writeNumber(number / 10, to);
        }
        to.writeByte('0' + number % 10);
    }
}
