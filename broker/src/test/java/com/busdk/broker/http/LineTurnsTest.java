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

    /** Records what it is told. */
    private static class Recorded implements LineTurns.Stream {
        boolean held;

        @Override
        public void turn() {}

        @Override
        public void hold() {
            held = true;
        }

        @Override
        public void release() {
            held = false;
        }
    }

    /** A stream that does something with its turn. */
    private LineTurns.Stream stream(Runnable turn) {
        return new Recorded() {
            @Override
            public void turn() {
                turn.run();
            }
        };
    }

    /** Takes off until there is no room, and answers how many had it. */
    private int fill() {
        int flown = 0;
        while (turns.takeOff(new Recorded(), BATCH)) {
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
            self[0] = stream(() -> {
                called.add(name);
                assertTrue(turns.takeOff(self[0], BATCH));
            });
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
        LineTurns.Stream gone = stream(() -> called.add("gone"));
        turns.begun(gone);
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
                    stream(() -> {
                        called.add("");
                        turns.takeOff(new Recorded(), BATCH);
                        turns.landed(BATCH);
                    }),
                    BATCH);
        }
        turns.landed(BATCH);
        turns.landed(BATCH);
        assertEquals(waiting, called.size());
    }

    @Test
    void shouldLetEachStreamGatherLessTheMoreThereAre() {
        turns.begun(new Recorded());
        int alone = turns.fullBatch();
        for (int i = 0; i < 999; i++) {
            turns.begun(new Recorded());
        }
        assertTrue(turns.fullBatch() < alone / 4);
        for (int i = 0; i < 99_000; i++) {
            turns.begun(new Recorded());
        }
        assertTrue(turns.fullBatch() >= 1 << 10);
    }

    @Test
    void shouldReadNobodyWhileThereIsNoRoomAndThenThoseThatHaveWaitedLongest() {
        List<Recorded> streams = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            streams.add(new Recorded());
            turns.begun(streams.get(i));
        }
        long gathered = 0;
        while (!streams.get(0).held) {
            turns.gathered(BATCH);
            gathered += BATCH;
        }
        assertTrue(gathered <= (64 << 20) + BATCH, gathered + " bytes");
        assertTrue(streams.stream().allMatch(stream -> stream.held));
        Recorded late = new Recorded();
        turns.begun(late);
        assertTrue(late.held);

        turns.gathered(-gathered);
        turns.landed(0);
        assertFalse(streams.get(0).held);
        int first = 0;
        while (!streams.get(first).held) {
            first++;
        }
        assertTrue((long) first * HttpVerticle.MAX_CHUNK_BYTES <= 64 << 20, first + " streams are read at once");

        turns.ended(streams.get(first));
        assertFalse(streams.get(first + 1).held, "room that one leaves is the next one's");
    }
}
