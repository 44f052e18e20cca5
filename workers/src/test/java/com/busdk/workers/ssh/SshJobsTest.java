package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scripts that do not come to their end by themselves, with a real sshd: nothing of them is left on the machine. */
class SshJobsTest extends SshTestCase {
    private final List<Long> seen = new ArrayList<>();
    private Sshd server;
    private Path pids;

    @BeforeEach
    void startServer() throws Exception {
        server = sshd("127.0.0.1");
        know(server);
        pids = folder.resolve("pids");
    }

    /** Should a test have failed: what it was about must not stay behind. */
    @AfterEach
    void endWhatWasSeen() {
        seen.forEach(pid -> ProcessHandle.of(pid).ifPresent(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }));
    }

    /** A script whose shell ignores TERM, with children in its own group, in another group, and one more below. */
    private String stubborn() {
        return "trap '' TERM; echo $$ > " + pids + "-shell; sleep 601 & echo $! > " + pids + "-child;"
                + " timeout 602 sh -c 'echo $$ > " + pids + "-group; sleep 603; true' &"
                + " echo begun; sleep 604; sleep 605";
    }

    private void awaitStubborn() throws InterruptedException {
        for (String name : List.of("shell", "child", "group")) {
            seen.add(Peer.number(Path.of(pids + "-" + name)));
        }
        assertTrue(seen.stream().allMatch(Peer::lives));
    }

    private void assertAllEnded() throws InterruptedException {
        for (long pid : seen) {
            Peer.eventually("the end of " + pid, () -> !Peer.lives(pid));
        }
    }

    private void assertNoFolderOf(String id) throws Exception {
        List<Path> left = new ArrayList<>();
        for (Path base : List.of(Path.of("/run"), Path.of("/tmp"))) {
            try (Stream<Path> files = Files.list(base)) {
                files.filter(file -> file.getFileName().toString().startsWith("bus-ssh-"))
                        .map(file -> file.resolve(id))
                        .filter(Files::exists)
                        .forEach(left::add);
            }
        }
        assertEquals(List.of(), left);
    }

    @Test
    void shouldEndTheWholeJobWhenTimeIsUp() throws Exception {
        String id = newId();
        ScriptRequest request = script(server, stubborn()).withTimeout(Duration.ofSeconds(3));
        CompletableFuture<ScriptResult> run = begin(executor(), request, id, new StopWish());
        awaitStubborn();
        ApiException failure = failure(run);
        assertEquals("timeout", failure.type());
        assertEquals("the script did not end within 3s; it was ended", failure.message());
        assertAllEnded();
        assertNoFolderOf(id);
    }

    @Test
    void shouldEndTheWholeJobWhenItIsCancelled() throws Exception {
        String id = newId();
        StopWish stop = new StopWish();
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, stubborn()), id, stop);
        awaitStubborn();
        stop.ask(StopWish.Reason.CANCELLED);
        assertEquals("cancelled", failure(run).type());
        assertAllEnded();
        assertNoFolderOf(id);
    }

    @Test
    void shouldNotBeginWhatWasCancelledBefore() throws Exception {
        StopWish stop = new StopWish();
        stop.ask(StopWish.Reason.CANCELLED);
        var begun = folder.resolve("begun");
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, "touch " + begun), newId(), stop);
        assertEquals("cancelled", failure(run).type());
        assertFalse(Files.exists(begun));
    }

    @Test
    void shouldEndJobsWhenItIsClosed() throws Exception {
        SshExecutor executor = executor();
        CompletableFuture<ScriptResult> run = begin(executor, script(server, stubborn()), newId(), new StopWish());
        awaitStubborn();
        executor.close();
        assertEquals("unavailable", failure(run).type());
        assertAllEnded();
    }

    @Test
    void shouldEndTheJobOverAnotherConnectionWhenItsOwnHangs() throws Exception {
        SshExecutor executor = executor("keep-alive", "1h");
        ScriptRequest request = script(server, stubborn()).withTimeout(Duration.ofSeconds(3));
        CompletableFuture<ScriptResult> run = begin(executor, request, newId(), new StopWish());
        awaitStubborn();
        List<ProcessHandle> hanging = server.connections();
        try {
            for (ProcessHandle connection : hanging) {
                Peer.run("/bin/kill", "-STOP", String.valueOf(connection.pid()));
            }
            ApiException failure = failure(run);
            assertEquals("timeout", failure.type());
            assertTrue(failure.message().endsWith("; it was ended"), failure.message());
            assertAllEnded();
        } finally {
            hanging.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void shouldNoticeAConnectionThatHangsAndEndTheJob() throws Exception {
        SshExecutor executor = executor("keep-alive", "200ms");
        CompletableFuture<ScriptResult> run = begin(executor, script(server, stubborn()), newId(), new StopWish());
        awaitStubborn();
        List<ProcessHandle> hanging = server.connections();
        try {
            for (ProcessHandle connection : hanging) {
                Peer.run("/bin/kill", "-STOP", String.valueOf(connection.pid()));
            }
            ApiException failure = failure(run);
            assertEquals("ssh_connection_lost", failure.type());
            assertAllEnded();
        } finally {
            hanging.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void shouldEndTheJobOfAConnectionThatWasCut() throws Exception {
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, stubborn()), newId(), new StopWish());
        awaitStubborn();
        server.connections().forEach(ProcessHandle::destroyForcibly);
        ApiException failure = failure(run);
        assertEquals("ssh_connection_lost", failure.type());
        assertTrue(failure.message().endsWith("; it was ended"), failure.message());
        assertAllEnded();
    }

    @Test
    void shouldSayThatAJobMayGoOnWhenTheServerIsGone() throws Exception {
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, stubborn()), newId(), new StopWish());
        awaitStubborn();
        server.kill();
        ApiException failure = failure(run);
        assertEquals("ssh_connection_lost", failure.type());
        assertTrue(failure.message().contains("does so by itself"), failure.message());
        assertTrue(seen.stream().allMatch(Peer::lives));
    }

    @Test
    void shouldLeaveNoJobRunningWithoutARunnerWhenItsTimeIsOver() throws Exception {
        // The machine's own watch, with a limit that is not made longer for the runner's sake.
        Attempt attempt = Attempt.at(newId());
        byte[] program = RemotePrograms.run(attempt, script(server, stubborn()), java.util.Optional.empty(), 2);
        Process shell = new ProcessBuilder("sh", "-s").redirectErrorStream(true).start();
        try (var in = shell.getOutputStream()) {
            in.write(program);
            in.flush();
            readUntil(shell, "ready");
            in.write(RemotePrograms.go(attempt));
        }
        awaitStubborn();
        String said = readUntil(shell, "end:");
        assertTrue(said.contains("end:137"), said);
        assertAllEnded();
        assertNoFolderOf(attempt.run());
    }

    private static String readUntil(Process shell, String word) throws Exception {
        StringBuilder text = new StringBuilder();
        var out = shell.getInputStream();
        // Both marks of readiness come from one pipe here.
        for (int b = out.read(); b >= 0; b = out.read()) {
            text.append((char) b);
            if (b == '\n' && text.indexOf(word) >= 0) {
                return text.toString();
            }
        }
        return text.toString();
    }

    @Test
    void shouldEndWhatIsLeftOfADeadWorkersAttemptBeforeItBeginsAnew() throws Exception {
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> run = begin(first, script(server, stubborn()), id, new StopWish());
        awaitStubborn();
        var second = folder.resolve("second");
        String look = "for p in " + pids + "-shell " + pids + "-child " + pids + "-group; do"
                + " case $(cut -d ' ' -f 3 /proc/$(cat $p)/stat 2>/dev/null) in ''|Z|X) ;; *) echo alive ;; esac; done;"
                + " touch " + second;
        ScriptResult again = executor().run(script(server, look), id, new StopWish());
        assertEquals("", again.stdout());
        assertTrue(Files.exists(second));
        assertAllEnded();
        ExecutionException older = assertThrows(ExecutionException.class, () -> run.get(60, TimeUnit.SECONDS));
        assertEquals(SupersededException.class, older.getCause().getClass());
        assertNoFolderOf(id);
    }

    @Test
    void shouldNotEndTheJobOfTheOneThatTookItOver() throws Exception {
        String id = newId();
        StopWish stop = new StopWish();
        Attempt older = Attempt.at(id);
        var begun = folder.resolve("begun");
        CompletableFuture<ScriptResult> run =
                begin(executor(), script(server, "touch " + begun + "; sleep 1; echo whole"), id, new StopWish());
        Peer.eventually("the newer one begins", () -> Files.exists(begun));
        Process end = new ProcessBuilder("sh", "-s").start();
        try (var in = end.getOutputStream()) {
            in.write(RemotePrograms.end(older));
        }
        assertEquals(0, end.waitFor());
        assertFalse(stop.isAsked());
        assertEquals("whole\n", run.get(60, TimeUnit.SECONDS).stdout());
    }

    @Test
    void shouldNotTouchAStrangerThatGotTheNumberOfAnOldJob() throws Exception {
        String id = newId();
        Process stranger = new ProcessBuilder("setsid", "sleep", "600").start();
        seen.add(stranger.pid());
        String base = Peer.isRoot() || Files.isWritable(Path.of("/run")) ? "/run" : "/tmp";
        String uid = Peer.run("id", "-u").strip();
        Path left = Path.of(base, "bus-ssh-" + uid, id);
        run(executor(), script(server, "true")); // makes the folder above
        Files.createDirectories(left);
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        Files.writeString(left.resolve("owner"), "someone\n");
        Files.writeString(left.resolve("job"), stranger.pid() + " 12345 " + boot + "\n");
        assertEquals(
                "mine\n",
                executor().run(script(server, "echo mine"), id, new StopWish()).stdout());
        assertTrue(Peer.lives(stranger.pid()));
        stranger.destroyForcibly().waitFor();
    }

    @Test
    void shouldLeaveNothingBehindOnTheMachine() throws Exception {
        String id = newId();
        executor().run(script(server, "sleep 0.1; exit 3"), id, new StopWish());
        assertNoFolderOf(id);
    }
}
