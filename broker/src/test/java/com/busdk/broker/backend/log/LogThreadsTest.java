package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers of every kind beside one writer that rolls and drops. */
class LogThreadsTest {
    private static final int EVENTS = 60_000;
    private static final int NAMES = 50;

    @TempDir
    Path directory;

    private static LogOptions options(long retentionBytes) {
        return new LogOptions(
                new FlushPolicy.Never(),
                LogOptions.MIN_SEGMENT_BYTES,
                Duration.ZERO,
                retentionBytes,
                0,
                Duration.ofMinutes(1));
    }

    private static void write(EventLog log) throws Exception {
        for (int i = 0; i < EVENTS; i++) {
            log.append(Events.one("a.n" + i % NAMES, "\"" + "x".repeat(i % 150) + "\""), 0, i);
            if (i % 7 == 0) {
                Ledger.append(log, i, i);
            }
            if (i % 40 == 39) {
                log.commit();
                if (i % 1_000 == 999) {
                    log.tick(i);
                }
            }
        }
        log.commit();
    }

    /** Follows the log with one cursor until its end; answers how many events it saw and skipped. */
    private static long follow(EventLog log, NameSelector selector, int step, AtomicBoolean over) throws Exception {
        LogCursor cursor = log.cursorAt(log.firstSequence());
        long[] last = {cursor.next() - 1};
        long seen = 0;
        while (!over.get() || cursor.next() < log.head()) {
            long upTo = log.head();
            int[] chunk = {0};
            EventLog.Trust trust = log.isHot(cursor) ? EventLog.Trust.HOT : EventLog.Trust.VERIFY;
            log.read(cursor, upTo, selector, trust, event -> {
                Events.Seen copy = Events.copy(event);
                int number = (int) copy.sequence() - 1;
                if (copy.sequence() <= last[0] || !copy.name().equals("a.n" + number % NAMES)) {
                    throw new AssertionError(copy + " behind event " + last[0]);
                }
                if (!copy.line().endsWith("\"payload\":\"" + "x".repeat(number % 150) + "\"}\n")) {
                    throw new AssertionError(copy.line());
                }
                last[0] = copy.sequence();
                chunk[0]++;
                return chunk[0] == step ? RecordVisitor.Next.STOP_BEHIND : RecordVisitor.Next.GO_ON;
            });
            seen += chunk[0];
            cursor.truncated();
        }
        return seen;
    }

