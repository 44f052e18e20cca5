package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.envelope.EventBatch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** State beside the events, idempotency keys, retention, and the edges of the writing side. */
class LogStateTest {
    private static final Limits SMALL = new Limits(4_000, 1_000, 0, 64);

    private final FaultyFiles files = new FaultyFiles();

    private EventLog open(LogOptions options, Limits limits, LogState state, long nowMicros) throws Exception {
        InstantSource clock = InstantSource.fixed(Instant.EPOCH.plusNanos(nowMicros * 1_000));
        return SegmentLog.open(LogModel.DIRECTORY, options, limits, state, files, clock);
    }

    private EventLog open(LogState state) throws Exception {
        return open(LogModel.options(), SMALL, state, 0);
    }

    @Test
    void shouldGiveStateBackFromSnapshotAndReplay() throws Exception {
        Ledger ledger = new Ledger();
        try (EventLog log = open(ledger)) {
            for (long i = 1; i <= 500; i++) {
                Ledger.append(log, i, i);
                log.commit();
                ledger.entries().add(i);
            }
            assertTrue(log.stats().segments() > 5);
            assertEquals(1, log.head());
        }
        Ledger after = new Ledger();
        open(after).close();
        assertEquals(1, after.restored());
        assertEquals(LongStream.rangeClosed(1, 500).boxed().toList(), after.entries());
    }

    @Test
    void shouldNotAskANewLogToRestore() throws Exception {
        Ledger ledger = new Ledger();
        open(ledger).close();
        assertEquals(0, ledger.restored());
    }

    @Test
    void shouldShowOnlyKeysThatAreYoungEnough() throws Exception {
        LogOptions options = new LogOptions(
                new FlushPolicy.Always(), LogOptions.MIN_SEGMENT_BYTES, Duration.ZERO, 0, 0, Duration.ofSeconds(10));
        try (EventLog log = open(options, SMALL, LogState.NONE, 0)) {
            for (int second = 0; second < 60; second++) {
                EventBatch batch = Events.one("a.b", "\"" + "x".repeat(100) + "\"");
                batch.idempotencyKey(second + 1, 7);
                log.append(batch, 0, second * 1_000_000L);
                log.commit();
            }
        }
        Ledger ledger = new Ledger();
        open(options, SMALL, ledger, 59_000_000L).close();
        assertEquals(
                LongStream.rangeClosed(50, 60)
                        .mapToObj(key -> new Ledger.Key(key, 7, key))
                        .toList(),
                ledger.keys());
    }

    @Test
    void shouldEndASegmentWhoseEventsAreAllTooOldAndDropIt() throws Exception {
        LogOptions options = new LogOptions(
                new FlushPolicy.Always(),
                LogOptions.MIN_SEGMENT_BYTES,
                Duration.ofSeconds(10),
                0,
                0,
                Duration.ofMinutes(1));
        Ledger ledger = new Ledger();
        try (EventLog log = open(options, Limits.of(options), ledger, 0)) {
            Events.publish(log, "a.b", "1", 1_000_000);
            Ledger.append(log, 5, 2_000_000);
            log.commit();
            ledger.entries().add(5L);
            LogCursor cursor = log.cursorAt(1);
            log.tick(12_000_000);
            assertEquals(1, log.firstSequence(), "it is just as old as is allowed");
            log.tick(13_000_000);
            assertEquals(2, log.firstSequence());
            assertEquals(2, log.head());
            assertEquals(1, log.stats().segments());
            log.read(cursor, 2, NameSelector.ALL, EventLog.Trust.VERIFY, event -> RecordVisitor.Next.GO_ON);
            assertTrue(cursor.truncated());
            assertEquals(2, cursor.next());
            assertEquals(2, Events.publish(log, "a.b", "2", 14_000_000));
        }
        Ledger after = new Ledger();
        try (EventLog log = open(options, Limits.of(options), after, 0)) {
            assertEquals(List.of(5L), after.entries());
            assertEquals(2, log.firstSequence());
            assertEquals(3, log.head());
        }
    }

