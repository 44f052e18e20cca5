package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The frames that the next commit writes, one behind the other in one reusable buffer outside the heap, so that a
 * commit is one write and an event costs no allocation. Thread: the writer's.
 */
final class Staging {
    /** Where the buffer starts to grow from: most logs of a test or a quiet service never need more. */
    private static final int FIRST_BYTES = 256 << 10;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer bytes;
    private ByteBuffer view;
    private int size;
    private int last;

    Staging() {
        bytes = ByteBuffer.allocateDirect(FIRST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        view = bytes.duplicate();
    }

    /** Bytes of the frames. */
    int size() {
        return size;
    }

    /** The frames, from 0 to {@link #size}; absolute reads only. */
    ByteBuffer bytes() {
        return bytes;
    }

    void clear() {
        size = 0;
    }

    /** Adds an event. */
    void event(EventBatch batch, int index, long sequence, long timeMicros, LinePrefix prefix) {
        int nameLength = batch.nameLength(index);
        int tailLength = batch.length(index);
        checkTail(nameLength, tailLength);
        boolean keyed = batch.hasIdempotencyKey(index);
        int prefixLength = prefix.prepare(sequence, timeMicros);
        int header = keyed ? FrameFormat.HEADER_BYTES + FrameFormat.IDEMPOTENCY_BYTES : FrameFormat.HEADER_BYTES;
        int frame = begin(header + prefixLength + tailLength);
        ByteBuffer to = bytes;
        to.putLong(frame + FrameFormat.SEQUENCE, sequence);
        to.putLong(frame + FrameFormat.TIME, timeMicros);
        to.put(frame + FrameFormat.KIND, FrameFormat.EVENT);
        to.put(frame + FrameFormat.FLAGS, keyed ? FrameFormat.HAS_IDEMPOTENCY_KEY : 0);
        to.put(frame + FrameFormat.PREFIX_LENGTH, (byte) prefixLength);
        to.put(frame + FrameFormat.NAME_LENGTH, (byte) nameLength);
        range(frame + FrameFormat.CORRELATION_OFFSET, batch.correlationOffset(index), batch.correlationLength(index));
        range(frame + FrameFormat.OWNER_OFFSET, batch.ownerOffset(index), batch.ownerLength(index));
        range(frame + FrameFormat.KEY_OFFSET, batch.keyOffset(index), batch.keyLength(index));
        to.putInt(frame + FrameFormat.NAME_HASH, batch.nameHash(index));
        if (keyed) {
            to.putLong(frame + FrameFormat.IDEMPOTENCY_HIGH, batch.idempotencyHigh(index));
            to.putLong(frame + FrameFormat.IDEMPOTENCY_LOW, batch.idempotencyLow(index));
        }
        to.put(frame + header, prefix.bytes(), 0, prefixLength);
        to.put(frame + header + prefixLength, batch.bytes(), batch.start(index), tailLength);
        end(frame, header + prefixLength + tailLength);
    }

    private static void checkTail(int nameLength, int tailLength) {
        if (nameLength < 1 || nameLength > 255 || tailLength < EventBatch.NAME_OFFSET + nameLength) {
            throw new IllegalArgumentException("a name has 1 to 255 bytes, not " + nameLength);
        }
        if (tailLength > EventLog.MAX_EVENT_BYTES) {
            throw new IllegalArgumentException(
                    "an event has at most " + EventLog.MAX_EVENT_BYTES + " bytes, not " + tailLength);
        }
    }

    private void range(int at, int offset, int length) {
        if (length == 0) {
            bytes.putInt(at, 0);
            return;
        }
        if ((offset | length) >>> 16 != 0) {
            throw new IllegalArgumentException("a correlation id, owner or key lies within the first 64 KiB");
        }
        bytes.putInt(at, length << 16 | offset);
    }

    /** Adds an internal record, or with kind {@link FrameFormat#SNAPSHOT} a part of a snapshot. */
    void internal(byte kind, long sequence, long timeMicros, int part, int parts, ByteBuffer body) {
        int bodyLength = body.remaining();
        int length = FrameFormat.HEADER_BYTES + bodyLength;
        int frame = begin(length);
        ByteBuffer to = bytes;
        to.putLong(frame + FrameFormat.SEQUENCE, sequence);
        to.putLong(frame + FrameFormat.TIME, timeMicros);
        to.putInt(frame + FrameFormat.KIND, kind & 0xFF);
        to.putInt(frame + FrameFormat.PART, part);
        to.putInt(frame + FrameFormat.PARTS, parts);
        to.putLong(frame + FrameFormat.KEY_OFFSET, 0);
        to.put(frame + FrameFormat.HEADER_BYTES, body, body.position(), bodyLength);
        end(frame, length);
    }

    private int begin(int length) {
        if (bytes.capacity() - size < length) {
            grow(size + length);
        }
        return size;
    }

    private void end(int frame, int length) {
        bytes.putInt(frame + FrameFormat.LENGTH, length);
        last = frame;
        size = frame + length;
    }

    private void grow(int needed) {
        int capacity = Math.max(needed, Math.min(bytes.capacity() * 2, EventLog.MAX_STAGED_BYTES + FIRST_BYTES));
        ByteBuffer larger = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
        larger.put(0, bytes, 0, size);
        bytes = larger;
        view = larger.duplicate();
    }

    /**
     * Finishes the frames, and gives them out to be written.
     *
     * @param flushed offset up to which the segment that they go to has been flushed
     * @param endsCommit whether the last of them ends the commit
     */
    ByteBuffer seal(int flushed, boolean endsCommit) {
        if (endsCommit) {
            byte flags = bytes.get(last + FrameFormat.FLAGS);
            bytes.put(last + FrameFormat.FLAGS, (byte) (flags | FrameFormat.LAST_OF_COMMIT));
        }
        for (int frame = 0; frame < size; ) {
            int length = FrameFormat.length(bytes, frame);
            bytes.putInt(frame + FrameFormat.FLUSHED, flushed);
            bytes.putInt(frame + FrameFormat.CRC, FrameFormat.checksum(view, frame, length, crc));
            frame += length;
        }
        return view.limit(size).position(0);
    }
}
