package com.busdk.workers.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.events.RetryPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerSettingsTest {
    @TempDir
    Path directory;

    private static WorkerSettings read(Map<String, String> flags, Map<String, String> environment) {
        return WorkerSettings.read("vm", flags, environment, ignored -> {});
    }

    @Test
    void shouldHaveTheDefaultsOfTheContract() {
        WorkerSettings settings = read(Map.of(), Map.of());

        assertEquals("http://127.0.0.1:8081/api/v1/events", settings.events().toString());
        assertEquals("vm", settings.group());
        assertEquals(Optional.empty(), settings.consumer());
        assertEquals(1, settings.instances());
        assertFalse(settings.once());
        assertEquals(Duration.ofSeconds(30), settings.drain());
        assertEquals(new RetryPolicy(true, Duration.ofSeconds(1), Duration.ofSeconds(30), true), settings.retry());
        assertEquals(Optional.empty(), settings.healthAddr());
    }

    @Test
    void shouldReadFlagsBeforeVariables() {
        WorkerSettings settings = read(
                Map.of("events-url", "http://127.0.0.2:1", "group", "g", "once", "", "drain", "5", "instances", "3"),
                Map.of(
                        "BUS_EVENTS_API_URL", "http://127.0.0.3:1",
                        "BUS_WORKER_GROUP", "other",
                        "BUS_WORKER_HEALTH_ADDR", "[::1]:0",
                        "BUS_EVENTS_LISTENER_RETRY", "0",
                        "BUS_EVENTS_LISTENER_RETRY_MIN", "2s",
                        "BUS_EVENTS_LISTENER_RETRY_MAX", "7"));

        assertEquals("http://127.0.0.2:1/api/v1/events", settings.events().toString());
        assertEquals("g", settings.group());
        assertTrue(settings.once());
        assertEquals(Duration.ofSeconds(5), settings.drain());
        assertEquals(3, settings.instances());
        assertEquals(Optional.of(new HostPort("::1", 0)), settings.healthAddr());
        assertEquals(new RetryPolicy(false, Duration.ofSeconds(2), Duration.ofSeconds(7), false), settings.retry());
    }

    @Test
    void shouldTakeTheTokenFileBeforeTheVariableAndReadItEachTime() throws Exception {
        Path file = directory.resolve("token");
        Files.writeString(file, "one\n");
        var environment = Map.of("BUS_API_TOKEN", "variable", "BUS_CONFIG_DIR", directory.toString());
        WorkerSettings settings = read(Map.of("token-file", file.toString()), environment);

        assertEquals("one", settings.token().token());
        Files.writeString(file, "two\n");
        assertEquals("two", settings.token().token());
        assertEquals("variable", read(Map.of(), environment).token().token());
        assertFalse(settings.toString().contains("two"));
    }

    @ParameterizedTest
    @CsvSource({
        "instances, 0",
        "instances, many",
        "drain, soon",
        "health-addr, 9090",
        "health-addr, host:99999",
        "listener-retry-min, 0s",
        "once, perhaps"
    })
    void shouldNameTheFlagThatIsWrong(String flag, String value) {
        ConfigException e = assertThrows(ConfigException.class, () -> read(Map.of(flag, value), Map.of()));

        assertTrue(e.getMessage().contains("--" + flag), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "host", "host:", ":1", "host:-1", "host:65536", "host:x"})
    void shouldRefuseWhatIsNoAddress(String text) {
        assertThrows(IllegalArgumentException.class, () -> HostPort.parse(text));
    }
}
