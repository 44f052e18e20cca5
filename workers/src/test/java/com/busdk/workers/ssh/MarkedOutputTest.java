package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkedOutputTest {
    private static final String READY = "\u001ebus:word:ready\n";

    private final List<String> marks = new ArrayList<>();

    private MarkedOutput output(int limit) {
        return new MarkedOutput(new Attempt("run", "word"), limit, marks::add);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void shouldTellMarksFromOutputHoweverTheyAreCut() {
        String text = "motd \u001ebus:wor \u001e\u001ebus:word:ready\nout\u001ebus:word\u001e:put\u001e\u001ebus:wor"
                + "\u001ebus:word:end:0:exit\nlate";
        byte[] bytes = bytes(text);
        for (int size = 1; size <= bytes.length; size++) {
            marks.clear();
            MarkedOutput output = output(1000);
            for (int at = 0; at < bytes.length; at += size) {
                output.write(bytes, at, Math.min(size, bytes.length - at));
            }
            assertEquals(List.of("ready", "end:0:exit"), marks, "in pieces of " + size);
            assertEquals("out\u001ebus:word\u001e:put\u001e\u001ebus:worlate", output.text(), "in pieces of " + size);
            assertFalse(output.truncated());
        }
    }

    @Test
    void shouldKeepNothingBeforeItIsReady() {
        MarkedOutput output = output(4);
        output.write(bytes("a long greeting"), 0, 15);
        output.write(bytes(READY + "abcd"), 0, READY.length() + 4);
        assertEquals("abcd", output.text());
        assertFalse(output.truncated());
        output.write('e');
        assertEquals("abcd", output.text());
        assertTrue(output.truncated());
    }

    @ParameterizedTest
    @CsvSource({"1,''", "2,ü", "3,ü", "4,ü", "5,ü€", "6,ü€", "8,ü€", "9,ü€😀", "10,ü€😀a"})
    void shouldCutBetweenCharacters(int limit, String kept) {
        MarkedOutput output = output(limit);
        byte[] text = bytes(READY + "ü€😀a and more");
        output.write(text, 0, text.length);
        assertEquals(kept, output.text());
        assertTrue(output.truncated());
    }

    @Test
    void shouldReplaceWhatIsNoText() {
        MarkedOutput output = output(3);
        output.write(bytes(READY), 0, READY.length());
        output.write(new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80}, 0, 4);
        assertEquals("\ufffd\ufffd\ufffd", output.text());
    }

    @Test
    void shouldKeepWhatLooksLikeAMarkAtTheEnd() {
        MarkedOutput output = output(5);
        byte[] text = bytes(READY + "\u001ebus");
        output.write(text, 0, text.length);
        assertFalse(output.truncated());
        assertEquals("\u001ebus", output.text());
        MarkedOutput small = output(3);
        small.write(text, 0, text.length);
        assertTrue(small.truncated());
        assertEquals("\u001ebu", small.text());
    }

    @Test
    void shouldBoundAMarkThatHasNoEnd() {
        MarkedOutput output = output(10);
        byte[] text = bytes(READY + "\u001ebus:word:" + "x".repeat(200));
        output.write(text, 0, text.length);
        assertEquals(2, marks.size());
        assertTrue(marks.get(1).length() <= 64);
    }
}
