package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests share whose scripts do not end by themselves: a server, such scripts, and what is left of them. */
abstract class SshJobTestCase extends SshTestCase {
    final List<Long> seen = new ArrayList<>();
    Sshd server;
    Path pids;

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
    String stubborn() {
        return "trap '' TERM; echo $$ > " + pids + "-shell; sleep 601 & echo $! > " + pids + "-child;"
                + " timeout 602 sh -c 'echo $$ > " + pids + "-group; sleep 603; true' &"
                + " echo begun; sleep 604; sleep 605";
    }

    void awaitStubborn() throws InterruptedException {
        for (String name : List.of("shell", "child", "group")) {
            seen.add(Peer.number(Path.of(pids + "-" + name)));
        }
        assertTrue(seen.stream().allMatch(Peer::lives));
    }

    void assertAllEnded() throws InterruptedException {
        for (long pid : seen) {
            Peer.eventually("the end of " + pid, () -> !Peer.lives(pid));
        }
    }

    /** When a request is forgotten nothing of it is left on the machine. */
    void assertForgotten(SshExecutor executor, String id) throws Exception {
        executor.forget(id);
        Peer.eventually("its folder goes", () -> foldersOf(id).isEmpty());
    }

    static List<Path> foldersOf(String id) {
        List<Path> left = new ArrayList<>();
        for (Path base : List.of(Path.of("/run"), Path.of("/tmp"))) {
            try (Stream<Path> files = Files.list(base)) {
                files.filter(file -> file.getFileName().toString().startsWith("bus-ssh-"))
                        .map(file -> file.resolve(id))
                        .filter(Files::exists)
                        .forEach(left::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return left;
    }

    /** Says that it begins, and comes to its end when the test opens the gate. */
    String waiting() {
        return "echo begun >> " + begun() + "; echo out; echo err >&2; until [ -e " + gate()
                + " ]; do sleep 0.05; done; echo end";
    }

    Path begun() {
        return folder.resolve("begun");
    }

    Path gate() {
        return folder.resolve("gate");
    }

    void awaitBegun() throws InterruptedException {
        Peer.eventually("the script begins", () -> Peer.text(begun()).endsWith("\n"));
    }

    /** Lets the script come to its end, and has its result. */
    ScriptResult whole(CompletableFuture<ScriptResult> run) throws Exception {
        Files.writeString(gate(), "");
        ScriptResult result = run.get(60, TimeUnit.SECONDS);
        assertEquals("out\nend\n", result.stdout());
        assertEquals("err\n", result.stderr());
        assertEquals("begun\n", Peer.text(begun()), "it was begun once");
        return result;
    }

    /** A server that lets two users in, of which one is root. */
    record TwoUsers(Sshd server, TestUser other) {
        ScriptRequest only(String script) {
            return ScriptRequest.of(List.of(server.target(other.name())), script);
        }

        ScriptRequest both(String script) {
            return ScriptRequest.of(List.of(server.target("root", other.name())), script);
        }
    }

    TwoUsers twoUsers() throws Exception {
        TestUser other = closing(TestUser.create());
        Sshd both = closing(Sshd.start(folder.resolve("two"), "127.0.0.1", key, List.of("root", other.name())));
        know(both);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        return new TwoUsers(both, other);
    }
}
