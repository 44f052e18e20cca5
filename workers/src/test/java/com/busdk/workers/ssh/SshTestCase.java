package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertAll;

import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Lease;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What tests with a real sshd share: a folder, a key, servers and executors that are closed at the end. */
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
abstract class SshTestCase {
    private static final Queue<String> IDS = new ConcurrentLinkedQueue<>();

    @TempDir
    Path folder;

    Path key;
    private final java.util.ArrayDeque<AutoCloseable> open = new java.util.ArrayDeque<>();

    @BeforeEach
    void makeKey() throws Exception {
        Peer.needs(Path.of("/usr/bin/ssh-keygen"), "openssh-client");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        key = Peer.key(folder.resolve("key"), "ed25519", "");
    }

    /** What cannot be closed keeps nothing else from it, and does not hide what else cannot. */
    @AfterEach
    void closeAll() {
        List<Executable> steps = new ArrayList<>();
        while (!open.isEmpty()) {
            steps.add(open.pop()::close);
        }
        for (String id = IDS.poll(); id != null; id = IDS.poll()) {
            Attempt attempt = Attempt.at(id);
            steps.add(() -> leaveNothingOf(attempt));
        }
        assertAll("closing", steps);
    }

    /** What a test has not forgotten itself, and the script that it may still run. */
    private static void leaveNothingOf(Attempt attempt) throws Exception {
        if (Files.exists(Shell.folder(attempt))) {
            Shell.usual().ask(attempt, RemotePrograms.end(attempt, RemotePrograms.Reason.CANCELLED));
            Shell.usual().ask(attempt, RemotePrograms.forget(attempt));
        }
    }

    <C extends AutoCloseable> C closing(C resource) {
        open.push(resource);
        return resource;
    }

    Sshd sshd(String address, String... settings) throws Exception {
        return closing(Sshd.start(folder.resolve("at-" + address), address, key, List.of(Peer.me()), settings));
    }

    void know(Sshd... servers) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (Sshd server : servers) {
            lines.append(server.knownHost());
        }
        know(lines.toString());
    }

    void know(String... lines) throws Exception {
        Files.writeString(knownHosts(), String.join("", lines));
    }

    Path knownHosts() {
        return folder.resolve("known_hosts");
    }

    /** Options with the test's key and known hosts; flags come in pairs. */
    SshRunnerOptions options(String... more) {
        Map<String, String> flags = new HashMap<>(Map.of(
                "ssh-private-key",
                key.toString(),
                "ssh-known-hosts",
                knownHosts().toString()));
        for (int i = 0; i < more.length; i += 2) {
            flags.put(more[i], more[i + 1]);
        }
        return SshRunnerOptions.read(flags, Map.of());
    }

    SshExecutor executor(String... flags) {
        return closing(SshExecutor.create(options(flags), folder.toString(), Job.PAUSE));
    }

    /** One that looks again soon, for tests of what comes of all its looks. */
    SshExecutor hasty(String... flags) {
        return closing(SshExecutor.create(options(flags), folder.toString(), Duration.ofMillis(50)));
    }

    static ScriptRequest script(Sshd where, String script) {
        return ScriptRequest.of(List.of(where.target(Peer.me())), script);
    }

    static ScriptResult run(SshExecutor executor, ScriptRequest request) throws Exception {
        String id = newId();
        try {
            return executor.run(request, id, Earlier.NONE, Lease.KEPT, new StopWish());
        } finally {
            executor.forget(id);
        }
    }

    static String newId() {
        String id = "evt_" + UUID.randomUUID();
        IDS.add(id);
        return id;
    }

    /** A run that goes on meanwhile. */
    static CompletableFuture<ScriptResult> begin(
            SshExecutor executor, ScriptRequest request, String id, StopWish stop) {
        return begin(executor, request, id, Earlier.NONE, stop);
    }

    /** A run of a request that was delivered before. */
    static CompletableFuture<ScriptResult> again(SshExecutor executor, ScriptRequest request, String id) {
        return begin(executor, request, id, Earlier.LIKELY, new StopWish());
    }

    static CompletableFuture<ScriptResult> begin(
            SshExecutor executor, ScriptRequest request, String id, Earlier earlier, StopWish stop) {
        return begin(executor, request, id, earlier, Lease.KEPT, stop);
    }

    static CompletableFuture<ScriptResult> begin(
            SshExecutor executor, ScriptRequest request, String id, Earlier earlier, Lease lease, StopWish stop) {
        CompletableFuture<ScriptResult> result = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(executor.run(request, id, earlier, lease, stop));
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /** How long a script had run that was ended; nothing if its failure does not say. */
    static Duration ran(CompletableFuture<?> run) throws Exception {
        failure(run);
        return run.exceptionNow() instanceof EndedScript ended ? ended.ran() : Duration.ZERO;
    }

    static ApiException failure(CompletableFuture<?> run) throws Exception {
        try {
            Object result = run.get(60, TimeUnit.SECONDS);
            throw new AssertionError("did not fail: " + result);
        } catch (java.util.concurrent.ExecutionException | CompletionException e) {
            return switch (e.getCause()) {
                case ApiException expected -> expected;
                case EndedScript ended -> ended.error();
                default -> throw e;
            };
        }
    }

    static ApiException failure(SshExecutor executor, ScriptRequest request) throws Exception {
        try {
            ScriptResult result = run(executor, request);
            throw new AssertionError("did not fail: " + result);
        } catch (ApiException e) {
            return e;
        }
    }
}
