package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.workers.ssh.RemotePrograms.Reason;
import com.busdk.workers.ssh.Shell.Following;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Attempts at one request and the keeper that runs its script, in the shells of this machine, without SSH. */
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
abstract class KeeperSuite {
    @TempDir
    Path files;

    final String id = "test-" + UUID.randomUUID();
    final List<String> ids = new ArrayList<>(List.of(id));
    final Deque<Following> open = new ArrayDeque<>();
    final List<Process> strangers = new ArrayList<>();
    Path begun;
    Path gate;

    @BeforeEach
    void nameFiles() {
        begun = files.resolve("begun");
        gate = files.resolve("gate");
    }

    static Stream<Shell> shells() {
        return Shell.all();
    }

    /** Nothing that a test has begun stays behind on this machine. */
    @AfterEach
    void endAll() throws Exception {
        open.forEach(Following::close);
        strangers.forEach(Process::destroyForcibly);
        for (String each : ids) {
            Attempt attempt = Attempt.at(each);
            Shell.usual().ask(attempt, RemotePrograms.end(attempt, Reason.CANCELLED));
            assertEquals("forgotten:0", Shell.usual().ask(attempt, RemotePrograms.forget(attempt)));
        }
    }

    static ScriptRequest script(String text) {
        return ScriptRequest.of(RemoteProgramsTest.ANYWHERE, text);
    }

    /** Says that it begins, waits until the test opens the gate, and says something more. */
    ScriptRequest waiting(String end) {
        return script("echo begun >> " + begun + "; printf 'a\\377\\0\\036bus:\\n'; echo oops >&2; until [ -e " + gate
                + " ]; do sleep 0.05; done; " + end);
    }

    Following attempt(Shell shell, ScriptRequest request) throws Exception {
        Following following = shell.attempt(Attempt.at(id), request);
        open.push(following);
        return following;
    }

    Following begin(Shell shell, ScriptRequest request) throws Exception {
        return attempt(shell, request).go(request.stdin());
    }

    void awaitBegun() throws InterruptedException {
        Peer.eventually("the script begins", () -> Peer.text(begun).endsWith("\n"));
    }

    void assertBegunOnce() {
        assertEquals("begun\n", Peer.text(begun));
    }

    Path kept() throws Exception {
        return Shell.folder(Attempt.at(id));
    }

    long pidIn(String file) throws Exception {
        return Long.parseLong(Files.readString(kept().resolve(file)).split(" ", 2)[0]);
    }

    String ask(Shell shell, Function<Attempt, byte[]> program) throws Exception {
        Attempt attempt = Attempt.at(id);
        return shell.ask(attempt, program.apply(attempt));
    }

    String end(Shell shell, Reason why) throws Exception {
        return ask(shell, attempt -> RemotePrograms.end(attempt, why));
    }

    /** What a look says, without the boot. */
    String found(Shell shell) throws Exception {
        List<String> words = List.of(ask(shell, RemotePrograms::find).split(":", -1));
        assertEquals(List.of("found", boot(), started(1)), List.of(words.get(0), words.get(2), words.get(3)));
        return words.get(1);
    }

    static void signal(String name, long pid) throws Exception {
        Peer.run("/bin/kill", "-" + name, String.valueOf(pid));
    }

    boolean waitsThere(Following following) {
        try {
            return Files.isSameFile(Path.of("/proc/" + following.process().pid() + "/cwd"), kept());
        } catch (Exception e) {
            return false;
        }
    }

    /** The fields of a process behind its name. */
    static String[] stat(long pid) {
        String stat = Peer.text(Path.of("/proc/" + pid + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    static String started(long pid) {
        return stat(pid)[19];
    }

    static String boot() throws Exception {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }
}