    @Test
    void shouldKeepEventsForPartsOfASecond() throws Exception {
        LogOptions options = new LogOptions(
                new FlushPolicy.Always(), LogOptions.MIN_SEGMENT_BYTES, Duration.ofMillis(900), 0, 0, Duration.ZERO);
        try (EventLog log = open(options, Limits.of(options), LogState.NONE, 0)) {
            Events.publish(log, "a.b", "1", 1_000_000);
            log.tick(1_900_000);
            assertEquals(1, log.firstSequence(), "it is just as old as is allowed");
            log.tick(1_900_001);
            assertEquals(2, log.firstSequence());
        }
    }

    @Test
    void shouldKeepNoMoreBytesAndEventsThanAsked() throws Exception {
        for (boolean byCount : new boolean[] {false, true}) {
            LogOptions options = new LogOptions(
                    new FlushPolicy.Always(),
                    LogOptions.MIN_SEGMENT_BYTES,
                    Duration.ZERO,
                    byCount ? 0 : 20_000,
                    byCount ? 50 : 0,
                    Duration.ZERO);
            try (EventLog log = MemoryLog.open(options, SMALL, LogState.NONE)) {
                for (int i = 1; i <= 300; i++) {
                    Events.publish(log, "a.b", "\"" + "x".repeat(100) + "\"", i);
                    if (i % 10 == 0) {
                        log.tick(i);
                        long events = log.head() - log.firstSequence();
                        assertTrue(
                                byCount ? events <= 50 : log.stats().bytes() <= 20_000,
                                log.stats().toString());
                        assertTrue(i < 100 || events > 20, log.stats().toString());
                    }
                }
            }
        }
    }

    @Test
    void shouldTakeCommitsAndEventsLargerThanASegment() throws Exception {
        String large = "\"" + "x".repeat(20_000) + "\"";
        try (EventLog log = open(LogState.NONE)) {
            Events.publish(log, "a.b", "1", 1);
            Events.publish(log, "a.b", large, 2);
            for (int i = 0; i < 50; i++) {
                log.append(Events.one("a.b", large), 0, 3);
            }
            log.commit();
            Events.publish(log, "a.b", "2", 4);
        }
        try (EventLog log = open(LogState.NONE)) {
            List<Events.Seen> all = Events.read(log, 1, NameSelector.ALL);
            assertEquals(53, all.size());
            assertTrue(all.get(30).line().endsWith(large + "}\n"));
        }
    }

    @Test
    void shouldEndASegmentThatHasTooManyNames() throws Exception {
        LogOptions options = LogModel.options();
        try (EventLog log = open(options, new Limits(1 << 20, 50, 0, 1_000), LogState.NONE, 0)) {
            for (int i = 0; i < 500; i++) {
                Events.publish(log, "a.n" + i, "1", i);
            }
            assertTrue(log.stats().segments() >= 9, log.stats().toString());
            assertEquals(500, log.names("", 1_000, name -> true).size());
            assertEquals(1, log.count("a.n321", 1, 501));
        }
    }

