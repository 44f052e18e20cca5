package com.busdk.client.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "15s, 15000000000",
        "250ms, 250000000",
        "1h30m, 5400000000000",
        "1.5h, 5400000000000",
        ".5s, 500000000",
        "5.s, 5000000000",
        "1h1m1s1ms1us1ns, 3661001001001",
        "10µs, 10000",
        "10μs, 10000",
        "7d, 604800000000000",
        "-3m, -180000000000",
        "+3m, 180000000000",
        "0.9ns, 0"
    })
    void shouldReadGoSyntax(String text, long nanos) {
        assertEquals(Duration.ofNanos(nanos), GoDuration.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "-", "5", "1x", "s", "1h30", "1 h", ".s", "1e3s", "1h-3m", "300y", "999999999h", "1S"})
    void shouldRefuseWhatIsNoDuration(String text) {
        assertThrows(IllegalArgumentException.class, () -> GoDuration.parse(text));
    }

    @Test
    void shouldRefuseVeryLongTexts() {
        assertThrows(IllegalArgumentException.class, () -> GoDuration.parse("1".repeat(1_000_000) + "s"));
    }

    @Test
    void shouldReadABareIntegerAsSecondsWhereThatIsAsked() {
        assertEquals(Duration.ofSeconds(30), GoDuration.parseSecondsOrGo("30"));
        assertEquals(Duration.ofMinutes(90), GoDuration.parseSecondsOrGo("1h30m"));
        assertThrows(IllegalArgumentException.class, () -> GoDuration.parseSecondsOrGo("-5"));
    }

    @ParameterizedTest
    @CsvSource({"168h, 168h", "90m, 1h30m", "1500ms, 1.5s", "0, 0s", "1us, 1us", "2500us, 2.5ms", "1h0.5s, 1h0.5s"})
    void shouldWriteShortTexts(String text, String formatted) {
        assertEquals(formatted, GoDuration.format(GoDuration.parse(text)));
    }

    @Property
    void shouldReadBackWhatItWrites(@ForAll @LongRange(min = -Long.MAX_VALUE) long nanos) {
        Duration duration = Duration.ofNanos(nanos);
        assertEquals(duration, GoDuration.parse(GoDuration.format(duration)));
    }
}
