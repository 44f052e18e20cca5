package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogToolTest {
    private static final Limits SMALL = new Limits(6_000, 1_000, 2_048, 100);
    private static final int EVENTS = 80;

    private FaultyFiles files = new FaultyFiles();
    private List<Path> segments = List.of();

    @BeforeEach
    void publishAndKill() throws Exception {
        FaultyFiles disk = new FaultyFiles();
        Ledger ledger = new Ledger();
        try (EventLog log = open(disk, ledger)) {
            for (long i = 1; i <= EVENTS; i++) {
                log.append(Events.one(i % 4 == 0 ? "a.rare" : "a.often", "\"" + "x".repeat(90) + "\""), 0, i);
                Ledger.append(log, i, i);
                log.commit();
                ledger.entries().add(i);
            }
        }
        files = disk.killed();
        segments = files.files().stream()
                .filter(file -> file.toString().endsWith(".log"))
                .toList();
        assertTrue(segments.size() > 3);
    }

    private static EventLog open(FileLayer layer, LogState state) throws Exception {
        return SegmentLog.open(LogModel.DIRECTORY, LogModel.options(), SMALL, state, layer, InstantSource.system());
    }

    private LogTool.Verification verify() throws IOException {
        try (LogTool tool = LogTool.open(LogModel.DIRECTORY, files)) {
            return tool.verify();
        }
    }

    private RepairPlan repair() throws IOException {
        try (LogTool tool = LogTool.open(LogModel.DIRECTORY, files)) {
            RepairPlan plan = tool.plan();
            tool.repair(plan);
            assertFalse(tool.plan().needed(), () -> "a repair leaves nothing to repair: " + plan);
            assertTrue(tool.verify().sound());
            return plan;
        }
    }

    private void spoil(Path file, int at) {
        byte[] bytes = files.bytes(file);
        bytes[at] ^= 0x11;
        files.replace(file, bytes);
    }

    /** Opens the log; checks that what is there is in order, was there before, and that no id is given twice. */
    private List<Long> survivors() throws Exception {
        try (EventLog log = open(files, new Ledger())) {
            List<Long> seen = Events.read(log, log.firstSequence(), NameSelector.ALL).stream()
                    .map(Events.Seen::sequence)
                    .toList();
            assertEquals(seen.stream().sorted().distinct().toList(), seen);
            assertTrue(LongStream.rangeClosed(1, EVENTS).boxed().toList().containsAll(seen));
            assertTrue(log.head() > EVENTS, "event " + log.head() + " would be there twice");
            long head = log.head();
            assertEquals(head, Events.publish(log, "a.often", "1", 1_000));
            assertEquals(head + 1, Events.publish(log, "a.rare", "1", 1_000));
            assertEquals(
                    seen.size() + 2,
                    Events.read(log, log.firstSequence(), NameSelector.ALL).size());
            assertEquals(
                    List.of(head, head + 1),
                    Events.read(log, head, NameSelector.ALL).stream()
                            .map(Events.Seen::sequence)
                            .toList());
            LogCursor cursor = log.cursorAt(log.firstSequence());
            Set<Long> stepwise = new HashSet<>();
            while (cursor.next() < log.head()) {
                log.read(
                        cursor, Math.min(log.head(), cursor.next() + 3), NameSelector.ALL, EventLog.Trust.VERIFY, e -> {
                            assertTrue(stepwise.add(e.sequence()));
                            return RecordVisitor.Next.GO_ON;
                        });
            }
            assertEquals(seen.size() + 2, stepwise.size());
            return seen;
        }
    }

    @Test
    void shouldFindNothingWrongWithASoundLog() throws Exception {
        LogTool.Verification found = verify();
        assertTrue(found.sound());
        assertEquals(List.of(), found.notes());
        assertEquals(segments.size(), found.segments());
        assertEquals(EVENTS, found.events());
        assertEquals(EVENTS, found.internalRecords());
        assertEquals(1, found.firstSequence());
        assertEquals(EVENTS + 1, found.head());
        try (LogTool tool = LogTool.open(LogModel.DIRECTORY, files)) {
            assertFalse(tool.plan().needed());
        }
    }

    @Test
    void shouldCountNamesAndTimes() throws Exception {
        try (LogTool tool = LogTool.open(LogModel.DIRECTORY, files)) {
            LogTool.Statistics stat = tool.stat(1);
            assertEquals(EVENTS, stat.events());
            assertEquals(2, stat.names());
            assertEquals(1, stat.firstTimeMicros());
            assertEquals(EVENTS, stat.lastTimeMicros());
            assertEquals(List.of(new EventLog.NameStat("a.often", 60, 79, 79)), stat.top());
        }
    }

    @Test
    void shouldNameFileAndOffsetOfEachProblem() throws Exception {
        Path one = segments.get(1);
        Path other = segments.getLast();
        spoil(one, 1_500);
        spoil(other, 1_900);
        List<LogTool.Problem> damage = verify().damage();
        assertEquals(
                List.of(one, other), damage.stream().map(LogTool.Problem::file).toList());
        assertTrue(damage.get(0).offset() <= 1_500 && damage.get(0).offset() > 1_000, damage.toString());
        assertTrue(damage.get(1).offset() <= 1_900 && damage.get(1).offset() > 1_400, damage.toString());
    }

    @Test
    void shouldLoseOnlyWhatIsUnreadableInAnOlderSegment() throws Exception {
        Path spoiled = segments.get(1);
        byte[] before = files.bytes(spoiled);
        spoil(spoiled, before.length / 2);
        RepairPlan plan = repair();
        assertEquals(2, plan.steps().size());
        assertTrue(plan.steps().getFirst().words().startsWith("cut " + spoiled.getFileName()), plan.toString());
        List<Long> left = survivors();
        long lost = (long) EVENTS - left.size();
        long base = SegmentName.parse(segments.get(2).getFileName().toString()).base();
        assertTrue(lost > 0 && lost < 12, lost + " events are lost");
        assertTrue(left.contains(base) && !left.contains(base - 1));
        Path kept = files.files().stream()
                .filter(file -> file.toString().endsWith(LogDirectory.SET_ASIDE))
                .findFirst()
                .orElseThrow();
        byte[] tail = files.bytes(kept);
        byte[] expected = Arrays.copyOfRange(before, before.length - tail.length, before.length);
        expected[expected.length - (before.length - before.length / 2)] ^= 0x11;
        assertEquals(Arrays.toString(expected), Arrays.toString(tail));
    }

    @Test
    void shouldNotGiveIdsTwiceAfterTheTailWasCut() throws Exception {
        FaultyFiles sound = files;
        Path newest = segments.getLast();
        byte[] bytes = sound.bytes(newest);
        for (int at = SegmentHeader.BYTES; at < bytes.length; at += 101) {
            files = sound.killed();
            spoil(newest, at);
            assertFalse(verify().sound(), "byte " + at);
            repair();
            assertTrue(survivors().size() < EVENTS);

            files = sound.killed();
            files.replace(newest, Arrays.copyOf(bytes, at));
            assertFalse(verify().sound(), "cut at " + at);
            repair();
            assertTrue(survivors().size() < EVENTS);
        }
    }

    @Test
    void shouldGoOnWithoutASegmentThatIsMissingOrUnreadable() throws Exception {
        files.delete(segments.get(1));
        spoil(segments.get(2), 20);
        repair();
        List<Long> left = survivors();
        assertTrue(left.contains(1L) && left.contains((long) EVENTS) && left.size() < EVENTS);
    }

    @Test
    void shouldGoOnWithoutTheNewestSegment() throws Exception {
        files.delete(segments.getLast());
        repair();
        assertTrue(survivors().contains(1L));

        publishAndKill();
        spoil(segments.getLast(), 100);
        repair();
        assertTrue(survivors().contains(1L));
    }

    @Test
    void shouldRefuseToMixTwoLogs() throws Exception {
        Path file = segments.get(1);
        byte[] bytes = files.bytes(file);
        SegmentName name = SegmentName.parse(file.getFileName().toString());
        System.arraycopy(new SegmentHeader(99, name, 0).encode().array(), 0, bytes, 0, SegmentHeader.BYTES);
        files.replace(file, bytes);
        try (LogTool tool = LogTool.open(LogModel.DIRECTORY, files)) {
            RepairPlan plan = tool.plan();
            assertTrue(plan.steps().isEmpty());
            assertTrue(plan.impossible().getFirst().contains("two logs"), plan.toString());
            assertThrows(IOException.class, () -> tool.repair(plan));
        }
    }

    @Test
    void shouldBeginAnewARepairThatWasInterrupted() throws Exception {
        publishAndKill();
        files.delete(segments.get(1));
        spoil(segments.get(2), 20);
        spoil(segments.get(3), 900);
        FaultyFiles damaged = files.killed();
        boolean finished = false;
        for (int calls = 0; !finished; calls++) {
            files = damaged.killed();
            int last = calls;
            FaultyFiles disk = files;
            disk.fault((call, file) -> {
                if (disk.calls() > last) {
                    throw new FaultyFiles.Crash();
                }
            });
            try {
                repair();
                finished = true;
            } catch (FaultyFiles.Crash e) {
                finished = false;
            }
            files = disk.killed();
            if (!verify().sound()) {
                repair();
            }
            List<Long> left = survivors();
            assertTrue(left.contains(1L) && left.contains((long) EVENTS), "stopped after " + calls + " calls");
        }
    }

    @Test
    void shouldSayThatAServiceHasTheLogOpenOrThatThereIsNone(@TempDir Path directory) throws Exception {
        Path log = directory.resolve("log");
        IOException none = assertThrows(IOException.class, () -> LogTool.open(log));
        assertTrue(none.getMessage().contains("there is no directory"), none.getMessage());
        none = assertThrows(IOException.class, () -> LogTool.open(directory));
        assertTrue(none.getMessage().contains("there is no log in"), none.getMessage());
        try (EventLog running = SegmentLog.open(log, LogOptions.defaults(), LogState.NONE)) {
            Events.publish(running, "a.b", "1", 1);
            IOException held = assertThrows(IOException.class, () -> LogTool.open(log));
            assertTrue(held.getMessage().contains(log.toString()), held.getMessage());
            assertTrue(held.getMessage().contains("open in this process"), held.getMessage());
        }
        try (LogTool tool = LogTool.open(log)) {
            assertEquals(1, tool.verify().events());
        }
    }
}
