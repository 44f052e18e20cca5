package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What became of the bytes of a log that was killed: at every place of its tail they are flipped, zeroed and cut. After
 * each, everything that was acknowledged is there once and in order, or the log refuses and names file and offset.
 */
class LogDamageTest {
    private static final Limits SMALL = new Limits(6_000, 1_000, 0, 100);
    private static final int EVENTS = 60;

    private FaultyFiles killed = new FaultyFiles();
    private Path newest = LogModel.DIRECTORY;
    private Path sealed = LogModel.DIRECTORY;

    @BeforeEach
    void publishAndKill() throws Exception {
        FaultyFiles files = new FaultyFiles();
        Ledger ledger = new Ledger();
        EventLog log = open(files, ledger);
        for (long i = 1; i <= EVENTS; i++) {
            log.append(Events.one("a.b" + i % 3, "\"" + "x".repeat((int) i) + "\""), 0, i);
            Ledger.append(log, i, i);
            if (i % 2 == 0) {
                log.commit();
                ledger.entries().addAll(List.of(i - 1, i));
            }
        }
        killed = files.killed();
        log.close();
        List<Path> logs = killed.files().stream()
                .filter(file -> SegmentName.isLog(file.getFileName().toString()))
                .toList();
        assertTrue(logs.size() > 2);
        sealed = logs.get(logs.size() - 2);
        newest = logs.getLast();
    }

    private static EventLog open(FileLayer files, LogState state) throws Exception {
        return SegmentLog.open(LogModel.DIRECTORY, LogModel.options(), SMALL, state, files, InstantSource.system());
    }

    /** Opens it, and checks that it has everything, or refuses as it should. */
    private static boolean hasAllOrRefuses(FaultyFiles files, Path damaged, String what) throws Exception {
        Ledger ledger = new Ledger();
        try (EventLog log = open(files, ledger)) {
            assertEquals(
                    LongStream.rangeClosed(1, EVENTS).boxed().toList(),
                    Events.read(log, 1, NameSelector.ALL).stream()
                            .map(Events.Seen::sequence)
                            .toList(),
                    what);
            assertEquals(LongStream.rangeClosed(1, EVENTS).boxed().toList(), ledger.entries(), what);
            return true;
        } catch (LogDamagedException e) {
            assertTrue(e.getMessage().contains(damaged.toString()), what + ": " + e.getMessage());
            assertTrue(
                    e.getMessage().contains("offset") || e.getMessage().contains("does not begin as a segment"),
                    what + ": " + e.getMessage());
            assertTrue(e.getMessage().contains("bus events log verify log"), what + ": " + e.getMessage());
            return false;
        }
    }

    @Test
    void shouldHaveEverythingThatWasAcknowledgedAfterAKill() throws Exception {
        assertTrue(hasAllOrRefuses(killed, newest, "untouched"));
    }

    @Test
    void shouldRefuseAFlippedBitAnywhereInTheNewestSegment() throws Exception {
        byte[] sound = killed.bytes(newest);
        for (int at = 0; at < sound.length; at++) {
            byte[] flipped = sound.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            killed.replace(newest, flipped);
            boolean opened = hasAllOrRefuses(killed, newest, "byte " + at + " of " + sound.length);
            assertTrue(
                    !opened || at >= 12 && at < 16 || at >= 48 && at < 60, "byte " + at + " is used and was flipped");
        }
    }

    /** Listeners check what is not hot: nothing that was there before the log was opened is hot unseen. */
    @Test
    void shouldShowNoListenerAFlippedBitOfTheSegmentBeforeTheNewest() throws Exception {
        List<String> written = new ArrayList<>();
        try (EventLog log = open(killed, new Ledger())) {
            follow(log, written);
        }
        assertEquals(EVENTS, written.size());
        byte[] sound = killed.bytes(sealed);
        int refused = 0;
        for (int at = SegmentHeader.BYTES; at < sound.length; at++) {
            byte[] flipped = sound.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            killed.replace(sealed, flipped);
            List<String> shown = new ArrayList<>();
            try (EventLog log = open(killed, new Ledger())) {
                follow(log, shown);
            } catch (LogDamagedException e) {
                refused++;
            }
            assertEquals(written.subList(0, shown.size()), shown, "byte " + at + " of " + sound.length);
        }
        assertTrue(refused > sound.length / 2, refused + " of " + sound.length);
    }