    @Test
    void shouldKeepManyNamesApart() throws Exception {
        try (EventLog log = MemoryLog.open(LogOptions.defaults())) {
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 20_000; i++) {
                    log.append(Events.one("word.n" + Integer.toString(i, 36), "" + i), 0, i);
                }
                log.commit();
            }
            assertEquals(20_000, log.names("", 30_000, name -> true).size());
            for (int i = 0; i < 20_000; i += 371) {
                String name = "word.n" + Integer.toString(i, 36);
                assertEquals(2, log.count(name, 1, log.head()));
                assertEquals(
                        List.of(i + 1L, i + 20_001L),
                        Events.read(log, 1, new NameSelector.Names(List.of(name))).stream()
                                .map(Events.Seen::sequence)
                                .toList());
            }
            assertEquals(0, log.count("word.none", 1, log.head()));
        }
    }

    @Test
    void shouldRaiseATimeThatGoesBack() throws Exception {
        try (EventLog log = open(LogState.NONE)) {
            Events.publish(log, "a.b", "1", 5_000);
            Events.publish(log, "a.b", "2", 4_000);
            assertEquals(5_000, Events.read(log, 2, NameSelector.ALL).getFirst().timeMicros());
        }
        try (EventLog log = open(LogState.NONE)) {
            Events.publish(log, "a.b", "3", 1);
            assertEquals(5_000, Events.read(log, 3, NameSelector.ALL).getFirst().timeMicros());
        }
    }

    @Test
    void shouldFlushAtIntervalsWithoutBeingAsked() throws Exception {
        LogOptions options = new LogOptions(
                new FlushPolicy.Interval(Duration.ofMillis(1)),
                LogOptions.MIN_SEGMENT_BYTES,
                Duration.ZERO,
                0,
                0,
                Duration.ZERO);
        try (EventLog log = open(options, SMALL, LogState.NONE, 0)) {
            Events.publish(log, "a.b", "1", 1);
            Events.await("the event is on disk", () -> {
                FlushMark.Place mark = FlushMark.read(files, LogModel.DIRECTORY);
                return mark != null && mark.offset() > 250;
            });
            assertTrue(log.stats().flushes() >= 1);
        }
    }

    @Test
    void shouldNotFlushWhereTheSystemIsToDoIt() throws Exception {
        LogOptions options = new LogOptions(
                new FlushPolicy.Never(), LogOptions.MIN_SEGMENT_BYTES, Duration.ZERO, 0, 0, Duration.ZERO);
        try (EventLog log = open(options, Limits.of(options), LogState.NONE, 0)) {
            for (int i = 0; i < 20; i++) {
                Events.publish(log, "a.b", "1", i);
            }
            assertEquals(0, log.stats().flushes());
            assertEquals(20, log.stats().commits());
        }
    }

    @Test
    void shouldRefuseWhatCannotBeInALog() throws Exception {
        try (EventLog log = open(LogState.NONE)) {
            byte[] body = new byte[10];
            assertThrows(IllegalArgumentException.class, () -> log.appendInternal((byte) 0, body, 0, 10, 1));
            assertThrows(IllegalArgumentException.class, () -> log.appendInternal((byte) -1, body, 0, 10, 1));
            byte[] large = new byte[EventLog.MAX_INTERNAL_BYTES + 1];
            assertThrows(IllegalArgumentException.class, () -> log.appendInternal((byte) 1, large, 0, large.length, 1));
            assertThrows(IllegalArgumentException.class, () -> log.cursorAt(2));
            LogCursor cursor = log.cursorAt(1);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> log.read(cursor, 2, NameSelector.ALL, EventLog.Trust.HOT, event -> RecordVisitor.Next.GO_ON));
            String name = "a." + "n".repeat(254);
            EventBatch batch = Events.one(name, "1");
            assertThrows(IllegalArgumentException.class, () -> log.append(batch, 0, 1));
            assertFalse(log.stagedBytes() > 0);
        }
    }

    @Test
    void shouldGiveOwnerCorrelationAndKeyOfAnEvent() throws Exception {
        try (EventLog log = open(LogState.NONE)) {
            byte[] tail =
                    "\"name\":\"a.b\",\"correlationId\":\"cc\",\"identityId\":\"owner\",\"key\":\"k\",\"payload\":1}\n"
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
            EventBatch batch = new EventBatch(100, 1);
            System.arraycopy(tail, 0, batch.ensure(tail.length), 0, tail.length);
            batch.add(tail.length, 3, 30, 2, 48, 5, 62, 1);
            log.append(batch, 0, 1);
            log.commit();
            log.read(log.cursorAt(1), 2, NameSelector.ALL, EventLog.Trust.VERIFY, event -> {
                assertEquals("cc", text(event, event.correlationStart(), event.correlationLength()));
                assertEquals("owner", text(event, event.ownerStart(), event.ownerLength()));
                assertEquals("k", text(event, event.keyStart(), event.keyLength()));
                assertEquals("a.b", text(event, event.nameStart(), event.nameLength()));
                assertEquals("a.b".hashCode(), event.nameHash());
                return RecordVisitor.Next.GO_ON;
            });
        }
    }

    private static String text(LogRecord event, int start, int length) {
        byte[] bytes = new byte[length];
        event.buffer().get(start, bytes);
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }
}
