package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class EventRoomTest {
    static final int LIMIT = EventRoom.MIN_EVENT_BYTES;

    static ScriptResult result(String out, String err) {
        return new ScriptResult(new ScriptResult.Place("h", "u"), 0, null, out, err, null, null, 1);
    }

    @Test
    void shouldLeaveAloneWhatFits() {
        ScriptResult small = result("out", "err");
        assertSame(small, EventRoom.fit(small, LIMIT));
    }

    @Test
    void shouldNotLetOutputPushErrorsOut() {
        ScriptResult fitted = EventRoom.fit(result("x".repeat(100_000), "why"), LIMIT);
        assertEquals("why", fitted.stderr());
        assertNull(fitted.stderrTruncated());
        assertEquals(LIMIT - EventRoom.RESERVED_BYTES - 3, fitted.stdout().length());
    }
}
