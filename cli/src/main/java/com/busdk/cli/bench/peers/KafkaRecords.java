package com.busdk.cli.bench.peers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.zip.CRC32C;

/**
 * Batches of records as Kafka keeps and sends them: format 2 of kafka.apache.org/documentation/#recordbatch, without
 * compression, and without the numbers by which a server tells repeated batches of a producer. Stateless.
 */
final class KafkaRecords {
    /** A batch without its records. */
    static final int HEAD_BYTES = 61;

    /** Of a batch, what its length does not count: that length, and the offset before it. */
    static final int UNCOUNTED_BYTES = 12;

    /** Where the offset of the last record is, counted from that of the first one, which begins the batch. */
    static final int LAST_OFFSET_AT = 23;

    /** Where it says how many records there are. */
    static final int COUNT_AT = 57;

    static final int LENGTH_AT = 8;
    static final int FORMAT_AT = 16;
    static final int FORMAT = 2;

    private static final int CRC_AT = 17;
    private static final int CRC_FROM = 21;
    private static final int NONE = -1;

    private KafkaRecords() {}

    /**
     * A batch in which each record has that event as its value, and no key.
     *
     * @param count at least 1
     * @param millis the time of all of them
     */
    static ByteBuf batch(byte[] event, int count, long millis) {
        ByteBuf batch = Unpooled.buffer(HEAD_BYTES + count * (event.length + 16));
        batch.writeLong(0).writeInt(0).writeInt(NONE).writeByte(FORMAT).writeInt(0);
        batch.writeShort(0).writeInt(count - 1).writeLong(millis).writeLong(millis);
        batch.writeLong(NONE).writeShort(NONE).writeInt(NONE).writeInt(count);
        for (int i = 0; i < count; i++) {
            record(batch, i, event);
        }
        batch.setInt(LENGTH_AT, batch.readableBytes() - UNCOUNTED_BYTES);
        var crc = new CRC32C();
        crc.update(batch.nioBuffer(CRC_FROM, batch.readableBytes() - CRC_FROM));
        return batch.setInt(CRC_AT, (int) crc.getValue());
    }

    /** Its length, attributes, time and offset from those of the batch, no key, the event, no headers. */
    private static void record(ByteBuf to, int offset, byte[] event) {
        ByteBuf body = Unpooled.buffer(event.length + 16).writeByte(0);
        number(body, 0);
        number(body, offset);
        number(body, NONE);
        number(body, event.length);
        body.writeBytes(event);
        number(body, 0);
        number(to, body.readableBytes());
        to.writeBytes(body);
        body.release();
    }

    /** A number of few bytes where it is near 0: its sign last, and seven bits a byte, the lowest first. */
    private static void number(ByteBuf to, int value) {
        int rest = value << 1 ^ value >> 31;
        while ((rest & ~0x7f) != 0) {
            to.writeByte(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        to.writeByte(rest);
    }
}
