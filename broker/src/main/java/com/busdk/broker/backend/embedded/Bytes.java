package com.busdk.broker.backend.embedded;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Writes the bodies of internal records: unsigned LEB128 numbers, texts as length + UTF-8, lists of sequences as count
 * and zigzag differences (neighbours cost a byte or two). {@link Reader} reads them. One thread.
 */
public final class Bytes {
    /** What a number takes at most: seven of its bits in each byte. */
    static final int MAX_NUMBER_BYTES = 10;

    private byte[] bytes = new byte[64];
    private int size;

    /** Holds what was written up to {@link #size}. */
    public byte[] array() {
        return bytes;
    }

    public int size() {
        return size;
    }

    public Bytes number(long value) {
        room(MAX_NUMBER_BYTES);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        return this;
    }

    /** A text or null: 0, or length + 1 and the bytes. */
    public Bytes text(@Nullable String text) {
        if (text == null) {
            return number(0);
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        number(utf8.length + 1L);
        room(utf8.length);
        System.arraycopy(utf8, 0, bytes, size, utf8.length);
        size += utf8.length;
        return this;
    }

    Bytes sequences(LongArrayList list) {
        number(list.size());
        long last = 0;
        for (int i = 0; i < list.size(); i++) {
            long difference = list.getLong(i) - last;
            number(difference << 1 ^ difference >> 63);
            last = list.getLong(i);
        }
        return this;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }

    /** The other direction; throws {@link java.nio.BufferUnderflowException} on a body that is too short. */
    public record Reader(ByteBuffer from) {
        public long number() {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte b = from.get();
                value |= (b & 0x7FL) << shift;
                if (b >= 0) {
                    return value;
                }
            }
        }

        public int smallNumber() {
            return Math.toIntExact(number());
        }

        public @Nullable String text() {
            int length = smallNumber() - 1;
            if (length < 0) {
                return null;
            }
            byte[] utf8 = new byte[length];
            from.get(utf8);
            return new String(utf8, StandardCharsets.UTF_8);
        }

        LongArrayList sequences() {
            int count = smallNumber();
            LongArrayList list = new LongArrayList(Math.max(1, count), LongArrayList.DEFAULT_NULL_VALUE);
            long last = 0;
            for (int i = 0; i < count; i++) {
                long coded = number();
                last += coded >>> 1 ^ -(coded & 1);
                list.addLong(last);
            }
            return list;
        }
    }
}