    /** Reads event by event, as the cursor of a listener that is slow does. */
    private static void follow(EventLog log, List<String> lines) throws LogDamagedException {
        LogCursor cursor = log.cursorAt(log.firstSequence());
        while (cursor.next() < log.head()) {
            EventLog.Trust trust = log.isHot(cursor) ? EventLog.Trust.HOT : EventLog.Trust.VERIFY;
            log.read(cursor, log.head(), NameSelector.ALL, trust, event -> {
                lines.add(Events.copy(event).line());
                return RecordVisitor.Next.STOP_BEHIND;
            });
        }
    }

    @Test
    void shouldRefuseANewestSegmentCutAnywhere() throws Exception {
        byte[] sound = killed.bytes(newest);
        for (int size = 0; size < sound.length; size++) {
            killed.replace(newest, Arrays.copyOf(sound, size));
            assertTrue(!hasAllOrRefuses(killed, newest, "cut at " + size), "cut at " + size);
        }
    }

    @Test
    void shouldRefuseANewestSegmentThatEndsInZeros() throws Exception {
        byte[] sound = killed.bytes(newest);
        for (int from = 0; from < sound.length - 1; from++) {
            byte[] zeroed = sound.clone();
            Arrays.fill(zeroed, from, zeroed.length, (byte) 0);
            killed.replace(newest, zeroed);
            assertTrue(!hasAllOrRefuses(killed, newest, "zeros from " + from), "zeros from " + from);
        }
    }

    @Test
    void shouldCutOffWhatIsBehindTheLastCommit() throws Exception {
        byte[] sound = killed.bytes(newest);
        for (int garbage : new int[] {1, 7, 48, 300}) {
            byte[] longer = Arrays.copyOf(sound, sound.length + garbage);
            for (int i = 0; i < garbage; i++) {
                longer[sound.length + i] = (byte) (i * 31 + garbage);
            }
            killed.replace(newest, longer);
            assertTrue(hasAllOrRefuses(killed, newest, garbage + " bytes of garbage"));
            assertEquals(sound.length, killed.bytes(newest).length);
        }
    }

    @Test
    void shouldCutOffACommitOfWhichPartsAreMissing() throws Exception {
        byte[] sound = killed.bytes(newest);
        try (EventLog log = open(killed, new Ledger())) {
            for (int i = 0; i < 5; i++) {
                log.append(Events.one("a.b", "\"never acknowledged\""), 0, 1_000);
            }
            log.commit();
        }
        byte[] longer = killed.bytes(newest);
        assertTrue(longer.length > sound.length);
        withMarkAt(sound.length);
        for (int hole = sound.length; hole < longer.length; hole++) {
            byte[] torn = longer.clone();
            torn[hole] ^= 0x55;
            killed.replace(newest, torn);
            assertTrue(hasAllOrRefuses(killed, newest, "a hole at " + hole));
            withMarkAt(sound.length);
        }
    }

    /** As if the newest flush that is remembered had been up to there. */
    private void withMarkAt(int offset) throws Exception {
        long number = SegmentName.parse(newest.getFileName().toString()).number();
        try (FlushMark mark = FlushMark.open(killed, LogModel.DIRECTORY)) {
            mark.write(number, offset);
        }
    }

