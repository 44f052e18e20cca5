package com.busdk.broker.backend.embedded;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * Writes a part of what it is shown, one span after the other: those bytes that lie in [fromInclusive, upToExclusive),
 * counted over all spans. One thread.
 */
final class PartWriter {
    private final ByteBuf to;
    private final int fromInclusive;
    private final int upToExclusive;
    private int at;

    PartWriter(ByteBuf to, int fromInclusive, int upToExclusive) {
        this.to = to;
        this.fromInclusive = fromInclusive;
        this.upToExclusive = upToExclusive;
    }

    /** The next span. */
    PartWriter span(byte[] bytes) {
        return span(bytes, 0, bytes.length);
    }

    PartWriter span(byte[] bytes, int start, int length) {
        int skipped = skipped(length);
        int taken = taken(length, skipped);
        if (taken > 0) {
            to.writeBytes(bytes, start + skipped, taken);
        }
        at += length;
        return this;
    }

    /** Likewise; the buffer's own position and limit are left alone. */
    PartWriter span(ByteBuffer bytes, int start, int length) {
        int skipped = skipped(length);
        int taken = taken(length, skipped);
        if (taken > 0) {
            to.writeBytes(bytes.slice(start + skipped, taken));
        }
        at += length;
        return this;
    }

    private int skipped(int length) {
        return Math.clamp((long) fromInclusive - at, 0, length);
    }

    private int taken(int length, int skipped) {
        return Math.clamp((long) upToExclusive - at, skipped, length) - skipped;
    }
}