    private static List<Long> stress(EventLog log) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<Callable<Long>> readers = List.of(
                () -> follow(log, NameSelector.ALL, 1_000, over),
                () -> follow(log, NameSelector.ALL, 3, over),
                () -> follow(log, new NameSelector.Names(List.of("a.n7")), 10, over),
                () -> follow(log, new NameSelector.Names(List.of("a.n1", "a.n2", "a.n49")), 100, over),
                () -> follow(log, new NameSelector.Matching(name -> name.endsWith("3")), 50, over),
                () -> ask(log, over));
        try (ExecutorService threads = Executors.newFixedThreadPool(readers.size())) {
            List<Future<Long>> running = new ArrayList<>();
            for (Callable<Long> reader : readers) {
                running.add(threads.submit(reader));
            }
            try {
                write(log);
            } finally {
                over.set(true);
            }
            List<Long> seen = new ArrayList<>();
            for (Future<Long> reader : running) {
                seen.add(reader.get());
            }
            return seen;
        }
    }

    /** Asks for counts, names and times all the while. */
    private static long ask(EventLog log, AtomicBoolean over) {
        long asked = 0;
        while (!over.get()) {
            long head = log.head();
            long first = log.firstSequence();
            long count = log.count("a.n5", 1, head);
            assertTrue(count <= head / NAMES + 1, count + " before " + head);
            assertTrue(count >= (head - log.firstSequence()) / NAMES - 1 || log.firstSequence() != first);
            assertTrue(log.names("a.n4", 100, name -> true).size() <= NAMES);
            assertTrue(log.cursorAtTime(head / 2).next() <= log.head());
            asked++;
        }
        return asked;
    }

    @Test
    void shouldShowEveryReaderEverythingOnce() throws Exception {
        try (EventLog log = SegmentLog.open(
                directory,
                options(0),
                new Limits(300_000, 1_000, 64 << 10, 1_000),
                LogState.NONE,
                DiskFiles.INSTANCE,
                InstantSource.system())) {
            List<Long> seen = stress(log);
            assertEquals(
                    List.of((long) EVENTS, (long) EVENTS, EVENTS / 50L, EVENTS * 3L / 50, EVENTS * 5L / 50),
                    seen.subList(0, 5));
            assertTrue(log.stats().segments() > 30);
        }
    }

    @Test
    void shouldKeepSegmentsReadableWhileTheyAreDropped() throws Exception {
        try (EventLog log = SegmentLog.open(
                directory,
                options(1_000_000),
                new Limits(300_000, 1_000, 0, 1_000),
                LogState.NONE,
                DiskFiles.INSTANCE,
                InstantSource.system())) {
            stress(log);
            assertTrue(log.firstSequence() > 1);
            Events.await("the files of dropped segments go", () -> {
                log.tick(EVENTS);
                return DiskFiles.INSTANCE.list(directory).stream()
                                .filter(SegmentName::isLog)
                                .count()
                        == log.stats().segments();
            });
        }
    }

    @Test
    void shouldDoTheSameInMemory() throws Exception {
        LogOptions options = options(2_000_000);
        try (EventLog log = MemoryLog.open(options, new Limits(200_000, 1_000, 0, 1_000), LogState.NONE)) {
            stress(log);
            assertTrue(log.firstSequence() > 1);
            assertTrue(log.stats().bytes() <= 2_500_000, log.stats().toString());
        }
    }

    @Test
    void shouldLetAReadFinishInASegmentThatIsDroppedMeanwhile() throws Exception {
        try (EventLog log = MemoryLog.open(options(4_000), new Limits(4_000, 1_000, 0, 1_000), LogState.NONE)) {
            for (int i = 1; i <= 100; i++) {
                Events.publish(log, "a.b", "\"" + "x".repeat(100) + "\"", i);
            }
            LogCursor cursor = log.cursorAt(1);
            List<Long> seen = new ArrayList<>();
            log.read(cursor, 101, NameSelector.ALL, EventLog.Trust.VERIFY, event -> {
                if (event.sequence() == 3) {
                    log.tick(100);
                }
                seen.add(Events.copy(event).sequence());
                return RecordVisitor.Next.GO_ON;
            });
            assertTrue(log.firstSequence() > 80);
            assertTrue(cursor.truncated());
            assertTrue(seen.containsAll(List.of(1L, 2L, 3L, 4L, 5L)), seen.toString());
            assertTrue(seen.size() < 50 && seen.getLast() == 100, seen.toString());
        }
    }

    @Test
    void shouldGiveBackTheMemoryOfWhatIsDropped() throws Exception {
        FaultyFiles files = new FaultyFiles();
        try (EventLog log = SegmentLog.open(
                LogModel.DIRECTORY,
                options(4_000),
                new Limits(4_000, 1_000, 0, 1_000),
                LogState.NONE,
                files,
                InstantSource.system())) {
            for (int i = 1; i <= 300; i++) {
                Events.publish(log, "a.b", "\"" + "x".repeat(100) + "\"", i);
            }
            Events.await("the memory of dropped segments is given back", () -> {
                log.tick(300);
                return files.openMappings() <= 2 * log.stats().segments();
            });
        }
        assertEquals(0, files.openMappings());
    }

    @Test
    void shouldRefuseToReadAClosedLog() throws Exception {
        EventLog log = MemoryLog.open(LogOptions.defaults());
        Events.publish(log, "a.b", "1", 1);
        LogCursor cursor = log.cursorAt(1);
        log.close();
        assertThrows(
                IllegalStateException.class,
                () -> log.read(cursor, 2, NameSelector.ALL, EventLog.Trust.HOT, event -> RecordVisitor.Next.GO_ON));
        assertThrows(LogUnavailableException.class, () -> Events.publish(log, "a.b", "1", 1));
    }
}
