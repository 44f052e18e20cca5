package com.busdk.cli.bench.peers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes and reads what the messages of Kafka are made of, knowing nothing of the classes that are tested. */
final class KafkaFields {
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 20);

    KafkaFields i8(int value) {
        buffer.put((byte) value);
        return this;
    }

    KafkaFields i16(int value) {
        buffer.putShort((short) value);
        return this;
    }

    KafkaFields i32(int... values) {
        for (int value : values) {
            buffer.putInt(value);
        }
        return this;
    }

    KafkaFields i64(long... values) {
        for (long value : values) {
            buffer.putLong(value);
        }
        return this;
    }

    KafkaFields text(String text) {
        return i16(text.length()).raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    KafkaFields raw(byte[] bytes) {
        buffer.put(bytes);
        return this;
    }

    byte[] bytes() {
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    /** What is written so far, as a message with its length before it. */
    String message() {
        byte[] bytes = bytes();
        byte[] length = ByteBuffer.allocate(4).putInt(bytes.length).array();
        return latin(length) + latin(bytes);
    }

    static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static ByteBuffer of(String latin) {
        return ByteBuffer.wrap(latin.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The text that is next. */
    static String text(ByteBuffer from) {
        return latin(raw(from, from.getShort()));
    }

    static byte[] raw(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }

    /** The number of few bytes that is next: seven bits a byte, the lowest first; odd ones are negative. */
    static long number(ByteBuffer from) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = from.get();
            value += (next & 127L) << shift;
            shift += 7;
        } while (next < 0);
        return value % 2 == 0 ? value / 2 : -(value + 1) / 2;
    }

    /** The head of an answer about one partition that was fetched, up to its batches of that length. */
    static KafkaFields fetched(String topic, int error, int length) {
        return new KafkaFields()
                .i32(0, 0, 1)
                .text(topic)
                .i32(1, 0)
                .i16(error)
                .i64(77, 77)
                .i32(-1, length);
    }

    /** A batch of so many records that are 10 bytes all together; what is not looked at is 0. */
    static byte[] batch(long offset, int count) {
        return new KafkaFields()
                .i64(offset)
                .i32(49 + 10, 0)
                .i8(2)
                .i32(0)
                .i16(0)
                .i32(count - 1)
                .i64(0, 0, -1)
                .i16(-1)
                .i32(-1, count)
                .raw(new byte[10])
                .bytes();
    }
}
