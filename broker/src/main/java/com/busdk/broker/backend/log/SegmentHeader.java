package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The first 64 bytes of a segment, little-endian: magic (8), format version (4), zeros (4), epoch, number, base
 * sequence, creation time in microseconds (8 each), zeros, and at 60 a CRC32C of all before it.
 *
 * @param createdMicros of the first segment, the time when the log was made; of others, that of the last record before
 */
record SegmentHeader(long epoch, SegmentName name, long createdMicros) {
    static final int BYTES = 64;

    /** {@code BusLog\r\n}, so that a transfer that changes line ends is noticed. */
    static final long MAGIC = 0x0A0D_676F_4C73_7542L;

    static final int VERSION = 1;
    private static final int AT_VERSION = 8;
    private static final int AT_EPOCH = 16;
    private static final int AT_NUMBER = 24;
    private static final int AT_BASE = 32;
    private static final int AT_CREATED = 40;
    private static final int AT_CRC = 60;

    /** No record in it is older: the time of the last one before it, in the first segment nothing. */
    long earliestMicros() {
        return name.number() == 0 ? 0 : createdMicros;
    }

    /** The bytes, ready to be written. */
    ByteBuffer encode() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(0, MAGIC);
        bytes.putInt(AT_VERSION, VERSION);
        bytes.putLong(AT_EPOCH, epoch);
        bytes.putLong(AT_NUMBER, name.number());
        bytes.putLong(AT_BASE, name.base());
        bytes.putLong(AT_CREATED, createdMicros);
        bytes.putInt(AT_CRC, crc(bytes));
        return bytes;
    }

    /**
     * Reads a header.
     *
     * @param bytes at least the first 64 bytes of a segment
     * @param expected what the file is called
     * @param file for the message
     * @throws LogDamagedException it is not one, or not that of this file
     */
    static SegmentHeader decode(ByteBuffer bytes, SegmentName expected, Path file) throws LogDamagedException {
        if (bytes.limit() < BYTES || bytes.getLong(0) != MAGIC) {
            throw Damage.of(file, "does not begin as a segment of a log does");
        }
        int version = bytes.getInt(AT_VERSION);
        if (bytes.getInt(AT_CRC) != crc(bytes)) {
            throw Damage.of(file, "has a damaged header (offset 0)");
        }
        if (version != VERSION) {
            throw Damage.of(
                    file,
                    "has format version " + version + ", and this program knows version " + VERSION
                            + ": use the program that wrote it, or a newer one");
        }
        if (bytes.getLong(AT_NUMBER) != expected.number() || bytes.getLong(AT_BASE) != expected.base()) {
            throw Damage.of(file, "is another segment by its header: it must have been renamed");
        }
        return new SegmentHeader(bytes.getLong(AT_EPOCH), expected, bytes.getLong(AT_CREATED));
    }

    /** Whether the bytes begin with a header, of whatever version and file. */
    static boolean intact(ByteBuffer bytes) {
        return bytes.limit() >= BYTES && bytes.getLong(0) == MAGIC && bytes.getInt(AT_CRC) == crc(bytes);
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().limit(AT_CRC).position(0));
        return (int) crc.getValue();
    }
}
