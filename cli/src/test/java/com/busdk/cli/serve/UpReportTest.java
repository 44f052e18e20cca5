package com.busdk.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Common;
import com.busdk.cli.command.Environment;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where the local stack listens, and what a shell has to be told so that commands find it. */
class UpReportTest {
    private static List<String> exports(String gateway, String events, Map<String, String> variables) {
        var environment = new Environment(
                "bus",
                variables,
                Path.of("/"),
                InputStream.nullInputStream(),
                new Output(new ByteArrayOutputStream()),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                Terminals.NONE);
        var common = new Common(0, false, null, null, null, Common.Color.NEVER, null, null, null);
        var token = new LocalToken(Path.of("/token"), true, Instant.EPOCH);
        var report =
                new UpReport(gateway, events, "static", "pretended", Path.of("/data"), token, token, Optional.empty());
        return report.exports(new Invocation(environment, common));
    }

    @Test
    void shouldSayNothingWhereCommandsLookThereAnyway() {
        String gateway = "http://127.0.0.1:8080";
        String events = "http://127.0.0.1:8081";
        assertEquals(List.of(), exports(gateway, events, Map.of()));
        assertEquals(
                List.of(),
                exports(
                        gateway,
                        events,
                        Map.of(
                                "BUS_EVENTS_API_URL",
                                events + "/api/v1/events/",
                                "BUS_AI_API_URL",
                                gateway + "/api/v1")));
        assertEquals(List.of(), exports("http://127.0.0.1:9000", events, Map.of("LOCAL_AI_PLATFORM_PORT", "9000")));
    }

    @Test
    void shouldSayWhereItIsWhereCommandsLookElsewhere() {
        assertEquals(
                List.of(
                        "export BUS_EVENTS_API_URL=http://127.0.0.1:9001",
                        "export BUS_AI_API_URL=http://127.0.0.1:9000",
                        "export BUS_AUTH_API_URL=http://127.0.0.1:9000"),
                exports("http://127.0.0.1:9000", "http://127.0.0.1:9001", Map.of()));
        assertEquals(
                List.of("export BUS_AI_API_URL=http://127.0.0.1:8080", "export BUS_AUTH_API_URL=http://127.0.0.1:8080"),
                exports("http://127.0.0.1:8080", "http://127.0.0.1:8081", Map.of("LOCAL_AI_PLATFORM_PORT", "9000")),
                "given with --port");
    }

    @Test
    void shouldTakeBackWhatPointsElsewhere() {
        assertEquals(
                List.of("unset BUS_EVENTS_API_URL", "unset BUS_API_BASE_URL", "unset BUS_AUTH_API_URL"),
                exports(
                        "http://127.0.0.1:8080",
                        "http://127.0.0.1:8081",
                        Map.of(
                                "BUS_EVENTS_API_URL",
                                "https://bus.example.com",
                                "BUS_API_BASE_URL",
                                "https://bus.example.com",
                                "BUS_AUTH_API_URL",
                                "nonsense")));
    }

    @Test
    void shouldTakeThePortThatCommandsLookAt() {
        assertEquals(8080, new UpCommand().gatewayPort(Map.of()));
        assertEquals(9000, new UpCommand().gatewayPort(Map.of("LOCAL_AI_PLATFORM_PORT", "9000")));
        var wrong = assertThrows(
                CliException.class, () -> new UpCommand().gatewayPort(Map.of("LOCAL_AI_PLATFORM_PORT", "70000")));
        assertEquals(ExitCode.USAGE, wrong.exitCode());
        assertTrue(wrong.text().contains("LOCAL_AI_PLATFORM_PORT"), wrong.text());
    }
}
