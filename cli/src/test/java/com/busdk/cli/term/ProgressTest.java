package com.busdk.cli.term;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    private long nanos;

    private Progress progress(boolean terminal, long totalBytes) {
        return new Progress(new PrintStream(drawn, true, StandardCharsets.UTF_8), terminal, totalBytes, () -> nanos);
    }

    private String text() {
        String text = drawn.toString(StandardCharsets.UTF_8);
        drawn.reset();
        return text;
    }

    @Test
    void shouldTellHowFarAWorkIs() {
        Progress progress = progress(true, 1_000);
        nanos = 2_000_000_000L;
        progress.update(5_000, 500);
        String line = text();
        assertTrue(line.contains("[############............]  50%  5,000 events, 2,500/s"), line);
        nanos += 50_000_000L;
        progress.update(6_000, 600);
        assertEquals("", text(), "a terminal need not draw more often than eyes see");
        nanos += 50_000_000L;
        progress.update(6_000, 1_000);
        assertTrue(text().contains("100%"));
        progress.clear();
        assertTrue(text().endsWith("\r"));
        progress.clear();
        assertEquals("", text());
    }

    @Test
    void shouldNotGuessAtAnEndThatNobodyKnows() {
        Progress progress = progress(true, 0);
        nanos = 1_000_000_000L;
        progress.update(7, 500);
        String line = text();
        assertTrue(line.contains("7 events, 7/s"), line);
        assertFalse(line.contains("%"), line);
    }

    @Test
    void shouldDrawNothingWhereThereIsNoTerminal() {
        Progress progress = progress(false, 1_000);
        nanos = 1_000_000_000L;
        progress.update(7, 500);
        progress.clear();
        assertEquals("", text());
    }
}
