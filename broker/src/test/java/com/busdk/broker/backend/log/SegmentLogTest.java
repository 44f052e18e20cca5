package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentLogTest {
    private static final long NOON = 1_795_312_012_123_456L;

    @TempDir
    Path directory;

    @Test
    void shouldServeTheLineWithIdSequenceAndTime() throws Exception {
        try (EventLog log = SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE)) {
            assertEquals(1, Events.publish(log, "a.b", "{\"x\":1}", NOON));
            Events.Seen seen = Events.read(log, 1, NameSelector.ALL).getFirst();
            String id = new com.busdk.broker.backend.EventId(log.epoch(), 1).toString();
            assertEquals(
                    "{\"id\":\"" + id + "\",\"sequence\":1,\"createdAt\":\"2026-11-22T01:46:52.123456Z\","
                            + "\"name\":\"a.b\",\"payload\":{\"x\":1}}\n",
                    seen.line());
            assertEquals("a.b", seen.name());
        }
    }

    @Test
    void shouldHaveEverythingAgainAfterReopening() throws Exception {
        try (EventLog log = SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE)) {
            for (int i = 0; i < 300; i++) {
                log.append(Events.one("a.n" + i % 7, "" + i), 0, NOON + i);
            }
            log.commit();
        }
        try (EventLog log = SegmentLog.open(directory, LogOptions.defaults(), LogState.NONE)) {
            assertEquals(301, log.head());
            List<Events.Seen> all = Events.read(log, 1, NameSelector.ALL);
            assertEquals(300, all.size());
            assertEquals(300, all.getLast().sequence());
            assertEquals(
                    43,
                    Events.read(log, 1, new NameSelector.Names(List.of("a.n3"))).size());
            assertEquals(43, log.count("a.n3", 1, 301));
            assertEquals(151, log.cursorAtTime(NOON + 150).next());
            assertEquals(7, log.names("", 10, name -> true).size());
        }
    }

    @Test
    void shouldShowNothingOfWhatWasRolledBack() throws Exception {
        try (EventLog log = MemoryLog.open(LogOptions.defaults())) {
            log.append(Events.one("a.b", "1"), 0, NOON);
            assertTrue(log.stagedBytes() > 0);
            log.rollback();
            log.commit();
            assertEquals(1, log.head());
            assertEquals(1, Events.publish(log, "a.b", "2", NOON));
            assertFalse(Events.read(log, 1, NameSelector.ALL).isEmpty());
        }
    }

    @Test
    void shouldGoOnInNewSegmentsAndFindEverythingInThem() throws Exception {
        LogOptions options = LogOptions.defaults();
        Limits small = Limits.of(options).withSegmentBytes(20_000);
        try (SegmentLog log =
                SegmentLog.open(directory, options, small, LogState.NONE, DiskFiles.INSTANCE, InstantSource.system())) {
            for (int i = 0; i < 3_000; i++) {
                log.append(Events.one("a.n" + i % 100, "\"" + i + "\""), 0, NOON + i);
                if (i % 50 == 49) {
                    log.commit();
                }
            }
            assertTrue(log.stats().segments() > 20);
            assertEquals(3_000, Events.read(log, 1, NameSelector.ALL).size());
            assertEquals(
                    30,
                    Events.read(log, 1, new NameSelector.Names(List.of("a.n77")))
                            .size());
            assertEquals(30, log.count("a.n77", 1, 3_001));
        }
        try (SegmentLog log =
                SegmentLog.open(directory, options, small, LogState.NONE, DiskFiles.INSTANCE, InstantSource.system())) {
            assertEquals(3_000, Events.read(log, 1, NameSelector.ALL).size());
            List<Events.Seen> two = Events.read(log, 1, new NameSelector.Names(List.of("a.n77", "a.n78")));
            assertEquals(60, two.size());
            assertEquals(78, two.getFirst().sequence());
            assertEquals(2_979, two.getLast().sequence());
            assertEquals(
                    30,
                    Events.read(log, 1, new NameSelector.Matching(name -> name.equals("a.n5")))
                            .size());
            assertEquals(1_501, log.cursorAtTime(NOON + 1_500).next());
        }
    }
}
