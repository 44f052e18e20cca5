package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineTurnsTest {
    private static final int BATCH = 100_000;

    private final LineTurns turns = new LineTurns();
    private final List<String> called = new ArrayList<>();

    /** Takes off until there is no room, and answers how many had it. */
    private int fill() {
        int flown = 0;
        while (turns.takeOff(() -> {}, BATCH)) {
            flown++;
        }
        return flown;
    }

    @Test
    void shouldBoundWhatIsOnItsWayWhateverTheNumberOfStreams() {
        int flown = fill();
        assertTrue(flown > 0 && (long) flown * BATCH <= (16 << 20) + BATCH, () -> flown + " batches");
    }

    @Test
    void shouldCallTheOneThatHasWaitedLongest() {
        fill();
        for (String name : List.of("second", "third")) {
            LineTurns.Stream[] self = new LineTurns.Stream[1];
            self[0] = () -> {
                called.add(name);
                assertTrue(turns.takeOff(self[0], BATCH));
            };
            assertFalse(turns.takeOff(self[0], BATCH));
        }
        turns.landed(BATCH); // the stream that fill() has left waiting makes no use of its turn
        assertEquals(List.of("second"), called);
        turns.landed(BATCH);
        assertEquals(List.of("second", "third"), called);
    }

    @Test
    void shouldNotCallAStreamThatHasEnded() {
        fill();
        LineTurns.Stream gone = () -> called.add("gone");
        turns.begun();
        assertFalse(turns.takeOff(gone, BATCH));
        turns.ended(gone);
        for (int i = 0; i < 10; i++) {
            turns.landed(BATCH);
        }
        assertEquals(List.of(), called);
    }

    @Test
    void shouldGoOnWhenEveryoneWhoIsCalledFailsAtOnce() {
        fill();
        int waiting = 100_000; // deep enough to end in a stack overflow, were each called by the one before
        for (int i = 0; i < waiting; i++) {
            turns.takeOff(
                    () -> {
                        called.add("");
                        turns.takeOff(() -> {}, BATCH);
                        turns.landed(BATCH);
                    },
                    BATCH);
        }
        turns.landed(BATCH);
        turns.landed(BATCH);
        assertEquals(waiting, called.size());
    }

    @Test
    void shouldLetEachStreamGatherLessTheMoreThereAre() {
        turns.begun();
        int alone = turns.fullBatch();
        for (int i = 0; i < 999; i++) {
            turns.begun();
        }
        assertTrue(turns.fullBatch() < alone / 4);
        for (int i = 0; i < 99_000; i++) {
            turns.begun();
        }
        assertTrue(turns.fullBatch() >= 1 << 10);
    }
}
