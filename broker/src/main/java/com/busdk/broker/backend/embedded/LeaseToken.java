package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.EventId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The token of one delivery: 8 hex digits of the group, 14 of the event's sequence, 16 of the fence. Whoever has a token
 * still needs the identity of the stream that got it; it is a name, not a secret.
 */
record LeaseToken(int group, long sequence, long fence) {
    static final int LENGTH = 38;

    static void write(int group, long sequence, long fence, byte[] to, int at) {
        EventId.hex(group & 0xFFFF_FFFFL, 8, to, at);
        EventId.hex(sequence, 14, to, at + 8);
        EventId.hex(fence, 16, to, at + 22);
    }

    /** The token in that text, or null. */
    static @Nullable LeaseToken parse(String text) {
        if (text.length() != LENGTH) {
            return null;
        }
        for (int i = 0; i < LENGTH; i++) {
            if (digit(text.charAt(i)) < 0) {
                return null;
            }
        }
        return new LeaseToken((int) hex(text, 0, 8), hex(text, 8, 22), hex(text, 22, LENGTH));
    }

    private static long hex(String text, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value << 4 | digit(text.charAt(i));
        }
        return value;
    }

    private static int digit(char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    @Override
    public String toString() {
        byte[] text = new byte[LENGTH];
        write(group, sequence, fence, text, 0);
        return new String(text, StandardCharsets.US_ASCII);
    }
}
