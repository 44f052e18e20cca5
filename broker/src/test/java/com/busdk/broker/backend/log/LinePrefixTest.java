package com.busdk.broker.backend.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class LinePrefixTest {
    private static final long EPOCH = 0x6b02_583a_5211L;

    private static void check(LinePrefix prefix, long sequence, long timeMicros) {
        int length = prefix.prepare(sequence, timeMicros);
        String plain = Events.line(EPOCH, sequence, timeMicros, "", "");
        assertEquals(
                plain.substring(0, plain.indexOf("\"name\"")),
                new String(prefix.bytes(), 0, length, StandardCharsets.US_ASCII));
    }

    @Property(tries = 500)
    void shouldWriteWhatTheStandardLibraryWouldWrite(
            @ForAll @LongRange(min = 1, max = (1L << 56) - 100) long sequence,
            @ForAll @LongRange(min = 0, max = 253_402_300_000_000_000L) long time,
            @ForAll @Size(max = 30) List<@IntRange(max = 5) Integer> steps) {
        LinePrefix prefix = new LinePrefix(EPOCH);
        long at = sequence;
        long now = time;
        for (int step : steps) {
            check(prefix, at, now);
            at = step == 5 ? sequence : at + 1;
            now += step * 333_333L;
        }
    }

    @Example
    void shouldCountThroughAllCarries() {
        LinePrefix prefix = new LinePrefix(EPOCH);
        for (long sequence = 1; sequence < 70_000; sequence++) {
            check(prefix, sequence, 1_795_312_012_999_990L + sequence % 7);
        }
    }

    @Example
    void shouldRefuseTimesThatTheFormatCannotSay() {
        LinePrefix prefix = new LinePrefix(EPOCH);
        assertThrows(IllegalArgumentException.class, () -> prefix.prepare(1, -1));
        assertThrows(IllegalArgumentException.class, () -> prefix.prepare(1, 253_402_300_800_000_000L));
        check(prefix, 1, 253_402_300_799_999_999L);
    }
}
