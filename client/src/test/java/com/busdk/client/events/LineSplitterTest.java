package com.busdk.client.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LineSplitterTest {
    private static final int MAX = 1000;

    private static String text(LineSplitter.Line line) {
        return new String(line.bytes(), line.from(), line.length(), StandardCharsets.UTF_8);
    }

    private static List<String> drain(LineSplitter splitter) {
        List<String> lines = new ArrayList<>();
        for (LineSplitter.Line line = splitter.next(); line != null; line = splitter.next()) {
            lines.add(text(line));
        }
        return lines;
    }

    @Provide
    Arbitrary<List<String>> lines() {
        return Arbitraries.of(
                        "",
                        "\r",
                        "{\"notice\":\"caught_up\"}",
                        "{\"id\":\"evt_1\"}",
                        "x",
                        "y".repeat(300),
                        "z".repeat(MAX - 1))
                .list()
                .ofMaxSize(40);
    }

    @Property
    void shouldFindTheSameLinesHoweverTheChunksFall(@ForAll("lines") List<String> lines, @ForAll long seed) {
        Random random = new Random(seed);
        byte[] all = String.join("", lines.stream().map(line -> line + "\n").toList())
                .getBytes(StandardCharsets.UTF_8);
        LineSplitter splitter = new LineSplitter(MAX);
        List<String> found = new ArrayList<>();
        int at = 0;
        while (at < all.length) {
            int length = Math.min(all.length - at, 1 + random.nextInt(400));
            splitter.feed(Buffer.buffer().appendBytes(all, at, length));
            at += length;
            if (random.nextBoolean()) {
                found.addAll(drain(splitter));
                splitter.giveBack();
            }
        }
        found.addAll(drain(splitter));
        assertEquals(
                lines.stream()
                        .map(line -> line.replace("\r", ""))
                        .filter(line -> !line.isEmpty())
                        .toList(),
                found);
    }

    @Property
    void shouldFindTheSameLinesInBatchesEvenWhileTheyAreLent(@ForAll("lines") List<String> lines, @ForAll long seed) {
        Random random = new Random(seed);
        byte[] all = String.join("", lines.stream().map(line -> line + "\n").toList())
                .getBytes(StandardCharsets.UTF_8);
        LineSplitter splitter = new LineSplitter(MAX);
        List<String> events = new ArrayList<>();
        List<String> notices = new ArrayList<>();
        List<LineBatch> lent = new ArrayList<>();
        int at = 0;
        while (at < all.length) {
            int length = Math.min(all.length - at, 1 + random.nextInt(400));
            splitter.feed(Buffer.buffer().appendBytes(all, at, length));
            at += length;
            take(splitter, lent, notices);
            if (random.nextBoolean()) {
                collect(lent, events);
                splitter.giveBack();
            }
        }
        collect(lent, events);
        List<String> whole = lines.stream()
                .filter(line -> !line.isEmpty() && !line.equals("\r"))
                .toList();
        assertEquals(whole.stream().filter(line -> line.startsWith("{\"notice")).toList(), notices);
        assertEquals(
                whole.stream().filter(line -> !line.startsWith("{\"notice")).toList(), events);
    }

    private static void take(LineSplitter splitter, List<LineBatch> lent, List<String> notices) {
        while (true) {
            LineBatch batch = splitter.nextBatch();
            if (batch != null) {
                lent.add(batch);
                continue;
            }
            LineSplitter.Line line = splitter.next();
            if (line == null) {
                return;
            }
            assertTrue(line.notice());
            notices.add(text(line));
        }
    }

    private static void collect(List<LineBatch> lent, List<String> events) {
        for (LineBatch batch : lent) {
            int before = events.size();
            batch.forEach((bytes, from, count) -> events.add(new String(bytes, from, count, StandardCharsets.UTF_8)));
            assertEquals(batch.size(), events.size() - before);
            assertEquals(
                    String.join(
                            "",
                            events.subList(before, events.size()).stream()
                                    .map(line -> line + "\n")
                                    .toList()),
                    batch.copy().toString());
        }
        lent.clear();
    }

    @Test
    void shouldTellControlLinesFromEnvelopes() {
        LineSplitter splitter = new LineSplitter(MAX);
        splitter.feed(Buffer.buffer("{\"notice\":\"closing\"}\n{\"name\":\"notice\"}\n"));
        LineSplitter.Line first = splitter.next();
        LineSplitter.Line second = splitter.next();
        assertNotNull(first);
        assertNotNull(second);
        assertTrue(first.notice());
        assertFalse(second.notice());
        assertNull(splitter.next());
    }

    @Test
    void shouldRefuseALineThatNeverEnds() {
        LineSplitter splitter = new LineSplitter(MAX);
        splitter.feed(Buffer.buffer("x".repeat(MAX)));
        assertNull(splitter.next());
        splitter.feed(Buffer.buffer("x"));
        assertThrows(LineSplitter.LineTooLongException.class, splitter::next);
    }

    @Test
    void shouldFindIdAndTokensOfABatch() {
        LineSplitter splitter = new LineSplitter(MAX);
        String lines = Stream.of("1", "2", "3")
                .map(n -> "{\"id\":\"evt_" + n
                        + "\",\"payload\":{\"id\":\"no\",\"token\":\"no\"},\"delivery\":{\"group\":\"g\",\"token\":\"t"
                        + n + "\"}}\n")
                .reduce("", String::concat);
        splitter.feed(Buffer.buffer(lines));
        LineBatch batch = splitter.nextBatch();
        assertNotNull(batch);
        assertEquals("evt_3", batch.lastId());
        assertEquals(List.of("t1", "t2", "t3"), batch.tokens());
    }
}
