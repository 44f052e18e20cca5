package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that is full, and one that fails. */
class LogFaultTest {
    private static final Limits LIMITS = new Limits(LogOptions.MIN_SEGMENT_BYTES, 1_000, 0, 1_000);
    private static final Limits SMALL = new Limits(3_000, 1_000, 0, 64);

    private final FaultyFiles files = new FaultyFiles();

    private EventLog open(FileLayer layer, Limits limits, LogState state) throws Exception {
        return SegmentLog.open(LogModel.DIRECTORY, LogModel.options(), limits, state, layer, InstantSource.system());
    }

    private static List<Long> sequences(EventLog log) throws Exception {
        return Events.read(log, log.firstSequence(), NameSelector.ALL).stream()
                .map(Events.Seen::sequence)
                .toList();
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void shouldRefuseEventsWhileTheDiskIsFullAndGoOnWhenThereIsRoom() throws Exception {
        try (EventLog log = open(files, LIMITS, LogState.NONE)) {
            Events.publish(log, "a.b", "1", 1);
            files.room(150);
            log.append(Events.one("a.b", "\"" + "x".repeat(400) + "\""), 0, 2);
            LogUnavailableException full = assertThrows(LogUnavailableException.class, log::commit);
            assertTrue(full.getMessage().contains("the disk is full"), full.getMessage());
            assertFalse(log.stats().available());
            assertEquals(full.getMessage(), log.stats().unavailableBecause());
            assertThrows(LogUnavailableException.class, () -> Events.publish(log, "a.b", "2", 3));

            log.tick(1_000_000);
            assertFalse(log.stats().available(), "there is still no room");
            assertEquals(upTo(1), sequences(log));
            assertEquals(upTo(1), sequences(open(files.killed(), LIMITS, LogState.NONE)));

            files.room(Long.MAX_VALUE >> 1);
            log.tick(2_000_000);
            assertTrue(log.stats().available());
            assertEquals("", log.stats().unavailableBecause());
            assertEquals(2, Events.publish(log, "a.b", "2", 3));
            assertEquals(upTo(2), sequences(open(files.killed(), LIMITS, LogState.NONE)));
        }
    }

    @Test
    void shouldKeepWhatThereIsWhereverTheDiskGetsFull() throws Exception {
        for (int room = 0; room < 9_000; room += 97) {
            FaultyFiles disk = new FaultyFiles();
            Ledger ledger = new Ledger();
            try (EventLog log = open(disk, SMALL, ledger)) {
                disk.room(room);
                long published = publishUntilFull(log, ledger);
                assertEquals(upTo(published), sequences(log), "room " + room);
                disk.room(Long.MAX_VALUE >> 1);
                log.tick(1_000_000);
                assertEquals(published + 1, Events.publish(log, "a.b", "1", 1_000));
                assertEquals(upTo(published + 1), sequences(log), "room " + room);

                Ledger after = new Ledger();
                try (EventLog again = open(disk.killed(), SMALL, after)) {
                    assertEquals(upTo(published + 1), sequences(again), "room " + room);
                    assertEquals(ledger.entries(), after.entries(), "room " + room);
                }
            }
        }
    }

    private static long publishUntilFull(EventLog log, Ledger ledger) {
        long published = 0;
        try {
            while (published < 60) {
                log.append(Events.one("a.b", "\"" + "x".repeat(100) + "\""), 0, published);
                Ledger.append(log, published, published);
                log.commit();
                ledger.entries().add(published);
                published++;
            }
        } catch (LogUnavailableException e) {
            assertTrue(e.getMessage().contains("full"), e.getMessage());
        }
        return published;
    }

    /** @param once whether the system tells of it once, and of every flush after that that it was done */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTakeNothingAnyMoreAfterAFailedFlush(boolean once) throws Exception {
        EventLog log = open(files, LIMITS, LogState.NONE);
        Events.publish(log, "a.b", "1", 1);
        AtomicBoolean told = new AtomicBoolean();
        files.fault((call, file) -> {
            if (call.equals("force") && file.toString().endsWith(".log") && !(told.getAndSet(true) && once)) {
                throw new IOException("Input/output error");
            }
        });
        LogUnavailableException failed =
                assertThrows(LogUnavailableException.class, () -> Events.publish(log, "a.b", "2", 2));
        assertTrue(failed.getMessage().contains("restart"), failed.getMessage());
        assertEquals(upTo(1), sequences(log));

        files.fault((call, file) -> {});
        log.tick(5_000_000);
        assertFalse(log.stats().available(), "a flush that succeeds later proves nothing");
        assertThrows(LogUnavailableException.class, () -> Events.publish(log, "a.b", "2", 2));
        assertEquals(upTo(1), sequences(open(files.killed(), LIMITS, LogState.NONE)));
        log.close();
        assertEquals(upTo(1), sequences(open(files, LIMITS, LogState.NONE)));
    }

    private void failing(String failingCall, String end) {
        files.fault((call, file) -> {
            if (call.equals(failingCall) && file.toString().endsWith(end)) {
                throw new IOException("Input/output error");
            }
        });
    }

    /**
     * The system tells of pages that it could not write once, to whoever flushes next, and takes them for written after
     * that: where it tells the thread that keeps room ready, the writer's own flush succeeds though events are gone.
     */
    @Test
    void shouldTakeNothingAnyMoreAfterAFailedFlushOfRoomAhead() throws Exception {
        Limits filling = new Limits(LogOptions.MIN_SEGMENT_BYTES, 1_000, 64 << 10, 1_000);
        try (EventLog log = open(files, filling, LogState.NONE)) {
            Thread writer = Thread.currentThread();
            CountDownLatch failed = new CountDownLatch(1);
            files.fault((call, file) -> {
                if (call.equals("force") && !Thread.currentThread().equals(writer)) {
                    failed.countDown();
                    throw new IOException("Input/output error");
                }
            });
            Events.publish(log, "a.b", "1", 1);
            assertTrue(failed.await(20, TimeUnit.SECONDS), "room was kept ready");
            assertThrows(LogUnavailableException.class, () -> Events.publish(log, "a.b", "2", 2));
            files.fault((call, file) -> {});
            log.tick(1_000_000);
            assertFalse(log.stats().available(), "only a restart finds out what is there");
            assertEquals(upTo(1), sequences(open(files.killed(), LIMITS, LogState.NONE)));
        }
    }

    @Test
    void shouldSayNothingOfPathsOrTheSystemToClients() throws Exception {
        try (EventLog log = open(files, LIMITS, LogState.NONE)) {
            failing("write", ".log");
            LogUnavailableException failed =
                    assertThrows(LogUnavailableException.class, () -> Events.publish(log, "a.b", "1", 1));
            assertFalse(failed.getMessage().contains("Input/output"), failed.getMessage());
            assertFalse(failed.getMessage().contains(".log"), failed.getMessage());
            files.fault((call, file) -> {});
            log.tick(1_000_000);
            assertEquals(1, Events.publish(log, "a.b", "1", 1));
        }
    }

    @Test
    void shouldBeBrokenWhereWhatWasHalfWrittenCannotBeTakenBack() throws Exception {
        EventLog log = open(files, LIMITS, LogState.NONE);
        files.fault((call, file) -> {
            if (file.toString().endsWith(".log") && (call.equals("write") || call.equals("setSize"))) {
                throw new IOException("Input/output error");
            }
        });
        LogUnavailableException failed =
                assertThrows(LogUnavailableException.class, () -> Events.publish(log, "a.b", "1", 1));
        assertTrue(failed.getMessage().contains("restart"), failed.getMessage());
        log.close();
    }

    @Test
    void shouldGoOnPublishingWhereAnIndexCannotBeWritten() throws Exception {
        try (EventLog log = open(files, SMALL, LogState.NONE)) {
            failing("write", ".idx.tmp");
            for (int i = 0; i < 100; i++) {
                Events.publish(log, "a.b" + i % 5, "1", i);
            }
            assertTrue(log.stats().segments() > 5);
            assertEquals(
                    20,
                    Events.read(log, 1, new NameSelector.Names(List.of("a.b3"))).size());
            assertTrue(indexes().isEmpty());

            files.fault((call, file) -> {});
            Events.await("the indexes are written later", () -> {
                log.tick(1_000_000);
                return indexes().size() == log.stats().segments() - 1;
            });
            assertEquals(
                    20,
                    Events.read(log, 1, new NameSelector.Names(List.of("a.b3"))).size());
        }
        try (EventLog log = open(files.killed(), SMALL, LogState.NONE)) {
            assertEquals(20, log.count("a.b3", 1, log.head()));
        }
    }

    private List<String> indexes() {
        return files.list(LogModel.DIRECTORY).stream()
                .filter(SegmentName::isIndex)
                .toList();
    }

    @Test
    void shouldGoOnWhereTheFlushMarkCannotBeWritten() throws Exception {
        try (EventLog log = open(files, LIMITS, LogState.NONE)) {
            failing("write", FlushMark.FILE);
            Events.publish(log, "a.b", "1", 1);
            Events.publish(log, "a.b", "2", 2);
            assertEquals(upTo(2), sequences(open(files.killed(), LIMITS, LogState.NONE)));
        }
    }
}
