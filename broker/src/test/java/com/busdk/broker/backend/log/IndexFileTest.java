package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Indexes beside segments: whatever becomes of them, what is read is the same. */
class IndexFileTest {
    private static final Limits SMALL = new Limits(6_000, 1_000, 0, 100);

    private final FaultyFiles files = new FaultyFiles();
    private List<Path> indexes = List.of();
    private List<Ledger.Key> keys = List.of();

    @BeforeEach
    void publish() throws Exception {
        try (EventLog log = open(LogState.NONE)) {
            for (int i = 1; i <= 90; i++) {
                var batch = Events.one("a.b" + i % 7, "\"" + "x".repeat(60) + "\"");
                if (i % 4 == 0) {
                    batch.idempotencyKey(i, i * 3L);
                }
                log.append(batch, 0, i);
                log.commit();
            }
        }
        Ledger ledger = new Ledger();
        open(ledger).close();
        keys = List.copyOf(ledger.keys());
        assertEquals(22, keys.size());
        indexes = files.files().stream()
                .filter(file -> file.toString().endsWith(".idx"))
                .toList();
        assertTrue(indexes.size() > 2);
    }

    private EventLog open(LogState state) throws Exception {
        return SegmentLog.open(
                LogModel.DIRECTORY,
                LogModel.options(),
                SMALL,
                state,
                files,
                InstantSource.fixed(java.time.Instant.EPOCH));
    }

    private void checkAll(String what) throws Exception {
        Ledger ledger = new Ledger();
        try (EventLog log = open(ledger)) {
            assertEquals(keys, ledger.keys(), what);
            assertEquals(90, Events.read(log, 1, NameSelector.ALL).size(), what);
            assertEquals(
                    13,
                    Events.read(log, 1, new NameSelector.Names(List.of("a.b3"))).size(),
                    what);
            assertEquals(
                    26,
                    Events.read(log, 1, new NameSelector.Matching(name -> name.matches("a.b[15]")))
                            .size(),
                    what);
            assertEquals(12, log.count("a.b0", 1, 91), what);
            assertEquals(7, log.names("", 10, name -> true).size(), what);
            assertEquals(46, log.cursorAtTime(46).next(), what);
        }
    }

    private void spoil(Path index, UnaryOperator<byte[]> how, String what) throws Exception {
        byte[] sound = files.bytes(index);
        files.replace(index, how.apply(sound.clone()));
        checkAll(what);
        files.replace(index, sound);
    }

    @Test
    void shouldReadTheSameWhateverByteOfAnIndexIsFlipped() throws Exception {
        Path index = indexes.get(1);
        for (int at = 0; at < files.bytes(index).length; at++) {
            int flipped = at;
            spoil(
                    index,
                    bytes -> {
                        bytes[flipped] ^= 0x21;
                        return bytes;
                    },
                    "byte " + at);
        }
    }

    @Test
    void shouldReadTheSameWhereAnIndexIsCutOrEmptyOrOfAnotherSegment() throws Exception {
        Path index = indexes.getFirst();
        for (int size : new int[] {0, 1, 127, 128, 200}) {
            spoil(index, bytes -> Arrays.copyOf(bytes, size), "cut at " + size);
        }
        byte[] other = files.bytes(indexes.get(1));
        spoil(index, bytes -> other.clone(), "that of another segment");
    }

    @Test
    void shouldMakeAMissingIndexAnew() throws Exception {
        byte[] before = files.bytes(indexes.getFirst());
        files.delete(indexes.getFirst());
        checkAll("without an index");
        assertEquals(Arrays.toString(before), Arrays.toString(files.bytes(indexes.getFirst())));
    }

    @Test
    void shouldRemoveWhatACrashLeft() throws Exception {
        Path unfinished = LogModel.DIRECTORY.resolve(indexes.getFirst().getFileName() + ".tmp");
        Path orphan = LogModel.DIRECTORY.resolve(new SegmentName(77, 5_000).indexFile());
        files.replace(unfinished, new byte[3]);
        files.replace(orphan, new byte[3]);
        checkAll("with files that a crash left");
        assertTrue(!files.files().contains(unfinished) && !files.files().contains(orphan));
    }
}