    @Test
    void shouldKnowDamageByWhatWasWrittenLaterWhereTheMarkIsLost() throws Exception {
        byte[] sound = killed.bytes(newest);
        int lastCommit = lastCommit(sound);
        for (int at = SegmentHeader.BYTES; at < sound.length; at++) {
            killed.replace(LogModel.DIRECTORY.resolve(FlushMark.FILE), new byte[0]);
            byte[] flipped = sound.clone();
            flipped[at] ^= 0x10;
            killed.replace(newest, flipped);
            if (at < lastCommit) {
                assertTrue(!hasAllOrRefuses(killed, newest, "byte " + at), "byte " + at);
            } else {
                try (EventLog log = open(killed, new Ledger())) {
                    assertEquals(EVENTS - 1, log.head(), "nothing says that the last commit was ever complete");
                }
            }
        }
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int lastCommit(byte[] segment) {
        ByteBuffer bytes = littleEndian(segment);
        FrameScan scan = new FrameScan(
                bytes, SegmentHeader.BYTES, segment.length, FrameFormat.sequence(bytes, SegmentHeader.BYTES));
        while (scan.nextCommit()) {
            // on to the last
        }
        return scan.commitStart();
    }

    @Test
    void shouldRefuseAnOlderSegmentOfAnotherLength() throws Exception {
        byte[] sound = killed.bytes(sealed);
        for (int size : new int[] {0, 63, 64, 1_000, sound.length - 1, sound.length + 1}) {
            killed.replace(sealed, Arrays.copyOf(sound, size));
            assertTrue(!hasAllOrRefuses(killed, sealed, "length " + size), "length " + size);
        }
    }

    @Test
    void shouldFindAFlippedBitOfAnOlderSegmentWhenItIsRead() throws Exception {
        open(killed, new Ledger()).close();
        byte[] sound = killed.bytes(sealed);
        int records = FrameFormat.length(littleEndian(sound), SegmentHeader.BYTES) + SegmentHeader.BYTES;
        int lastRecord = FrameFormat.HEADER_BYTES + Long.BYTES;
        for (int at = records + 400; at < sound.length - lastRecord; at += 13) {
            byte[] flipped = sound.clone();
            flipped[at] ^= 0x04;
            killed.replace(sealed, flipped);
            assertTrue(!hasAllOrRefuses(killed, sealed, "byte " + at), "byte " + at);
            try (EventLog log = open(killed, new Ledger())) {
                LogCursor cursor = log.cursorAt(1);
                RecordVisitor all = event -> RecordVisitor.Next.GO_ON;
                long next = stuckAt(log, cursor, all);
                assertEquals(next, stuckAt(log, cursor, all), "the cursor stays before what is damaged");
                assertTrue(next > 1 && next < EVENTS);
            }
        }
    }

    private static long stuckAt(EventLog log, LogCursor cursor, RecordVisitor visitor) {
        assertThrows(
                LogDamagedException.class,
                () -> log.read(cursor, log.head(), NameSelector.ALL, EventLog.Trust.VERIFY, visitor));
        return cursor.next();
    }

    @Test
    void shouldRefuseAnOlderSegmentThatIsDamagedWhereItHasNoIndex() throws Exception {
        byte[] sound = killed.bytes(sealed);
        Path index = sealed.resolveSibling(sealed.getFileName().toString().replace(".log", ".idx"));
        for (int at = 64; at < sound.length; at += 29) {
            killed.delete(index);
            byte[] flipped = sound.clone();
            flipped[at] ^= 0x40;
            killed.replace(sealed, flipped);
            assertTrue(!hasAllOrRefuses(killed, sealed, "byte " + at), "byte " + at);
        }
    }

    @Test
    void shouldRefuseALogWithAMissingSegment() throws Exception {
        byte[] bytes = killed.bytes(sealed);
        killed.delete(sealed);
        LogDamagedException refusal = assertThrows(LogDamagedException.class, () -> open(killed, new Ledger()));
        assertTrue(refusal.getMessage().contains("a segment between them is missing"), refusal.getMessage());
        killed.replace(sealed, bytes);
        killed.delete(newest);
        refusal = assertThrows(LogDamagedException.class, () -> open(killed, new Ledger()));
        assertTrue(refusal.getMessage().contains("lacks its newest segment"), refusal.getMessage());
    }

    @Test
    void shouldRefuseTracesOfALogWithoutSegments() throws Exception {
        for (Path file : killed.files()) {
            if (SegmentName.isLog(file.getFileName().toString())) {
                killed.delete(file);
            }
        }
        LogDamagedException refusal = assertThrows(LogDamagedException.class, () -> open(killed, new Ledger()));
        assertTrue(refusal.getMessage().contains("traces of a log"), refusal.getMessage());
    }

    @Test
    void shouldRefuseADirectoryOfSomethingElse() {
        FaultyFiles other = new FaultyFiles();
        other.replace(LogModel.DIRECTORY.resolve("thesis.doc"), new byte[10]);
        LogDamagedException refusal = assertThrows(LogDamagedException.class, () -> open(other, new Ledger()));
        assertTrue(refusal.getMessage().contains("thesis.doc"), refusal.getMessage());
    }

    @Test
    void shouldRefuseASegmentOfAnotherLogAndOneOfAFormatToCome() throws Exception {
        byte[] sound = killed.bytes(newest);
        SegmentName name = SegmentName.parse(newest.getFileName().toString());
        byte[] foreign = sound.clone();
        System.arraycopy(new SegmentHeader(4711, name, 0).encode().array(), 0, foreign, 0, SegmentHeader.BYTES);
        killed.replace(newest, foreign);
        LogDamagedException refusal = assertThrows(LogDamagedException.class, () -> open(killed, new Ledger()));
        assertTrue(refusal.getMessage().contains("another log"), refusal.getMessage());

        byte[] later = sound.clone();
        ByteBuffer header = littleEndian(later);
        header.putInt(8, 2);
        CRC32C crc = new CRC32C();
        crc.update(later, 0, 60);
        header.putInt(60, (int) crc.getValue());
        killed.replace(newest, later);
        refusal = assertThrows(LogDamagedException.class, () -> open(killed, new Ledger()));
        assertTrue(refusal.getMessage().contains("format version 2"), refusal.getMessage());
    }
}
