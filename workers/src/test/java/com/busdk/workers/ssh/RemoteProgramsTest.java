package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.busdk.workers.ssh.Shell.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs in the shells of this machine, without SSH. */
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
class RemoteProgramsTest {
    static final List<ScriptRequest.Target> ANYWHERE = List.of(ScriptRequest.Target.of("h", "u"));

    static Stream<Shell> shells() {
        return Shell.all();
    }

    private final List<Attempt> attempts = new ArrayList<>();

    private Attempt newAttempt() {
        Attempt attempt = Attempt.at("test-" + UUID.randomUUID());
        attempts.add(attempt);
        return attempt;
    }

    @AfterEach
    void forget() throws Exception {
        for (Attempt attempt : attempts) {
            assertEquals("forgotten:0", Shell.usual().ask(attempt, RemotePrograms.forget(attempt)));
        }
    }

    private Outcome run(Shell shell, ScriptRequest request) throws Exception {
        return shell.run(newAttempt(), request);
    }

    private Outcome run(Shell shell, ScriptRequest request, RemotePrograms.Setup setup) throws Exception {
        return shell.attempt(newAttempt(), request, Optional.of(setup), 1 << 20)
                .go(request.stdin())
                .end();
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldRunInEveryShell(Shell shell) throws Exception {
        ScriptRequest request = ScriptRequest.of(ANYWHERE, "echo \"$A\"; cat; echo oops >&2; exit 3")
                .withEnv(Map.of("A", "it's"))
                .withStdin("input");
        Outcome outcome = run(shell, request);
        assertEquals("it's\ninput", outcome.stdout());
        assertEquals("oops\n", outcome.stderr());
        assertEquals("end:3:exit", outcome.end());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldLeaveTheScriptNoNamesArgumentsOrWatch(Shell shell) throws Exception {
        ScriptRequest request = ScriptRequest.of(ANYWHERE, "echo $#; set | grep -i '^bus_'; env | grep -i '^bus_'");
        assertEquals("0\n", run(shell, request).stdout());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldTellASignalInEveryShell(Shell shell) throws Exception {
        Outcome killed = run(shell, ScriptRequest.of(ANYWHERE, "kill -KILL $$"));
        assertEquals("end:137:signal-KILL", killed.end());
        assertEquals("", killed.stderr());
        Outcome exited = run(shell, ScriptRequest.of(ANYWHERE, "exit 137"));
        assertEquals("end:137:exit", exited.end());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldBeginNothingWithoutGo(Shell shell, @TempDir Path folder) throws Exception {
        Attempt attempt = newAttempt();
        Path begun = folder.resolve("begun");
        try (var without = shell.attempt(attempt, ScriptRequest.of(ANYWHERE, "touch " + begun))) {
            assertEquals("ready", without.said());
            without.process().getOutputStream().close();
            assertEquals("ready", without.end().end());
        }
        assertFalse(Files.exists(begun));
        assertFalse(Files.exists(Shell.folder(attempt)), "nothing is left of it");
    }

    // --- netplan, with a program of that name that only notes what it was called with ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldApplyNetplanOnceBeforeTheScript(Shell shell, @TempDir Path folder) throws Exception {
        Shell with = shell.with(fakeNetplan(folder, "exit 0"));
        var setup = new RemotePrograms.Setup(folder.toString(), "network:\n  it's: \"$(id)\"\n");
        Path file = folder.resolve("90-bus-runner.yaml");
        ScriptRequest request =
                ScriptRequest.of(ANYWHERE, "cat " + file + "; cat").withStdin("input");
        for (int i = 0; i < 2; i++) {
            Outcome outcome = run(with, request, setup);
            assertEquals("network:\n  it's: \"$(id)\"\ninput", outcome.stdout());
            assertEquals("end:0:exit", outcome.end());
        }
        assertEquals("apply\n", Files.readString(folder.resolve("calls")));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        var changed = new RemotePrograms.Setup(folder.toString(), "network: {}\n");
        assertEquals("network: {}\ninput", run(with, request, changed).stdout());
        assertEquals("apply\napply\n", Files.readString(folder.resolve("calls")));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotRunTheScriptWhereNetplanFailsAndTryAgainNextTime(Shell shell, @TempDir Path folder) throws Exception {
        Shell with = shell.with(fakeNetplan(folder, "exit 78"));
        var setup = new RemotePrograms.Setup(folder.toString(), "network: {}\n");
        for (int i = 0; i < 2; i++) {
            Outcome outcome = run(with, ScriptRequest.of(ANYWHERE, "echo no"), setup);
            assertEquals("", outcome.stdout());
            assertEquals("end:1:bootstrap", outcome.end());
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
