package com.busdk.broker.backend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OutgoingBytesTest {
    private static final int LIMIT = 1 << 20;

    private final OutgoingBytes outgoing = new OutgoingBytes(LIMIT);

    @Test
    void shouldGiveEachStreamABoundedShareAndSmallPiecesBeyondTheLimit() {
        assertEquals(OutgoingBytes.MOST_OF_STREAM, outgoing.room(0));
        assertEquals(OutgoingBytes.MOST_OF_STREAM - 1_000, outgoing.room(1_000));
        assertEquals(0, outgoing.room(OutgoingBytes.MOST_OF_STREAM + 1));
        assertEquals(OutgoingBytes.MOST_OF_STREAM, outgoing.mostInOnePiece());
        outgoing.add(LIMIT);
        assertEquals(OutgoingBytes.LEAST_PIECE, outgoing.room(0), "whoever reads goes on");
        assertEquals(0, outgoing.room(1), "whoever does not waits");
        assertEquals(OutgoingBytes.LEAST_PIECE, outgoing.mostInOnePiece());
        outgoing.remove(1);
        assertEquals(OutgoingBytes.MOST_OF_STREAM, outgoing.room(0));
    }

    @Test
    void shouldShareLargeBuffersBelowTheLimitOnly() {
        assertTrue(outgoing.mayShare(1_000, OutgoingBytes.LEAST_PIECE + 1));
        outgoing.add(LIMIT);
        assertFalse(outgoing.mayShare(0, OutgoingBytes.LEAST_PIECE + 1));
        assertFalse(outgoing.mayShare(1, OutgoingBytes.LEAST_PIECE));
        assertTrue(outgoing.mayShare(0, OutgoingBytes.LEAST_PIECE));
    }

    @Test
    void shouldCountABufferOnceUntilAllHaveTakenIt() {
        OutgoingBytes.Shared shared = outgoing.share(500);
        OutgoingBytes.Shared one = shared.retain();
        one.taken(true); // at once, while it is still given to others
        OutgoingBytes.Shared other = shared.retain();
        assertEquals(500, outgoing.total());
        shared.release();
        assertEquals(500, outgoing.total());
        other.taken(false);
        assertEquals(0, outgoing.total());
    }

    /** However an event is cut, its parts together are the event. */
    @Property
    void shouldWriteTheSameInPartsAsAtOnce(
            @ForAll @IntRange(max = 30) int first, @ForAll @IntRange(max = 30) int second) {
        String text = "<head>the stored line<tail>";
        int length = text.length();
        int a = Math.min(first, length);
        int b = Math.clamp(a + second, a, length);
        ByteBuf to = Unpooled.buffer();
        part(to, 0, a);
        part(to, a, b);
        part(to, b, length);
        assertEquals(text, to.toString(StandardCharsets.US_ASCII));
    }

    private static void part(ByteBuf to, int from, int upTo) {
        byte[] around = "..the stored line..".getBytes(StandardCharsets.US_ASCII);
        new PartWriter(to, from, upTo)
                .span("<head>".getBytes(StandardCharsets.US_ASCII))
                .span(ByteBuffer.wrap(around), 2, 4)
                .span(around, 6, around.length - 8)
                .span("<tail>".getBytes(StandardCharsets.US_ASCII));
    }
}
