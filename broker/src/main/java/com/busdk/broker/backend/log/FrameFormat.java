package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a record in a segment, little-endian. Nothing here has state; any thread.
 *
 * <pre>
 *  0 u32 length of the whole frame          4 u32 CRC32C of everything behind this field
 *  8 u64 sequence (of an internal record: that of the next event)
 * 16 u64 microseconds since 1970 UTC       24 u32 offset up to which this segment had been flushed
 * 28 u8  kind: 0 event, 1-127 the caller's internal records, 254 gap, 255 part of a snapshot
 * 29 u8  flags: 1 last frame of its commit, 2 an idempotency key follows the header
 * events:
 * 30 u8  length of the line's prefix       31 u8  length of the name
 * 32 u16 correlation id, offset in tail    34 u16 its length
 * 36 u16 owner, offset in tail             38 u16 its length
 * 40 u16 key, offset in tail               42 u16 its length
 * 44 u32 hash of the name
 * 48 [u64 high, u64 low: the idempotency key's hash]
 *    the line: prefix, tail with its line feed
 * snapshots:
 * 32 u32 number of this part, from 0       36 u32 parts of this snapshot
 * 48 internal records and snapshots: the body
 * </pre>
 *
 * <p>A gap is what a repair leaves in the place of events that could not be read: the last frame of its segment, whose
 * sequence is that of the next event there is.
 *
 * <p>A frame of length 0 is none: there the written part of a segment ends.
 */
final class FrameFormat {
    static final int LENGTH = 0;
    static final int CRC = 4;
    static final int SEQUENCE = 8;
    static final int TIME = 16;
    static final int FLUSHED = 24;
    static final int KIND = 28;
    static final int FLAGS = 29;
    static final int PREFIX_LENGTH = 30;
    static final int NAME_LENGTH = 31;
    static final int CORRELATION_OFFSET = 32;
    static final int CORRELATION_LENGTH = 34;
    static final int OWNER_OFFSET = 36;
    static final int OWNER_LENGTH = 38;
    static final int KEY_OFFSET = 40;
    static final int KEY_LENGTH = 42;
    static final int NAME_HASH = 44;
    static final int IDEMPOTENCY_HIGH = 48;
    static final int IDEMPOTENCY_LOW = 56;
    static final int PART = 32;
    static final int PARTS = 36;

    /** Bytes before the line or body, where there is no idempotency key. */
    static final int HEADER_BYTES = 48;

    static final int IDEMPOTENCY_BYTES = 16;
    static final byte EVENT = 0;
    static final byte GAP = (byte) 254;
    static final byte SNAPSHOT = (byte) 255;
    static final byte LAST_OF_COMMIT = 1;
    static final byte HAS_IDEMPOTENCY_KEY = 2;

    /** The largest frame: an event's tail, its prefix (a u8 of length), header and key. */
    static final int MAX_FRAME_BYTES = EventLog.MAX_EVENT_BYTES + 255 + HEADER_BYTES + IDEMPOTENCY_BYTES;

    /** No event takes less: header, prefix with one digit, and a tail with the shortest name and payload. */
    static final int MIN_EVENT_FRAME_BYTES = HEADER_BYTES + 94 + 26;

    private FrameFormat() {}

    static int length(ByteBuffer bytes, int frame) {
        return bytes.getInt(frame + LENGTH);
    }

    static long sequence(ByteBuffer bytes, int frame) {
        return bytes.getLong(frame + SEQUENCE);
    }

    /** Sequence of the event that comes next behind that frame. */
    static long sequenceBehind(ByteBuffer bytes, int frame) {
        long sequence = sequence(bytes, frame);
        return isEvent(bytes, frame) ? sequence + 1 : sequence;
    }

    static long time(ByteBuffer bytes, int frame) {
        return bytes.getLong(frame + TIME);
    }

    static byte kind(ByteBuffer bytes, int frame) {
        return bytes.get(frame + KIND);
    }

    static boolean isEvent(ByteBuffer bytes, int frame) {
        return bytes.get(frame + KIND) == EVENT;
    }

    static boolean has(ByteBuffer bytes, int frame, byte flag) {
        return (bytes.get(frame + FLAGS) & flag) != 0;
    }

    /** Where an event's line starts, or an internal record's body. */
    static int bodyStart(ByteBuffer bytes, int frame) {
        return frame + (has(bytes, frame, HAS_IDEMPOTENCY_KEY) ? HEADER_BYTES + IDEMPOTENCY_BYTES : HEADER_BYTES);
    }

    static int tailStart(ByteBuffer bytes, int frame) {
        return bodyStart(bytes, frame) + u8(bytes, frame + PREFIX_LENGTH);
    }

    static int nameLength(ByteBuffer bytes, int frame) {
        return u8(bytes, frame + NAME_LENGTH);
    }

    static int u8(ByteBuffer bytes, int at) {
        return bytes.get(at) & 0xFF;
    }

    static int u16(ByteBuffer bytes, int at) {
        return bytes.getShort(at) & 0xFFFF;
    }

    /** The checksum that belongs into a frame; {@code scratch} is a view of the same bytes that may be moved. */
    static int checksum(ByteBuffer scratch, int frame, int length, CRC32C crc) {
        scratch.limit(frame + length).position(frame + SEQUENCE);
        crc.reset();
        crc.update(scratch);
        return (int) crc.getValue();
    }

    /**
     * Checks a frame as far as one can by itself.
     *
     * @param scratch a view of the same bytes that may be moved
     * @param limit end of what may be part of it
     * @return null when it is sound, else why not, in words
     */
    static @Nullable String problem(ByteBuffer bytes, ByteBuffer scratch, int frame, int limit, CRC32C crc) {
        if (limit - frame < HEADER_BYTES) {
            return "a record that ends behind the file";
        }
        int length = length(bytes, frame);
        if (length < HEADER_BYTES || length > MAX_FRAME_BYTES || length > limit - frame) {
            return "a record of impossible length " + Integer.toUnsignedString(length);
        }
        if (bytes.getInt(frame + CRC) != checksum(scratch, frame, length, crc)) {
            return "a record whose checksum does not match";
        }
        return wellFormed(bytes, frame, length) ? null : "a record whose checksum matches but whose fields do not";
    }

    private static boolean wellFormed(ByteBuffer bytes, int frame, int length) {
        if (bytes.getInt(frame + FLUSHED) < 0 || bytes.getInt(frame + FLUSHED) > frame) {
            return false;
        }
        if (!isEvent(bytes, frame)) {
            byte kind = kind(bytes, frame);
            return kind > 0 || kind == SNAPSHOT || kind == GAP;
        }
        int tail = tailStart(bytes, frame) - frame;
        int tailLength = length - tail;
        return tailLength > 0
                && fits(bytes, frame + CORRELATION_OFFSET, tailLength)
                && fits(bytes, frame + OWNER_OFFSET, tailLength)
                && fits(bytes, frame + KEY_OFFSET, tailLength)
                && EventBatch.NAME_OFFSET + nameLength(bytes, frame) <= tailLength;
    }

    private static boolean fits(ByteBuffer bytes, int pair, int tailLength) {
        return u16(bytes, pair) + u16(bytes, pair + 2) <= tailLength;
    }
}
