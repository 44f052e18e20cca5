package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept for those who have been shown a part of an event, and no more than that. */
class KeptSegmentsTest {
    private static final String LARGE = "\"" + "x".repeat(700 << 10) + "\"";

    @TempDir
    Path directory;

    /** Retains one event, and the segment that is written. */
    private EventLog open() throws Exception {
        return SegmentLog.open(
                directory,
                new LogOptions(
                        new FlushPolicy.Never(),
                        LogOptions.MIN_SEGMENT_BYTES,
                        Duration.ZERO,
                        0,
                        1,
                        Duration.ofMinutes(1)),
                new Ledger());
    }

    /** An event that has a segment to itself. */
    private static long publish(EventLog log) throws Exception {
        long sequence = Events.publish(log, "a", LARGE, 0);
        log.tick(0);
        return sequence;
    }

    private static LogCursor within(EventLog log, long sequence) throws Exception {
        LogCursor cursor = log.cursorAt(sequence);
        log.read(cursor, sequence + 1, NameSelector.ALL, EventLog.Trust.HOT, _ -> RecordVisitor.Next.STOP_WITHIN);
        assertEquals(sequence, cursor.next());
        return cursor;
    }

    /** What is shown of that event alone. */
    private static List<Long> rest(EventLog log, LogCursor cursor) throws Exception {
        List<Long> shown = new ArrayList<>();
        log.read(cursor, cursor.next() + 1, NameSelector.ALL, EventLog.Trust.HOT, event -> {
            shown.add(event.sequence());
            return RecordVisitor.Next.STOP_BEHIND;
        });
        return shown;
    }

    @Test
    void shouldKeepSomeThatWereDroppedAndNoMore() throws Exception {
        try (EventLog log = open()) {
            List<LogCursor> cursors = new ArrayList<>();
            for (int i = 0; i < SegmentList.MAX_KEPT + 3; i++) {
                cursors.add(within(log, publish(log)));
            }
            long last = cursors.getLast().next();
            publish(log);
            publish(log);
            publish(log); // waits until the index of the last but one is written, which keeps it as well
            assertTrue(log.firstSequence() > last, "all of them are dropped");
            for (LogCursor cursor : cursors) {
                long sequence = cursor.next();
                boolean kept = cursors.indexOf(cursor) < SegmentList.MAX_KEPT;
                assertEquals(kept ? List.of(sequence) : List.of(), rest(log, cursor), "event " + sequence);
                assertEquals(!kept, cursor.truncated());
            }
            // Who has been shown all of it keeps nothing: there is room for others.
            LogCursor next = within(log, publish(log));
            publish(log);
            publish(log);
            assertEquals(List.of(next.next()), rest(log, next));
        }
    }

    @Test
    void shouldKeepAnyThatIsDroppedWithOthersAtOnce() throws Exception {
        try (EventLog log = open()) {
            for (int i = 0; i < 8; i++) {
                Events.publish(log, "a", LARGE, 0);
            }
            List<LogCursor> cursors = new ArrayList<>();
            for (int i = 1; i <= 6; i++) {
                cursors.add(within(log, i));
            }
            cursors.removeFirst().release();
            cursors.removeFirst().release();
            log.tick(0);
            assertTrue(log.firstSequence() > 6, "all of them are dropped");
            for (LogCursor cursor : cursors) {
                assertEquals(List.of(cursor.next()), rest(log, cursor));
            }
        }
    }

    @Test
    void shouldKeepOneForManyUntilTheLastOfThemLetsGo() throws Exception {
        try (EventLog log = open()) {
            long sequence = publish(log);
            List<LogCursor> cursors = new ArrayList<>();
            for (int i = 0; i < SegmentList.MAX_KEPT; i++) {
                cursors.add(i % 2 == 0 ? within(log, sequence) : log.cursorWithin(sequence));
            }
            LogCursor other = within(log, publish(log));
            publish(log);
            publish(log);
            cursors.removeLast().release();
            LogCursor released = cursors.removeLast();
            released.release();
            released.release();
            assertEquals(List.of(sequence), rest(log, cursors.removeLast()));
            cursors.getFirst().release();
            assertEquals(List.of(), rest(log, cursors.getFirst()), "nobody keeps it any more");
            assertEquals(List.of(other.next()), rest(log, other));
        }
    }

    @Test
    void shouldStandAtTheOldestWhereTheEventIsGoneAlready() throws Exception {
        try (EventLog log = open()) {
            long sequence = publish(log);
            publish(log);
            publish(log);
            LogCursor cursor = log.cursorWithin(sequence);
            assertTrue(cursor.next() > sequence);
            assertTrue(cursor.truncated());
        }
    }
}
