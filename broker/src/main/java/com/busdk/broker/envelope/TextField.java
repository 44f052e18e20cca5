package com.busdk.broker.envelope;

import com.busdk.client.event.EventLimits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A short text of an envelope: its bytes as they lie in the input where it has no escapes, else decoded in an array of
 * its own. Reused from envelope to envelope. Thread: that of its reader.
 */
final class TextField {
    private final byte[] decoded = new byte[EventLimits.MAX_ID_BYTES];
    private byte[] bytes = decoded;
    private int offset;
    private int length = -1;

    /** Whether it had escapes, and so may hold characters that need them again. */
    private boolean wasEscaped;

    void clear() {
        length = -1;
    }

    /** Whether the envelope has it. */
    boolean given() {
        return length >= 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int offset() {
        return offset;
    }

    /** Bytes of UTF-8; only where {@link #given}. */
    int length() {
        return length;
    }

    /**
     * Takes the string between those positions, which the scanner has accepted.
     *
     * @return whether it is at most {@link EventLimits#MAX_ID_BYTES} long
     */
    boolean set(byte[] in, int from, int to, boolean escaped) {
        wasEscaped = escaped;
        if (escaped) {
            bytes = decoded;
            offset = 0;
            length = JsonText.decode(in, from, to, decoded, EventLimits.MAX_ID_BYTES);
            return length >= 0;
        }
        bytes = in;
        offset = from;
        length = to - from;
        return length <= EventLimits.MAX_ID_BYTES;
    }

    boolean sameAs(byte[] other, int from, int otherLength) {
        return Arrays.equals(bytes, offset, offset + length, other, from, from + otherLength);
    }

    /** Most bytes of its canonical JSON text. */
    int encodedBound() {
        return wasEscaped ? length * JsonText.MAX_EXPANSION : length;
    }

    /** Writes its canonical JSON text, without quotes; returns the position behind it. */
    int encode(byte[] to, int at) {
        if (wasEscaped) {
            return JsonText.encode(bytes, offset, length, to, at);
        }
        System.arraycopy(bytes, offset, to, at, length);
        return at + length;
    }

    String text() {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }
}
