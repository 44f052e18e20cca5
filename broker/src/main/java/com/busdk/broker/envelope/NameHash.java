package com.busdk.broker.envelope;

import java.nio.ByteBuffer;

/**
 * The 32-bit hash of an event name that the log stores beside each event: a polynomial of base 31 over the bytes, as
 * {@link String#hashCode} has it for ASCII, so that a name's {@code hashCode()} is the same number. Any thread.
 */
public final class NameHash {
    private NameHash() {}

    public static int of(byte[] bytes, int offset, int length) {
        int hash = 0;
        int i = offset;
        int end = offset + length;
        // Four at a time: the same sum, but its multiplications need not wait for each other.
        for (; i + 4 <= end; i += 4) {
            hash = 31 * 31 * 31 * 31 * hash
                    + 31 * 31 * 31 * bytes[i]
                    + 31 * 31 * bytes[i + 1]
                    + 31 * bytes[i + 2]
                    + bytes[i + 3];
        }
        for (; i < end; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash;
    }

    public static int of(ByteBuffer bytes, int offset, int length) {
        int hash = 0;
        for (int i = offset, end = offset + length; i < end; i++) {
            hash = 31 * hash + bytes.get(i);
        }
        return hash;
    }

    public static int of(String name) {
        return name.hashCode();
    }
}
