package com.busdk.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the local stack listens, and what a shell has to be told so that commands find it. */
class UpReportTest {
    private static Environment environment(Map<String, String> variables, ByteArrayOutputStream out) {
        return new Environment(
                "bus",
                variables,
                Path.of("/"),
                InputStream.nullInputStream(),
                new Output(out),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                Terminals.NONE);
    }

    private static Invocation invocation(Map<String, String> variables, ByteArrayOutputStream out) {
        var common = new Common(0, false, null, null, null, Common.Color.NEVER, null, "--api-url", null, null);
        return new Invocation(environment(variables, out), common);
    }

    private static UpReport report(String launcher, String gateway, String events) {
        var token = new LocalToken(Path.of("/token"), true, Instant.EPOCH);
        return new UpReport(
                launcher,
                gateway,
                events,
                "static",
                "pretended",
                Path.of("/data"),
                token,
                token,
                Optional.of(Path.of("/data/key")));
    }

    private static List<String> exports(String gateway, String events, Map<String, String> variables) {
        return report("bus", gateway, events).exports(invocation(variables, new ByteArrayOutputStream()));
    }

    private static String launcher(String called, Path... path) {
        String folders = List.of(path).stream().map(Path::toString).collect(Collectors.joining(":"));
        return Launcher.words(called, environment(Map.of("PATH", folders), new ByteArrayOutputStream()));
    }

    /** In a clone there is no {@code bus} to be found. */
    @Test
    void shouldPrintCommandsThatCanBeRunFromThere() {
        var out = new ByteArrayOutputStream();
        report("scripts/bus", "http://127.0.0.1:8080", "http://127.0.0.1:8081").print(invocation(Map.of(), out));
        List<String> commands = out.toString(StandardCharsets.UTF_8)
                .lines()
                .dropWhile(line -> !line.startsWith("Try it"))
                .skip(1)
                .takeWhile(line -> !line.isEmpty())
                .toList();
        assertEquals(7, commands.size());
        commands.forEach(line -> assertTrue(line.matches("  scripts/bus .*[^/]"), line));
        commands.forEach(line -> assertFalse(line.contains("&& bus "), line));
    }

    @Test
    void shouldNameTheLauncherAsItWasCalled(@TempDir Path folder) throws IOException {
        Path installed = executable(folder.resolve("opt/bus"));
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Files.createSymbolicLink(bin.resolve("bus"), installed);
        Path other = executable(folder.resolve("other/bus")).getParent();
        Path spaced = executable(folder.resolve("a clone/scripts/bus"));
        Path empty = Files.createDirectory(folder.resolve("empty"));

        assertEquals("bus", launcher(bin.resolve("bus").toString(), empty, bin, other), "found by its name");
        assertEquals("bus", launcher(installed.toString(), bin), "what the name finds is the same");
        assertEquals(installed.toString(), launcher(installed.toString(), other, bin), "the name finds another");
        assertEquals("scripts/bus", launcher("scripts/bus", empty));
        assertEquals("./scripts/bus", launcher("./scripts/bus", other));
        assertEquals("'" + spaced + "'", launcher(spaced.toString(), empty));
        assertEquals("bus", launcher("bus", empty), "nothing better is known");
    }

    private static Path executable(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
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
