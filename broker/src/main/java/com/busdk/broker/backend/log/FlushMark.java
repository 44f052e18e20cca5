package com.busdk.broker.backend.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code flushed}: up to where the newest segment has been flushed. What is unreadable before that place is
 * damage, and no unfinished write.
 *
 * <p>It is written after each flush and not flushed itself: exact when the process was killed, and perhaps older, never
 * newer, than the truth when the machine lost power. Little-endian: magic (8), segment number (8), offset (8), zeros
 * (4), CRC32C of all before (4). Thread: the one that flushes.
 */
final class FlushMark implements Closeable {
    static final String FILE = "flushed";
    private static final Logger LOG = LoggerFactory.getLogger(FlushMark.class);

    /** {@code BusMrk\r\n}. */
    private static final long MAGIC = 0x0A0D_6B72_4D73_7542L;

    private static final int BYTES = 32;
    private static final int AT_CRC = 28;

    private final FileLayer.LogFile file;
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private boolean failing;

    private FlushMark(FileLayer.LogFile file) {
        this.file = file;
    }

    /** A place up to which all is flushed. */
    record Place(long segment, long offset) {}

    /** Opens it for writing. */
    static FlushMark open(FileLayer files, Path directory) throws IOException {
        return new FlushMark(files.open(directory.resolve(FILE), BYTES));
    }

    /** What it says, or null where it says nothing: then there is no evidence. */
    static @Nullable Place read(FileLayer files, Path directory) throws IOException {
        try (FileLayer.LogFile file = files.openExisting(directory.resolve(FILE))) {
            ByteBuffer read = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
            while (read.hasRemaining()) {
                if (file.read(read, read.position()) < 0) {
                    return null;
                }
            }
            boolean sound = read.getLong(0) == MAGIC && read.getInt(AT_CRC) == crc(read);
            return sound ? new Place(read.getLong(8), read.getLong(16)) : null;
        }
    }

    /**
     * Says that the segment is flushed up to there. A failure is logged and changes nothing: the evidence is older then.
     */
    void write(long segment, long offset) {
        bytes.putLong(0, MAGIC).putLong(8, segment).putLong(16, offset);
        bytes.putInt(AT_CRC, crc(bytes));
        bytes.clear();
        try {
            file.writeFully(bytes, 0);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("the file '{}' of the log could not be written: {}", FILE, e.getMessage());
            }
            failing = true;
        }
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(AT_CRC).position(0));
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
