package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The frames that the next commit writes, one behind the other in one reusable buffer outside the heap, so that a
 * commit is one write and an event costs no allocation. Thread: the writer's.
 *
 * <p>What can be done with an event while its bytes are in the processor's cache is done then: its checksum, and the
 * look-up of its name, whose result is kept beside the frames until the commit has succeeded.
 */
final class Staging {
    /** Where the buffer starts to grow from: most logs of a test or a quiet service never need more. */
    private static final int FIRST_BYTES = 256 << 10;

    private static final int FIRST_EVENTS = 64;

    /** A buffer that one unusual commit made larger than this is given back after it. */
    private static final int KEPT_BYTES = EventLog.MAX_STAGED_BYTES + FIRST_BYTES;

    /** More than this in one commit is a defect of the caller, not a large publish. */
    private static final int MAX_COMMIT_BYTES = 16 * EventLog.MAX_STAGED_BYTES;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer bytes;
    private ByteBuffer view;
    private int size;
    private int last;
    private int flushed;

    /** Of each staged event: twice the place of its frame, plus one where it has an idempotency key. */
    private int[] events = new int[FIRST_EVENTS];

    /** Of each staged event: its name in the index, null where the name is new. */
    private NameTable.@Nullable Entry[] names = new NameTable.@Nullable Entry[FIRST_EVENTS];

    private int eventCount;

    Staging() {
        bytes = ByteBuffer.allocateDirect(FIRST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        view = bytes.duplicate();
    }

    /** Bytes of the frames. */
    int size() {
        return size;
    }

    /**
     * Forgets the frames.
     *
     * @param flushedTo what the next ones say of their segment: up to which offset it had been flushed
     */
    void clear(int flushedTo) {
        size = 0;
        eventCount = 0;
        flushed = flushedTo;
        if (bytes.capacity() > KEPT_BYTES) {
            bytes = ByteBuffer.allocateDirect(FIRST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            view = bytes.duplicate();
            events = new int[FIRST_EVENTS];
            names = new NameTable.@Nullable Entry[FIRST_EVENTS];
        }
    }

    /**
     * Adds an event.
     *
     * @param live the index of the segment that it will probably go to
     */
    void event(EventBatch batch, int index, long sequence, long timeMicros, LinePrefix prefix, LiveIndex live) {
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
        int name = batch.start(index) + EventBatch.NAME_OFFSET;
        remember(frame << 1 | (keyed ? 1 : 0), live.known(batch.bytes(), name, nameLength));
    }

    private void remember(int event, NameTable.@Nullable Entry name) {
        if (eventCount == events.length) {
            events = Arrays.copyOf(events, eventCount * 2);
            names = Arrays.copyOf(names, eventCount * 2);
        }
        events[eventCount] = event;
        names[eventCount] = name;
        eventCount++;
    }

    /**
     * Adds the staged events to the index.
     *
     * @param offset where the frames start in the segment
     */
    void index(LiveIndex live, int offset) {
        for (int i = 0; i < eventCount; i++) {
            int frame = events[i] >>> 1;
            live.add(bytes, frame, offset + frame, names[i], (events[i] & 1) != 0);
        }
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
        if (size > MAX_COMMIT_BYTES) {
            throw new IllegalStateException("commit: " + size + " bytes are staged already");
        }
        if (bytes.capacity() - size < length) {
            grow(size + length);
        }
        return size;
    }

    private void end(int frame, int length) {
        bytes.putInt(frame + FrameFormat.LENGTH, length);
        bytes.putInt(frame + FrameFormat.FLUSHED, flushed);
        putChecksum(frame, length);
        last = frame;
        size = frame + length;
    }

    private void putChecksum(int frame, int length) {
        bytes.putInt(frame + FrameFormat.CRC, FrameFormat.checksum(view, frame, length, crc));
    }

    private void grow(int needed) {
        int capacity = Math.max(needed, Math.min(bytes.capacity() * 2, KEPT_BYTES));
        ByteBuffer larger = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
        larger.put(0, bytes, 0, size);
        bytes = larger;
        view = larger.duplicate();
    }

    /** Gives the frames out to be written, as one commit or as the start of one. */
    ByteBuffer seal(boolean endsCommit) {
        if (endsCommit) {
            byte flags = bytes.get(last + FrameFormat.FLAGS);
            bytes.put(last + FrameFormat.FLAGS, (byte) (flags | FrameFormat.LAST_OF_COMMIT));
            putChecksum(last, size - last);
        }
        return view.limit(size).position(0);
    }

    /**
     * Makes the frames ones for another segment than they were made for.
     *
     * @param flushedTo offset up to which that one has been flushed
     */
    void moveToSegment(int flushedTo) {
        flushed = flushedTo;
        for (int frame = 0; frame < size; ) {
            int length = FrameFormat.length(bytes, frame);
            bytes.putInt(frame + FrameFormat.FLUSHED, flushed);
            putChecksum(frame, length);
            frame += length;
        }
        Arrays.fill(names, null);
    }
}
