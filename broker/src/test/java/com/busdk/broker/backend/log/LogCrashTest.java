package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The process is stopped before each single call that changes something on disk, in rolls, in the writing of indexes, in
 * retention. Whatever is found then, after a kill or after a loss of power, is a log with everything acknowledged.
 */
class LogCrashTest {
    private static final Limits SMALL = new Limits(3_000, 1_000, 2_048, 64);
    private static final int EVENTS = 40;

    /** What the writer was told before the crash. */
    private static final class Acknowledged {
        private long events;
        private long entries;
        private long stagedEntries;
    }

    private static LogOptions options(boolean dropping) {
        return new LogOptions(
                new FlushPolicy.Always(),
                LogOptions.MIN_SEGMENT_BYTES,
                Duration.ZERO,
                dropping ? 6_000 : 0,
                0,
                Duration.ofDays(1));
    }

    private static EventLog open(FileLayer files, LogState state, boolean dropping) throws Exception {
        return SegmentLog.open(LogModel.DIRECTORY, options(dropping), SMALL, state, files, InstantSource.system());
    }

    /** Publishes until all is published or the process is stopped; true when it was not stopped. */
    private static boolean run(FaultyFiles files, boolean dropping, Acknowledged done) throws Exception {
        Ledger ledger = new Ledger();
        EventLog log = null;
        try {
            log = open(files, ledger, dropping);
            for (int i = 1; i <= EVENTS; i++) {
                log.append(Events.one("a.b" + i % 4, "\"" + "x".repeat(200) + "\""), 0, i);
                if (i % 3 == 0) {
                    done.stagedEntries = done.entries + 1;
                    Ledger.append(log, done.stagedEntries, i);
                }
                log.commit();
                done.events = i;
                if (done.stagedEntries > done.entries) {
                    done.entries = done.stagedEntries;
                    ledger.entries().add(done.entries);
                }
                if (i % 10 == 0) {
                    log.tick(i);
                }
            }
            log.close();
            return true;
        } catch (FaultyFiles.Crash e) {
            if (log != null) {
                files.fault((call, file) -> {
                    throw new FaultyFiles.Crash();
                });
            }
            return false;
        }
    }

    private static void check(FaultyFiles found, boolean dropping, Acknowledged done, String what) throws Exception {
        Ledger ledger = new Ledger();
        try (EventLog log = open(found, ledger, dropping)) {
            List<Long> seen = Events.read(log, log.firstSequence(), NameSelector.ALL).stream()
                    .map(Events.Seen::sequence)
                    .toList();
            assertEquals(
                    LongStream.range(log.firstSequence(), log.head()).boxed().toList(), seen, what);
            assertTrue(log.head() > done.events, what + ": event " + done.events + " was acknowledged");
            assertTrue(log.head() <= done.events + 2, what + ": nobody published event " + (log.head() - 1));
            assertTrue(dropping || log.firstSequence() == 1, what + ": begins with " + log.firstSequence());
            long entries = ledger.entries().size();
            assertEquals(LongStream.rangeClosed(1, entries).boxed().toList(), ledger.entries(), what);
            assertTrue(entries == done.entries || entries == done.stagedEntries, what + ": " + entries + " entries");
            assertEquals(log.head(), Events.publish(log, "a.b", "1", 1_000), what);
        }
    }

    private static void stopAtEachCall(boolean dropping) throws Exception {
        boolean finished = false;
        for (int calls = 0; !finished; calls++) {
            FaultyFiles files = new FaultyFiles();
            int last = calls;
            files.fault((call, file) -> {
                if (files.calls() > last) {
                    throw new FaultyFiles.Crash();
                }
            });
            Acknowledged done = new Acknowledged();
            finished = run(files, dropping, done);
            check(files.killed(), dropping, done, "killed after " + calls + " calls");
            for (int seed = 0; seed < 4; seed++) {
                FaultyFiles found = files.powerLost(new Random(seed * 1_000L + calls));
                check(found, dropping, done, "power lost after " + calls + " calls, seed " + seed);
            }
        }
    }

    @Test
    void shouldHaveEverythingWhereverTheProcessIsStopped() throws Exception {
        stopAtEachCall(false);
    }

    @Test
    void shouldHaveNoGapWhereverTheProcessIsStoppedInRetention() throws Exception {
        stopAtEachCall(true);
    }
}
