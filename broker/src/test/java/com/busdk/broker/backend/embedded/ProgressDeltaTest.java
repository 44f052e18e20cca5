package com.busdk.broker.backend.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.envelope.EventBatch;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.agrona.collections.LongArrayList;

/** What is too much for one record: as several it comes to the same, and a crash between two of them loses nothing. */
class ProgressDeltaTest {
    private static final GroupKey KEY = new GroupKey("workers", null, "example.job");
    private static final int ID = 7;
    private static final int MAX_BYTES = 1_000;
    private static final long FRONTIER = 300;

    @Property(tries = 500)
    void shouldComeToTheSameInParts(@ForAll long seed) {
        Random random = new Random(seed);
        GroupProgress before = before(random);
        ProgressDelta delta = delta(before, random);
        GroupProgress whole = before.copy();
        whole.apply(delta);

        GroupProgress folded = before.copy();
        Map<DeadMark, EventBatch> told = new HashMap<>();
        for (ProgressDelta part : delta.parts(MAX_BYTES)) {
            folded.apply(written(part));
            assertNothingIsLost(before, delta, folded);
            assertEquals(part.dead.size(), part.told.size());
            for (int i = 0; i < part.dead.size(); i++) {
                told.put(part.dead.get(i), part.told.get(i));
            }
        }
        assertEquals(whole.frontier, folded.frontier);
        assertEquals(whole.seenMicros, folded.seenMicros);
        assertEquals(open(whole), open(folded));
        assertEquals(whole.dead, folded.dead);
        for (int i = 0; i < delta.dead.size(); i++) {
            assertSame(delta.told.get(i), told.get(delta.dead.get(i)), "its own event");
        }
    }

    /** Below the frontier all that is not done is open or dead, and behind it nothing is: there the group reads on. */
    private static void assertNothingIsLost(GroupProgress before, ProgressDelta delta, GroupProgress folded) {
        List.of(delta.handedOut, delta.held)
                .forEach(list -> list.forEachLong(sequence -> {
                    boolean known = folded.open.containsKey(sequence) || folded.dead.containsKey(sequence);
                    if (sequence < folded.frontier) {
                        assertTrue(known || delta.done.containsLong(sequence), () -> sequence + " is lost");
                    } else {
                        assertFalse(known, () -> sequence + " is delivered twice");
                    }
                }));
        before.open.forEachLong((sequence, _) -> assertTrue(
                folded.open.containsKey(sequence)
                        || folded.dead.containsKey(sequence)
                        || delta.done.containsLong(sequence),
                () -> sequence + " is lost"));
        before.dead
                .keySet()
                .forEach(sequence -> assertTrue(
                        folded.dead.containsKey(sequence)
                                || folded.open.containsKey(sequence.longValue())
                                || delta.purged.containsLong(sequence),
                        () -> sequence + " is lost"));
    }

    private static GroupProgress before(Random random) {
        GroupProgress before = new GroupProgress(ID, KEY, 0, 1);
        before.frontier = FRONTIER;
        for (long sequence = 0; sequence < FRONTIER; sequence++) {
            switch (random.nextInt(4)) {
                case 0 -> before.open.put(sequence, random.nextInt(3));
                case 1 -> before.dead.put(sequence, mark(sequence, random));
                default -> {}
            }
        }
        return before;
    }

    /** What a group may note in the place of one record: what is done or dead was open or is handed out in the same. */
    private static ProgressDelta delta(GroupProgress before, Random random) {
        ProgressDelta delta = new ProgressDelta(FRONTIER + random.nextInt(300));
        delta.seenMicros = random.nextInt(3);
        for (long sequence = FRONTIER; sequence < delta.frontier; sequence++) {
            switch (random.nextInt(4)) {
                case 0 -> delta.held.addLong(sequence);
                case 1, 2 -> {
                    delta.handedOut.addLong(sequence);
                    end(delta, sequence, random);
                }
                default -> {}
            }
        }
        before.open.forEachLong((sequence, _) -> end(delta, sequence, random));
        before.dead.keySet().forEach(sequence -> {
            switch (random.nextInt(3)) {
                case 0 -> delta.redriven.addLong(sequence);
                case 1 -> delta.purged.addLong(sequence);
                default -> {}
            }
        });
        return delta;
    }

    private static void end(ProgressDelta delta, long sequence, Random random) {
        if (random.nextBoolean()) {
            delta.again.addLong(sequence);
        }
        switch (random.nextInt(4)) {
            case 0, 1 -> delta.done.addLong(sequence);
            case 2 -> {
                delta.dead.add(mark(sequence, random));
                delta.told.add(HubFixture.batch(DeadLetters.NAME, null, null, (int) sequence));
            }
            default -> {}
        }
    }

    private static DeadMark mark(long sequence, Random random) {
        return new DeadMark(
                sequence, 5, "€".repeat(random.nextInt(DeadLetters.MAX_REASON_CHARS + 1)), random.nextLong(1L << 60));
    }

    /** As whoever reads the log finds it. */
    private static ProgressDelta written(ProgressDelta part) {
        Bytes body = part.encode(ID);
        assertTrue(body.size() <= MAX_BYTES, () -> body.size() + " bytes");
        Bytes.Reader from = new Bytes.Reader(ByteBuffer.wrap(body.array(), 0, body.size()));
        assertEquals(ID, from.smallNumber());
        return ProgressDelta.decode(from);
    }

    @Example
    void shouldBeOneRecordWhereThatIsEnough() {
        ProgressDelta delta = new ProgressDelta(10);
        delta.handedOut.addLong(9);
        assertEquals(List.of(delta), delta.parts(MAX_BYTES));
    }

    @Example
    void shouldReckonWithTheLongestNumbers() {
        ProgressDelta delta = new ProgressDelta(Long.MAX_VALUE);
        for (int i = 0; i < 1_000; i++) {
            delta.again.addLong(i % 2 == 0 ? 0 : Long.MAX_VALUE);
        }
        LongArrayList found = new LongArrayList();
        delta.parts(MAX_BYTES).forEach(part -> found.addAll(written(part).again));
        assertEquals(delta.again, found);
    }

    private static Map<Long, Long> open(GroupProgress group) {
        Map<Long, Long> open = new TreeMap<>();
        group.open.forEachLong(open::put);
        return open;
    }
}
