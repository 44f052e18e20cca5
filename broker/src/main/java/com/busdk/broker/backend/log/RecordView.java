package com.busdk.broker.backend.log;

import com.busdk.broker.envelope.EventBatch;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The view of a record that a visitor is shown, moved from frame to frame. Thread: that of one read. */
final class RecordView implements LogRecord {
    private final ByteBuffer bytes;
    private final ByteBuffer scratch;
    private final CRC32C crc = new CRC32C();
    private int frame;
    private int line;
    private int tail;

    RecordView(ByteBuffer bytes) {
        this.bytes = bytes;
        this.scratch = bytes.duplicate();
    }

    /** Where the name of the event in that frame starts. */
    static int nameStart(ByteBuffer bytes, int frame) {
        return FrameFormat.tailStart(bytes, frame) + EventBatch.NAME_OFFSET;
    }

    /** Makes this the view of an event's frame. */
    void moveTo(int newFrame) {
        frame = newFrame;
        line = FrameFormat.bodyStart(bytes, newFrame);
        tail = line + FrameFormat.u8(bytes, newFrame + FrameFormat.PREFIX_LENGTH);
    }

    /** Null when that frame is sound, else why it is not. */
    @Nullable
    String problem(int at, int limit) {
        return FrameFormat.problem(bytes, scratch, at, limit, crc);
    }

    @Override
    public long sequence() {
        return FrameFormat.sequence(bytes, frame);
    }

    @Override
    public long timeMicros() {
        return FrameFormat.time(bytes, frame);
    }

    @Override
    public ByteBuffer buffer() {
        return bytes;
    }

    @Override
    public int lineStart() {
        return line;
    }

    @Override
    public int lineLength() {
        return FrameFormat.length(bytes, frame) - (line - frame);
    }

    @Override
    public int nameStart() {
        return tail + EventBatch.NAME_OFFSET;
    }

    @Override
    public int nameLength() {
        return FrameFormat.nameLength(bytes, frame);
    }

    @Override
    public int nameHash() {
        return bytes.getInt(frame + FrameFormat.NAME_HASH);
    }

    @Override
    public int ownerStart() {
        return tail + FrameFormat.u16(bytes, frame + FrameFormat.OWNER_OFFSET);
    }

    @Override
    public int ownerLength() {
        return FrameFormat.u16(bytes, frame + FrameFormat.OWNER_LENGTH);
    }

    @Override
    public int correlationStart() {
        return tail + FrameFormat.u16(bytes, frame + FrameFormat.CORRELATION_OFFSET);
    }

    @Override
    public int correlationLength() {
        return FrameFormat.u16(bytes, frame + FrameFormat.CORRELATION_LENGTH);
    }

    @Override
    public int keyStart() {
        return tail + FrameFormat.u16(bytes, frame + FrameFormat.KEY_OFFSET);
    }

    @Override
    public int keyLength() {
        return FrameFormat.u16(bytes, frame + FrameFormat.KEY_LENGTH);
    }
}
