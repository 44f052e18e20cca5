package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Puts lines together that arrive in pieces. Lives on the event loop of its connection. */
public final class LineAssembler {
    private static final int FIRST_BYTES = 64 * 1024;

    /** The longest line that the service sends is little more than its largest event. */
    private static final int MAX_BYTES = 4 * 1024 * 1024;

    private final Taker taker;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    /** Hands lines to {@code taker}. */
    public LineAssembler(Taker taker) {
        this.taker = taker;
    }

    /** Takes a line. */
    @FunctionalInterface
    public interface Taker {
        /** A line without its end; the array is the caller's. */
        void line(byte[] bytes, int from, int toExclusive);
    }

    /** Hands over all lines that are complete with this data. */
    public void add(ByteBuf buffer, int from, int count) {
        if (length + count > bytes.length) {
            if (length + count > MAX_BYTES) {
                throw Trouble.wrong("the service sent a line of more than " + MAX_BYTES + " bytes");
            }
            bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
        }
        buffer.getBytes(from, bytes, length, count);
        int scan = length;
        length += count;
        int start = 0;
        for (; scan < length; scan++) {
            if (bytes[scan] == '\n') {
                if (scan > start) {
                    taker.line(bytes, start, scan);
                }
                start = scan + 1;
            }
        }
        if (start > 0) {
            System.arraycopy(bytes, start, bytes, 0, length - start);
            length -= start;
        }
    }
}
