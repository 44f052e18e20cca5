package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.worker.Payload;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class EventRoomPropertiesTest {
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of("a", "\n", "\u0001", "\"", "\\", "ü", "€", "😀", "\u007f", "\ufffd")
                .list()
                .ofMaxSize(8)
                .map(parts -> String.join("", parts).repeat(1500));
    }

    @Property(tries = 200)
    void shouldNeverBeLargerThanAnEventMayBe(@ForAll("texts") String out, @ForAll("texts") String err) {
        ScriptResult fitted = EventRoom.fit(EventRoomTest.result(out, err), EventRoomTest.LIMIT);
        int bytes = Payload.of(fitted).getBytes(StandardCharsets.UTF_8).length;
        assertTrue(bytes <= EventRoomTest.LIMIT - EventRoom.RESERVED_BYTES + 200, bytes + " bytes");
        assertTrue(out.startsWith(fitted.stdout()) && err.startsWith(fitted.stderr()));
        assertEquals(out.length() > fitted.stdout().length(), fitted.stdoutTruncated() != null);
        assertEquals(err.length() > fitted.stderr().length(), fitted.stderrTruncated() != null);
        // What goes through UTF-8 comes back: no half of a character is left at the cut.
        assertEquals(
                fitted.stdout(), new String(fitted.stdout().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }

    @Property(tries = 200)
    void shouldCountAsJsonDoes(@ForAll("texts") String text) {
        int written = Payload.of(text).getBytes(StandardCharsets.UTF_8).length - 2;
        assertEquals(written, EventRoom.jsonBytes(text));
    }
}
