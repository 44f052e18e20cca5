package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.workers.ssh.RemotePrograms.Reason;
import com.busdk.workers.ssh.Shell.Following;
import com.busdk.workers.ssh.Shell.Outcome;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How a keeper begins a script, is followed, and ends it. */
class KeeperTest extends KeeperSuite {
    // --- following ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldGiveTwoWhoFollowTheSameBytesOfOneScript(Shell shell) throws Exception {
        ScriptRequest request = waiting("echo end; exit 3");
        Following first = begin(shell, request);
        awaitBegun();
        Following second = begin(shell, request);
        awaitLooks(second);
        Files.writeString(gate, "");
        Outcome told = first.end();
        assertEquals(new Outcome("a\ufffd\0\u001ebus:\nend\n", "oops\n", "end:3:exit", false), told);
        assertEquals(told, second.end());
        assertEquals(told, begin(shell, request).end(), "to one who comes after it, too");
        assertBegunOnce();
        var bytes = new ByteArrayOutputStream();
        bytes.write('a');
        bytes.write(0xFF);
        bytes.writeBytes("\0\u001ebus:\nend\n".getBytes(StandardCharsets.UTF_8));
        assertArrayEquals(bytes.toByteArray(), Files.readAllBytes(kept().resolve("out")));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldRunWithEverySh(Shell shell) throws Exception {
        ScriptRequest request = script("cat; echo \"$A\"; echo oops >&2; kill -KILL $$")
                .withEnv(Map.of("A", "it's"))
                .withStdin("input");
        assertEquals(
                new Outcome("inputit's\n", "oops\n", "end:137:signal-KILL", false),
                begin(shell.asSh(files), request).end());
    }

