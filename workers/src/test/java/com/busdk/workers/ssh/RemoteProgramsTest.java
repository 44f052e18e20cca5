package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs in the shells of this machine, without SSH. */
class RemoteProgramsTest {
    static final List<ScriptRequest.Target> ANYWHERE = List.of(ScriptRequest.Target.of("h", "u"));

    /** Every shell that may be a target's {@code sh} and is here. */
    static Stream<List<String>> shells() {
        return Stream.of(List.of("sh"), List.of("dash"), List.of("bash", "--posix"), List.of("busybox", "sh"))
                .filter(shell -> Stream.of("/bin/", "/usr/bin/")
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder + shell.get(0)))));
    }

    /** How a program went. */
    record Outcome(String stdout, String stderr, List<String> marks) {}

    static Outcome run(List<String> shell, ScriptRequest request, Map<String, String> environment) throws Exception {
        return run(shell, request, environment, Optional.empty());
    }

    private static Outcome run(
            List<String> shell,
            ScriptRequest request,
            Map<String, String> environment,
            Optional<RemotePrograms.Setup> setup)
            throws Exception {
        Attempt attempt = Attempt.at("test-" + UUID.randomUUID());
        List<String> command = Stream.concat(shell.stream(), Stream.of("-s")).toList();
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        Process process = builder.start();
        List<String> marks = new java.util.concurrent.CopyOnWriteArrayList<>();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        MarkedOutput out = new MarkedOutput(attempt, 1 << 20, mark -> {});
        MarkedOutput err = new MarkedOutput(attempt, 1 << 20, mark -> {
            marks.add(mark);
            ready.complete(null);
        });
        Thread readsOut = Thread.ofVirtual().start(() -> copy(process.getInputStream(), out));
        Thread readsErr = Thread.ofVirtual().start(() -> copy(process.getErrorStream(), err));
        try (var in = process.getOutputStream()) {
            in.write(RemotePrograms.run(attempt, request, setup, 60));
            in.flush();
            ready.get(30, TimeUnit.SECONDS);
            in.write(RemotePrograms.go(attempt));
            in.write(request.stdin().getBytes(StandardCharsets.UTF_8));
        }
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        readsOut.join();
        readsErr.join();
        return new Outcome(out.text(), err.text(), List.copyOf(marks));
    }

    private static void copy(java.io.InputStream from, MarkedOutput to) {
        try {
            from.transferTo(to);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldRunInEveryShell(List<String> shell) throws Exception {
        ScriptRequest request = ScriptRequest.of(ANYWHERE, "echo \"$A\"; cat; echo oops >&2; exit 3")
                .withEnv(Map.of("A", "it's"))
                .withStdin("input");
        Outcome outcome = run(shell, request, Map.of());
        assertEquals("it's\ninput", outcome.stdout());
        assertEquals("oops\n", outcome.stderr());
        assertEquals(List.of("ready", "end:3:exit"), outcome.marks());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldLeaveTheScriptNoNamesArgumentsOrWatch(List<String> shell) throws Exception {
        ScriptRequest request = ScriptRequest.of(ANYWHERE, "echo $#; set | grep -i '^bus_'; env | grep -i '^bus_'");
        assertEquals("0\n", run(shell, request, Map.of()).stdout());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldTellASignalInEveryShell(List<String> shell) throws Exception {
        Outcome killed = run(shell, ScriptRequest.of(ANYWHERE, "kill -KILL $$"), Map.of());
        assertEquals(List.of("ready", "end:137:signal-KILL"), killed.marks());
        assertEquals("", killed.stderr());
        Outcome exited = run(shell, ScriptRequest.of(ANYWHERE, "exit 137"), Map.of());
        assertEquals(List.of("ready", "end:137:exit"), exited.marks());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldBeginNothingWithoutGo(List<String> shell, @TempDir Path folder) throws Exception {
        Attempt attempt = Attempt.at("test-" + UUID.randomUUID());
        Path begun = folder.resolve("begun");
        List<String> command = Stream.concat(shell.stream(), Stream.of("-s")).toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var in = process.getOutputStream()) {
            in.write(RemotePrograms.run(attempt, ScriptRequest.of(ANYWHERE, "touch " + begun), Optional.empty(), 60));
        }
        process.getInputStream().readAllBytes();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertFalse(Files.exists(begun));
    }

    // --- netplan, with a program of that name that only notes what it was called with ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldApplyNetplanOnceBeforeTheScript(List<String> shell, @TempDir Path folder) throws Exception {
        Map<String, String> environment = fakeNetplan(folder, "exit 0");
        var setup = Optional.of(new RemotePrograms.Setup(folder.toString(), "network:\n  it's: \"$(id)\"\n"));
        Path file = folder.resolve("90-bus-runner.yaml");
        ScriptRequest request =
                ScriptRequest.of(ANYWHERE, "cat " + file + "; cat").withStdin("input");
        for (int i = 0; i < 2; i++) {
            Outcome outcome = run(shell, request, environment, setup);
            assertEquals("network:\n  it's: \"$(id)\"\ninput", outcome.stdout());
            assertEquals(List.of("ready", "end:0:exit"), outcome.marks());
        }
        assertEquals("apply\n", Files.readString(folder.resolve("calls")));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        var changed = Optional.of(new RemotePrograms.Setup(folder.toString(), "network: {}\n"));
        assertEquals(
                "network: {}\ninput", run(shell, request, environment, changed).stdout());
        assertEquals("apply\napply\n", Files.readString(folder.resolve("calls")));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotRunTheScriptWhereNetplanFailsAndTryAgainNextTime(List<String> shell, @TempDir Path folder)
            throws Exception {
        Map<String, String> environment = fakeNetplan(folder, "exit 78");
        var setup = Optional.of(new RemotePrograms.Setup(folder.toString(), "network: {}\n"));
        for (int i = 0; i < 2; i++) {
            Outcome outcome = run(shell, ScriptRequest.of(ANYWHERE, "echo no"), environment, setup);
            assertEquals("", outcome.stdout());
            assertEquals(List.of("ready", "end:1:bootstrap"), outcome.marks());
            assertFalse(Files.exists(folder.resolve("90-bus-runner.yaml")));
        }
        assertEquals("apply\napply\n", Files.readString(folder.resolve("calls")));
    }

    private static Map<String, String> fakeNetplan(Path folder, String end) throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path netplan = Files.writeString(
                bin.resolve("netplan"), "#!/bin/sh\necho \"$@\" >> " + folder.resolve("calls") + "\n" + end + "\n");
        Path sudo = Files.writeString(bin.resolve("sudo"), "#!/bin/sh\nshift\nexec \"$@\"\n");
        for (Path program : List.of(netplan, sudo)) {
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return Map.of("PATH", bin + ":" + System.getenv("PATH"));
    }
}
