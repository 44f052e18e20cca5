package com.busdk.broker.backend.nats;

import com.busdk.broker.envelope.EventBatch;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The body of an event's message, big-endian:
 *
 * <pre>
 *  0 u8  version, 1                      1 u8  length of the name
 *  2 u16 correlation id, offset in tail  4 u16 its length
 *  6 u16 owner, offset in tail           8 u16 its length
 * 10 u16 key, offset in tail            12 u16 its length
 * 14 u64 high, u64 low: the idempotency key's hash, zeros for none
 * 30     the tail of the line, with its line feed
 * </pre>
 *
 * <p>Stateless, any thread.
 */
final class EventMessage {
    /** Bytes before the tail. */
    static final int HEADER_BYTES = 30;

    private static final byte VERSION = 1;

    private EventMessage() {}

    /** Whether a newer program wrote it. */
    static boolean isNewer(byte[] body) {
        return body.length > HEADER_BYTES && body[0] > VERSION;
    }

    static byte[] encode(EventBatch batch, int index) {
        int length = batch.length(index);
        byte[] body = new byte[HEADER_BYTES + length];
        boolean keyed = batch.hasIdempotencyKey(index);
        ByteBuffer.wrap(body)
                .put(VERSION)
                .put((byte) batch.nameLength(index))
                .putShort((short) batch.correlationOffset(index))
                .putShort((short) batch.correlationLength(index))
                .putShort((short) batch.ownerOffset(index))
                .putShort((short) batch.ownerLength(index))
                .putShort((short) batch.keyOffset(index))
                .putShort((short) batch.keyLength(index))
                .putLong(keyed ? batch.idempotencyHigh(index) : 0)
                .putLong(keyed ? batch.idempotencyLow(index) : 0)
                .put(batch.bytes(), batch.start(index), length);
        return body;
    }

    /** Adds the event to a batch; null, or why it is none, in words for an operator. */
    static @Nullable String decode(byte[] body, EventBatch to) {
        if (body.length <= HEADER_BYTES) {
            return "a message of " + body.length + " bytes is no event";
        }
        ByteBuffer from = ByteBuffer.wrap(body);
        if (from.get() != VERSION) {
            return "a message that is no event of this program's";
        }
        int tail = body.length - HEADER_BYTES;
        int name = from.get() & 0xFF;
        int[] fields = new int[6];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = from.getShort() & 0xFFFF;
        }
        boolean fits = EventBatch.NAME_OFFSET + name <= tail
                && fields[0] + fields[1] <= tail
                && fields[2] + fields[3] <= tail
                && fields[4] + fields[5] <= tail
                && name > 0
                && body[body.length - 1] == '\n';
        if (!fits) {
            return "a message that is no event of this program's";
        }
        long high = from.getLong();
        long low = from.getLong();
        System.arraycopy(body, HEADER_BYTES, to.ensure(tail), to.size(), tail);
        to.add(tail, name, fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]);
        if ((high | low) != 0) {
            to.idempotencyKey(high, low);
        }
        return null;
    }
}
