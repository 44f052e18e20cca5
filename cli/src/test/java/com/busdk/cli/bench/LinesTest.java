package com.busdk.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LinesTest {
    @Property(tries = 500)
    void shouldCountEveryLineFeedAndNothingElse(@ForAll @Size(max = 80) byte[] bytes) {
        int expected = 0;
        for (byte b : bytes) {
            expected += b == '\n' ? 1 : 0;
        }
        assertEquals(expected, Lines.count(Unpooled.directBuffer().writeBytes(bytes), 0, bytes.length));
    }

    @Test
    void shouldTellALineFeedFromItsNeighbours() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        assertEquals(1, Lines.count(Unpooled.wrappedBuffer(bytes), 0, bytes.length));
        assertEquals(0, Lines.count(Unpooled.wrappedBuffer(bytes), 11, bytes.length - 11));
        assertEquals(3, Lines.count(Unpooled.wrappedBuffer("\n\n\n".getBytes(StandardCharsets.US_ASCII)), 0, 3));
    }

    @Property(tries = 200)
    void shouldPutLinesTogetherThatArriveInPieces(@ForAll @Size(max = 20) List<Boolean> cutHere) {
        List<String> got = new ArrayList<>();
        var lines = new LineAssembler(
                (bytes, from, to) -> got.add(new String(bytes, from, to - from, StandardCharsets.US_ASCII)));
        String text = "one\ntwo\n\nthree\nfour";
        int from = 0;
        for (int i = 0; i < cutHere.size() && i < text.length(); i++) {
            if (cutHere.get(i)) {
                add(lines, text.substring(from, i));
                from = i;
            }
        }
        add(lines, text.substring(from));
        assertEquals(List.of("one", "two", "three"), got);
    }

    private static void add(LineAssembler lines, String piece) {
        lines.add(Unpooled.copiedBuffer(piece, StandardCharsets.US_ASCII), 0, piece.length());
    }
}
