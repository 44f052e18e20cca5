package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Counts lines. Stateless. */
public final class Lines {
    private static final long LINE_FEEDS = 0x0A0A_0A0A_0A0A_0A0AL;
    private static final long LOW_BITS = 0x7F7F_7F7F_7F7F_7F7FL;

    private Lines() {}

    /** How many line feeds are in that part of the buffer. */
    public static int count(ByteBuf buffer, int from, int length) {
        ByteBuffer bytes = buffer.internalNioBuffer(from, length).order(ByteOrder.LITTLE_ENDIAN);
        int at = bytes.position();
        int end = at + length;
        int count = 0;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            long x = bytes.getLong(at) ^ LINE_FEEDS;
            // The high bit of each byte that is zero, exactly: no carry goes from one byte into the next.
            count += Long.bitCount(~(((x & LOW_BITS) + LOW_BITS) | x | LOW_BITS));
        }
        for (; at < end; at++) {
            if (bytes.get(at) == '\n') {
                count++;
            }
        }
        return count;
    }
}