    /** The shell gives its place to another program, which says no more than a number. */
    @ParameterizedTest
    @MethodSource("shells")
    void shouldNameNoSignalWhereThereIsNoneOfThatNumber(Shell shell) throws Exception {
        ScriptRequest request = script("echo out; exec sh -c 'exit 255'");
        assertEquals(
                new Outcome("out\n", "", "end:255:exit", false),
                begin(shell.asSh(files), request).end());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldBeginOnceWhereManyComeAtTheSameInstant(Shell shell) throws Exception {
        ScriptRequest request = script("echo begun >> " + begun + "; cat").withStdin("input");
        List<Following> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(attempt(shell, request));
        }
        for (Following each : all) {
            assertEquals("ready", each.said(), "each has seen that nothing was begun");
        }
        for (Following each : all) {
            each.go("input");
        }
        for (Following each : all) {
            assertEquals(new Outcome("input", "", "end:0:exit", false), each.end());
        }
        assertBegunOnce();
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldGoOnWithoutTheAttemptThatBeganIt(Shell shell) throws Exception {
        ScriptRequest request = waiting("echo end");
        Following first = begin(shell, request);
        awaitBegun();
        first.kill();
        Following second = begin(shell, request);
        awaitLooks(second);
        Files.writeString(gate, "");
        assertEquals("a\ufffd\0\u001ebus:\nend\n", second.end().stdout());
        assertBegunOnce();
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldFollowWithoutWriting(Shell shell) throws Exception {
        ScriptRequest request = waiting("echo end").withStdin("input");
        Following first = begin(shell, request);
        awaitBegun();
        var before = listing(kept());
        var beforeAround = Files.getLastModifiedTime(kept().getParent());
        Following second = attempt(shell.withoutRoom(), request);
        assertEquals("ready", second.said());
        second.go("input");
        Peer.eventually("it waits in the folder", () -> waitsThere(second));
        assertEquals(before, listing(kept()));
        Files.writeString(gate, "");
        Outcome told = first.end();
        assertEquals(told, second.end());
        before = listing(kept());
        assertEquals(told, begin(shell.withoutRoom(), request).end());
        assertEquals(before, listing(kept()));
        assertEquals(beforeAround, Files.getLastModifiedTime(kept().getParent()));
        assertBegunOnce();
    }

    /** Waits until an attempt has looked for the result some times: it sleeps in between. */
    private static void awaitLooks(Following following) throws InterruptedException {
        Set<Long> children = new HashSet<>();
        Peer.eventually("it looks again and again", () -> {
            following.process().children().forEach(child -> children.add(child.pid()));
            return children.size() > 3;
        });
    }

    /** The files' names and times, and the folder's own time, which every change in it moves. */
    private static Map<String, FileTime> listing(Path folder) throws Exception {
        var names = new TreeMap<String, FileTime>();
        names.put(".", Files.getLastModifiedTime(folder));
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                names.put(file.getFileName().toString(), Files.getLastModifiedTime(file));
            }
        }
        return names;
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldEndWithItsConnectionButNotTheScript(Shell shell) throws Exception {
        ScriptRequest request = waiting("echo end");
        Attempt attempt = Attempt.at(id);
        var limits = new RemotePrograms.Limits(60, 1000);
        String often = new String(
                        RemotePrograms.run(attempt, request, Optional.empty(), limits, true), StandardCharsets.UTF_8)
                .replace("sleep 20 ", "sleep 0.1 ");
        Following first = shell.send(attempt, often.getBytes(StandardCharsets.UTF_8), 1000);
        open.push(first);
        first.go("");
        awaitBegun();
        first.process().getErrorStream().close();
        Peer.eventually("the attempt ends", () -> !first.lives());
        assertTrue(Peer.lives(pidIn("job")));
        Files.writeString(gate, "");
        assertEquals("end:0:exit", begin(shell, request).end().end());
        assertBegunOnce();
    }

    // --- beginning ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldBeginNothingWithoutRoom(Shell shell) throws Exception {
        try (Following refused = attempt(shell.withoutRoom(), waiting("true"))) {
            assertEquals("refused:folder", refused.said());
            refused.end();
        }
        assertFalse(Files.exists(begun));
        assertFalse(Files.exists(kept()));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldBeginNothingWithPartOfItsInput(Shell shell) throws Exception {
        Following cut = attempt(shell, script("touch " + begun + "; cat").withStdin("all of it"));
        assertEquals("end:0:notbegun", cut.go("all of").end().end());
        assertFalse(Files.exists(begun));
        assertFalse(Files.exists(kept()));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldLeaveNothingWhereTheRunnerHasGoneMeanwhile(Shell shell) throws Exception {
        Attempt attempt = Attempt.at(id);
        var limits = new RemotePrograms.Limits(60, 1000);
        Process process = shell.start();
        strangers.add(process);
        process.getInputStream().close();
        process.getErrorStream().close();
        try (var in = process.getOutputStream()) {
            in.write(RemotePrograms.run(attempt, waiting("true"), Optional.empty(), limits, true));
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertFalse(Files.exists(kept()));
    }

    @Test
    void shouldKeepWhatIsTheScriptsFromOthers() throws Exception {
        Following first = begin(Shell.usual(), waiting("true"));
        awaitBegun();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(kept())));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(kept().getParent())));
        Files.writeString(gate, "");
        first.end();
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldCutHugeOutputByteForByte(Shell shell) throws Exception {
        int limit = 100_000;
        ScriptRequest request = script("head -c 20000000 /dev/zero | tr '\\0' x; echo tail >&2; exit 5");
        Attempt attempt = Attempt.at(id);
        try (Following following = shell.attempt(attempt, request, Optional.empty(), limit)) {
            Outcome told = following.go("").end();
            assertEquals("x".repeat(limit), told.stdout());
            assertEquals("tail\n", told.stderr());
            assertEquals("end:5:exit", told.end());
            assertTrue(told.cut());
        }
        assertTrue(Files.size(kept().resolve("out")) <= 2L * limit + 4096, "the machine keeps little more");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldTellThatTheMachineHadNoRoomForAllOfTheOutput(Shell shell) throws Exception {
        Following first = attempt(shell, script("echo lost; echo oops >&2; exit 6"));
        first.said();
        Files.createSymbolicLink(kept().resolve("out"), Path.of("/dev/full"));
        assertEquals(new Outcome("", "oops\n", "end:6:exit", true), first.go("").end());
    }

    static Stream<Shell> shellsWithoutTee() {
        return Shell.all().filter(shell -> !shell.words().contains("busybox"));
    }

    /** What reads the output does not end by itself then, and cannot tell by its exit code. */
    @ParameterizedTest
    @MethodSource("shellsWithoutTee")
    void shouldTellThatThereWasNoRoomAlsoWhereSomethingElseHoldsTheOutputOpen(Shell shell) throws Exception {
        Path pids = files.resolve("pids");
        Following first = attempt(shell, script("sleep 600 & echo $! > " + pids + "; echo lost; echo oops >&2"));
        first.said();
        Files.createSymbolicLink(kept().resolve("out"), Path.of("/dev/full"));
        Outcome told = first.go("").end();
        ProcessHandle.of(Peer.number(pids)).ifPresent(ProcessHandle::destroyForcibly);
        assertEquals(new Outcome("", "oops\n", "end:0:exit", true), told);
    }

    /** A tee that is busy with something else before it reads the script's output. */
    private Shell busy(String until) throws Exception {
        Path bin = Files.createDirectories(files.resolve("bin"));
        Path tee = Files.writeString(
                bin.resolve("tee"),
                "#!/bin/sh\ncase $1 in\n*/out)\n" + until + "\n;;\nesac\nPATH=${PATH#*:} exec tee \"$@\"\n");
        Files.setPosixFilePermissions(tee, PosixFilePermissions.fromString("rwxr-xr-x"));
        return Shell.usual().with(Map.of("PATH", bin + ":" + System.getenv("PATH")));
    }

    @Test
    void shouldWaitForOutputThatIsReadSlowly() throws Exception {
        Shell slow = busy("read -r t r < /proc/uptime; n=$((${t%.*} + 9))\n"
                + "while read -r t r < /proc/uptime && [ \"${t%.*}\" -lt $n ]; do :; done");
        assertEquals(
                new Outcome("late\n", "oops\n", "end:0:exit", false),
                begin(slow, script("echo late; echo oops >&2")).end());
    }

    @Test
    void shouldTellThatOutputWasNotReadInTime() throws Exception {
        Attempt attempt = Attempt.at(id);
        ScriptRequest request = script("echo late; echo oops >&2");
        var limits = new RemotePrograms.Limits(60, 1000);
        String soon = new String(
                        RemotePrograms.run(attempt, request, Optional.empty(), limits, true), StandardCharsets.UTF_8)
                .replace("-lt 3000 ]", "-lt 60 ]");
        Following never = busy("while :; do :; done").send(attempt, soon.getBytes(StandardCharsets.UTF_8), 1000);
        open.push(never);
        assertEquals(new Outcome("", "oops\n", "end:0:exit", true), never.go("").end());
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldHaveAllOfTheOutputWhereSomethingElseHoldsItOpen(Shell shell) throws Exception {
        int size = 300_000;
        Path pids = files.resolve("pids");
        ScriptRequest request = script("sleep 600 & echo $! > " + pids + "; head -c " + size
                + " /dev/zero | tr '\\0' x; head -c 50000 /dev/zero | tr '\\0' y >&2");
        Outcome told = begin(shell, request).end();
        long left = Peer.number(pids);
        boolean lives = Peer.lives(left);
        ProcessHandle.of(left).ifPresent(ProcessHandle::destroyForcibly);
        assertEquals("x".repeat(size), told.stdout());
        assertEquals("y".repeat(50_000), told.stderr());
        assertFalse(told.cut());
        assertTrue(lives, "what a script starts for good is not ended with it");
    }

    // --- ending ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNeverBeginWhatWasStoppedBefore(Shell shell) throws Exception {
        assertEquals("ended:0", end(shell, Reason.CANCELLED));
        assertEquals("end:0:cancelled", begin(shell, waiting("true")).end().end());
        assertEquals("ended:0", end(shell, Reason.TIMEOUT));
        assertEquals("end:0:timeout", begin(shell, waiting("true")).end().end());
        assertFalse(Files.exists(begun));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotBeginWhatIsStoppedWhileItsInputIsOnTheWay(Shell shell) throws Exception {
        Following late = attempt(shell, waiting("true"));
        assertEquals("ready", late.said());
        assertEquals("ended:0", end(shell, Reason.CANCELLED));
        assertEquals("end:0:cancelled", late.go("").end().end());
        assertFalse(Files.exists(begun));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldEndAScriptAndTellEveryOneWhoFollowsOrComesLater(Shell shell) throws Exception {
        ScriptRequest request = waiting("true");
        Following first = begin(shell, request);
        awaitBegun();
        long job = pidIn("job");
        Ending ended = Ending.of(end(shell, Reason.TIMEOUT));
        assertTrue(ended.over());
        assertFalse(ended.byItself());
        assertFalse(Peer.lives(job));
        assertEquals("end:143:timeout", first.end().end());
        assertEquals(Optional.of(Duration.ofMillis(first.hundredths() * 10L)), ended.ran(), "how long it ran");
        assertEquals("end:143:timeout", begin(shell, request).end().end());
        assertBegunOnce();
    }

    @ParameterizedTest
    @CsvSource({"exit 3, end:3:exit", "kill -KILL $$, end:137:signal-KILL"})
    void shouldTellWhoEndsItThatItHadEndedByItself(String script, String end) throws Exception {
        Following first = begin(Shell.usual(), script(script));
        assertEquals(end, first.end().end());
        Ending ended = Ending.of(end(Shell.usual(), Reason.CANCELLED));
        assertEquals(new Ending(true, Optional.of(Duration.ofMillis(first.hundredths() * 10L)), true), ended);
        assertEquals(end, begin(Shell.usual(), script("true")).end().end(), "and how, to who asks for that");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldEndAScriptWhoseTimeIsUpThoughNobodyFollows(Shell shell) throws Exception {
        ScriptRequest request = waiting("true");
        Attempt attempt = Attempt.at(id);
        var limits = new RemotePrograms.Limits(1, 1000);
        try (Following first = shell.attempt(attempt, request, Optional.empty(), limits)) {
            first.go("");
            awaitBegun();
            first.kill();
        }
        assertEquals("end:143:timeout", begin(shell, request).end().end());
        assertBegunOnce();
    }

    // --- what waits beside the script ---

    /** The watcher's sleep lasts as long as the script may. */
    @ParameterizedTest
    @MethodSource("shells")
    void shouldEndWhatWaitsForTheScriptsTimeThoughItTakesNoSignal(Shell shell) throws Exception {
        Following first = begin(shell.asSh(files), waiting("true"));
        awaitBegun();
        long keeper = pidIn("claim");
        assertEndsWithTheScript(first, childOfAChild(ProcessHandle.of(keeper).orElseThrow(), pidIn("job")));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldEndWhatWaitsForTheNextBeatThoughItTakesNoSignal(Shell shell) throws Exception {
        Following first = begin(shell.asSh(files), waiting("true"));
        awaitBegun();
        assertEndsWithTheScript(first, childOfAChild(first.process().toHandle(), pidIn("claim")));
    }

    /** What a child of this process has begun, and waits for; the child {@code not} is not meant. */
    private static ProcessHandle childOfAChild(ProcessHandle process, long not) throws InterruptedException {
        List<ProcessHandle> found = new ArrayList<>();
        Peer.eventually("it sleeps", () -> {
            process.children()
                    .filter(child -> child.pid() != not)
                    .flatMap(ProcessHandle::children)
                    .filter(each -> isInState("S", each))
                    .forEach(found::add);
            return !found.isEmpty();
        });
        assertEquals(1, found.size(), found::toString);
        return found.getFirst();
    }

    /**
     * It is made to take no signal but KILL. A child that its shell has only just made is like that for a moment: a TERM
     * is lost on it.
     */
    private void assertEndsWithTheScript(Following following, ProcessHandle sleep) throws Exception {
        try {
            signal("STOP", sleep.pid());
            Peer.eventually("it stands still", () -> isInState("T", sleep));
            Files.writeString(gate, "");
            assertEquals("end:0:exit", following.end().end());
            Peer.eventually("it ends", () -> !Peer.lives(sleep.pid()));
        } finally {
            sleep.destroyForcibly();
        }
    }

    private static boolean isInState(String state, ProcessHandle process) {
        return Peer.text(Path.of("/proc/" + process.pid() + "/status")).contains("\nState:\t" + state);
    }

    // --- what is done before the script ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotCountWhatIsDoneBeforeTheScript(Shell shell) throws Exception {
        ScriptRequest request = script("cat; set | grep -i '^bus_'; exit 3")
                .withStdin("input")
                .withPrepare("cat; sleep 3; echo dropped; echo it\\'s >&2; bus_x=1; exit 0");
        Following following = begin(shell, request);
        assertEquals(new Outcome("input", "it's\n", "end:3:exit", false), following.end());
        int ran = following.hundredths();
        assertTrue(ran > 0 && ran < 300, ran + " hundredths of a second");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotBeginWhatCannotBePrepared(Shell shell) throws Exception {
        Following following = begin(shell, script("touch " + begun).withPrepare("echo no >&2; exit 125"));
        assertEquals(new Outcome("", "no\n", "end:125:exit", false), following.end());
        assertEquals(0, following.hundredths());
        assertFalse(Files.exists(begun));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldSayThatNothingRanWhereItIsEndedBeforeTheScript(Shell shell) throws Exception {
        Following following = begin(shell, script("true").withPrepare("echo begun >> " + begun + "; sleep 600"));
        awaitBegun();
        assertEquals(new Ending(true, Optional.empty(), false), Ending.of(end(shell, Reason.CANCELLED)));
        following.end();
        assertEquals(0, following.hundredths());
    }
}
