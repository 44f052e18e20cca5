package com.busdk.client.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
    private enum Mode {
        ALWAYS,
        NOT_EVER
    }

    private static Settings settings(Map<String, String> flags, Map<String, String> environment) {
        return new Settings("BUS_EVENTS_", flags, environment);
    }

    @Test
    void shouldTakeTheFlagThenTheVariableThenTheDefault() {
        Map<String, String> variable = Map.of("BUS_EVENTS_MAX_EVENT_BYTES", "2KiB");
        assertEquals(
                4096, settings(Map.of("max-event-bytes", "4KiB"), variable).size("max-event-bytes", 1, 1, 1 << 20));
        assertEquals(2048, settings(Map.of(), variable).size("max-event-bytes", 1, 1, 1 << 20));
        assertEquals(1, settings(Map.of(), Map.of()).size("max-event-bytes", 1, 1, 1 << 20));
    }

    @Test
    void shouldTakeAnEmptyVariableAsNotSet() {
        assertEquals("x", settings(Map.of(), Map.of("BUS_EVENTS_ADDR", " ")).text("addr", "x"));
    }

    @Test
    void shouldTakeOtherVariablesWhereAnAliasSaysSo() {
        Settings settings =
                settings(Map.of(), Map.of("SECOND", "2", "BUS_EVENTS_N", "3")).alias("n", "FIRST", "SECOND");
        assertEquals(2, settings.integer("n", 1, 0, 9));
    }

    @Test
    void shouldNameFlagAndVariableInAnError() {
        Settings settings = settings(Map.of("drain", "soon"), Map.of());
        ConfigException e =
                assertThrows(ConfigException.class, () -> settings.duration("drain", Duration.ofSeconds(10)));
        assertTrue(String.valueOf(e.getMessage()).startsWith("--drain (BUS_EVENTS_DRAIN): \"soon\""), e.getMessage());
    }

    @Test
    void shouldReadDurations() {
        assertEquals(
                Duration.ofMinutes(2), settings(Map.of("drain", "2m"), Map.of()).duration("drain", Duration.ZERO));
        assertThrows(
                ConfigException.class,
                () -> settings(Map.of("drain", "2"), Map.of()).duration("drain", Duration.ZERO));
        assertEquals(
                Duration.ofSeconds(2),
                settings(Map.of("drain", "2"), Map.of()).durationOrSeconds("drain", Duration.ZERO));
        assertThrows(
                ConfigException.class,
                () -> settings(Map.of("drain", "-2s"), Map.of()).duration("drain", Duration.ZERO));
    }

    @Test
    void shouldRefuseNumbersOutOfRange() {
        assertThrows(
                ConfigException.class,
                () -> settings(Map.of("n", "10"), Map.of()).integer("n", 1, 0, 9));
        assertThrows(
                ConfigException.class,
                () -> settings(Map.of("n", "ten"), Map.of()).integer("n", 1, 0, 9));
        assertThrows(
                ConfigException.class,
                () -> settings(Map.of("n", "1GiB"), Map.of()).size("n", 1, 0, 9));
    }

    @Test
    void shouldReadSwitches() {
        for (String on : List.of("1", "true", "YES", "on", "")) {
            assertTrue(settings(Map.of("s", on), Map.of()).bool("s", false));
        }
        for (String off : List.of("0", "False", "no", "off")) {
            assertEquals(false, settings(Map.of("s", off), Map.of()).bool("s", true));
        }
        assertThrows(
                ConfigException.class,
                () -> settings(Map.of("s", "perhaps"), Map.of()).bool("s", true));
        assertTrue(settings(Map.of("s", "perhaps"), Map.of()).lenientBool("s", true));
    }

    @Test
    void shouldReadOneOfAFewWordsAndListThemWhenItIsNone() {
        assertEquals(Mode.NOT_EVER, settings(Map.of("m", "not-ever"), Map.of()).oneOf("m", Mode.class, Mode.ALWAYS));
        ConfigException e = assertThrows(
                ConfigException.class,
                () -> settings(Map.of("m", "x"), Map.of()).oneOf("m", Mode.class, Mode.ALWAYS));
        assertTrue(String.valueOf(e.getMessage()).endsWith("write always or not-ever"), e.getMessage());
    }

    @Test
    void shouldReadLists() {
        assertEquals(
                List.of("a", "b", "c"),
                settings(Map.of("l", "a, b c,"), Map.of()).list("l", List.of()));
    }

    @Test
    void shouldSayWhatAMissingOptionIsNeededFor() {
        ConfigException e = assertThrows(
                ConfigException.class, () -> settings(Map.of(), Map.of()).required("ssh-keys", "to create a runner"));
        assertEquals("--ssh-keys (BUS_EVENTS_SSH_KEYS): is not set, and is needed to create a runner", e.getMessage());
    }
}
