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
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Attempts at one request and the keeper that runs its script, in the shells of this machine, without SSH. */
class KeeperTest {
    @TempDir
    Path files;

    private final String id = "test-" + UUID.randomUUID();
    private final List<String> ids = new ArrayList<>(List.of(id));
    private final Deque<Following> open = new ArrayDeque<>();
    private final List<Process> strangers = new ArrayList<>();
    private Path begun;
    private Path gate;

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

    private static ScriptRequest script(String text) {
        return ScriptRequest.of(RemoteProgramsTest.ANYWHERE, text);
    }

    /** Says that it begins, waits until the test opens the gate, and says something more. */
    private ScriptRequest waiting(String end) {
        return script("echo begun >> " + begun + "; printf 'a\\377\\0\\036bus:\\n'; echo oops >&2; until [ -e " + gate
                + " ]; do sleep 0.05; done; " + end);
    }

    private Following attempt(Shell shell, ScriptRequest request) throws Exception {
        Following following = shell.attempt(Attempt.at(id), request);
        open.push(following);
        return following;
    }

    private Following begin(Shell shell, ScriptRequest request) throws Exception {
        return attempt(shell, request).go(request.stdin());
    }

    private void awaitBegun() throws InterruptedException {
        Peer.eventually("the script begins", () -> Peer.text(begun).endsWith("\n"));
    }

    private void assertBegunOnce() {
        assertEquals("begun\n", Peer.text(begun));
    }

    private Path kept() throws Exception {
        return Shell.folder(Attempt.at(id));
    }

    private long pidIn(String file) throws Exception {
        return Long.parseLong(Files.readString(kept().resolve(file)).split(" ", 2)[0]);
    }

    private String ask(Shell shell, Function<Attempt, byte[]> program) throws Exception {
        Attempt attempt = Attempt.at(id);
        return shell.ask(attempt, program.apply(attempt));
    }

    private String end(Shell shell, Reason why) throws Exception {
        return ask(shell, attempt -> RemotePrograms.end(attempt, why));
    }

    /** What a look says, without the boot. */
    private String found(Shell shell) throws Exception {
        List<String> words = List.of(ask(shell, RemotePrograms::find).split(":", -1));
        assertEquals(List.of("found", boot(), started(1)), List.of(words.get(0), words.get(2), words.get(3)));
        return words.get(1);
    }

    private static void signal(String name, long pid) throws Exception {
        Peer.run("/bin/kill", "-" + name, String.valueOf(pid));
    }

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

    private boolean waitsThere(Following following) {
        try {
            return Files.isSameFile(Path.of("/proc/" + following.process().pid() + "/cwd"), kept());
        } catch (Exception e) {
            return false;
        }
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

    // --- what is gone ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldSayThatTheEndIsNotKnownWhereTheKeeperIsGone(Shell shell) throws Exception {
        ScriptRequest request = waiting("true");
        Following first = begin(shell, request);
        awaitBegun();
        long job = pidIn("job");
        signal("KILL", pidIn("claim"));
        assertEquals("end:0:lost", first.end().end());
        assertFalse(Peer.lives(job), "nobody would end it when its time is up");
        assertEquals("end:0:lost", begin(shell, request).end().end());
        assertBegunOnce();
    }

    private Following follow(Shell shell, ScriptRequest request) throws Exception {
        Following following = shell.follow(Attempt.at(id), request);
        open.push(following);
        return following;
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotBeginWhatIsNotKeptAnyMoreForOneWhoOnlyFollows(Shell shell) throws Exception {
        ScriptRequest request = script("echo begun >> " + begun + "; cat").withStdin("input");
        assertEquals("end:0:gone", follow(shell, request).go("input").end().end());
        assertFalse(Files.exists(kept()), "it makes no folder either");
        assertFalse(Files.exists(begun));
    }

    /** The attempt before may have come to nothing but the folder. */
    @ParameterizedTest
    @MethodSource("shells")
    void shouldBeginInAFolderThatIsThereForOneWhoOnlyFollows(Shell shell) throws Exception {
        ScriptRequest request = script("echo begun >> " + begun + "; cat").withStdin("input");
        leave("in.1", "");
        assertEquals(
                new Outcome("input", "", "end:0:exit", false),
                follow(shell, request).go("input").end());
        assertBegunOnce();
        Files.delete(kept().resolve("claim"));
        Files.delete(kept().resolve("job"));
        Following refused = follow(shell.withoutRoom(), request);
        assertEquals("refused:folder", refused.said());
        refused.end();
        assertTrue(Files.exists(kept()), "who only follows takes nothing away");
    }

    private long stranger() throws Exception {
        Process stranger = new ProcessBuilder("setsid", "sleep", "600").start();
        strangers.add(stranger);
        Peer.eventually("its own session", () -> session(stranger.pid()).equals(String.valueOf(stranger.pid())));
        return stranger.pid();
    }

    /** The fields of a process behind its name. */
    private static String[] stat(long pid) {
        String stat = Peer.text(Path.of("/proc/" + pid + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    private static String session(long pid) {
        return stat(pid)[3];
    }

    private static String started(long pid) {
        return stat(pid)[19];
    }

    private static String boot() throws Exception {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    /** A folder as another keeper, at another time, may have left it. */
    private void leave(String file, String content) throws Exception {
        Files.createDirectories(
                kept(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(kept().resolve(file), content + "\n");
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotTakeAStrangerForTheKeeper(Shell shell) throws Exception {
        long pid = stranger();
        String init = started(1);
        for (String left : List.of(
                pid + " " + started(pid) + " another-boot " + init,
                pid + " " + started(pid) + " " + boot() + " " + init + "1",
                pid + " 1" + started(pid) + " " + boot() + " " + init,
                "")) {
            leave("claim", left);
            leave(
                    "job",
                    left.isEmpty()
                            ? ""
                            : left.substring(0, left.lastIndexOf(' ')).replace(" " + started(pid), " 12345"));
            assertEquals("end:0:lost", begin(shell, waiting("true")).end().end(), left);
            assertTrue(Peer.lives(pid), left);
        }
        assertFalse(Files.exists(begun));
    }

    /** A runner from before there were keepers has no claim, and writes down the job as it is written down now. */
    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotBeginWhatARunnerOfBeforeHasBegun(Shell shell) throws Exception {
        long pid = stranger();
        leave("owner", "someone");
        leave("job", pid + " " + started(pid) + " " + boot());
        assertEquals("begun", found(shell));
        assertEquals("end:0:lost", begin(shell, waiting("true")).end().end());
        assertFalse(Peer.lives(pid));
        assertFalse(Files.exists(begun));
    }

    // --- finding and forgetting ---

    @ParameterizedTest
    @MethodSource("shells")
    void shouldTellWhetherItHasCome(Shell shell) throws Exception {
        assertEquals("none", found(shell));
        assertFalse(Files.exists(kept()), "to ask leaves nothing behind");
        Following following = attempt(shell, waiting("true"));
        following.said();
        assertEquals("folder", found(shell));
        following.go("");
        awaitBegun();
        assertEquals("begun", found(shell));
        Files.writeString(gate, "");
        following.end();
        assertEquals("begun", found(shell));
        assertEquals("forgotten:0", ask(shell, RemotePrograms::forget));
        assertEquals("none", found(shell));
    }

    /** Its shell was killed while it waited to begin it, and took nothing away. */
    @ParameterizedTest
    @MethodSource("shells")
    void shouldTakeAwayWhatIsLeftWhereNobodyMightBeginIt(Shell shell) throws Exception {
        Following following = attempt(shell, waiting("true"));
        following.said();
        following.kill();
        Peer.eventually("it ends", () -> !following.lives());
        Path left = kept();
        assertTrue(Files.exists(left));
        assertEquals("none", found(shell));
        assertFalse(Files.exists(left), "so that nobody begins it who followed, as after this");
        assertEquals(
                new Outcome("", "", "end:0:gone", false),
                follow(shell, waiting("true")).go("").end());
        Following other = attempt(shell, waiting("true"));
        other.said();
        assertEquals("folder", found(shell), "somebody has come since");
        other.kill();
        Peer.eventually("it ends", () -> !other.lives());
        end(shell, Reason.CANCELLED);
        assertEquals("folder", found(shell), "it says that it was ended");
    }

    /** The keeper has been started and has not shown itself yet. */
    @Test
    void shouldTakeNothingAwayWhileItIsAboutToBeBegun() throws Exception {
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        leave("in." + gone.pid(), "");
        Following first = beginStanding(waiting("true"));
        assertEquals("folder", found(Shell.usual()));
        signal("CONT", standing(first).orElseThrow().pid());
        awaitBegun();
        assertFalse(Files.exists(kept().resolve("in." + first.process().pid())), "it is taken away all the same");
        Files.writeString(gate, "");
        assertEquals("end:0:exit", first.end().end());
    }

    /** A machine that is short of memory kills shells, and has others stand still. */
    @Test
    void shouldNotBeginItWhereItsShellIsKilledAndNobodyWasLeftMeanwhile() throws Exception {
        Following first = beginStanding(waiting("true"));
        ProcessHandle keeper = standing(first).orElseThrow();
        try {
            first.kill();
            Peer.eventually("it ends", () -> !first.lives());
            assertEquals("none", found(Shell.usual()), "so that it may be begun elsewhere");
        } finally {
            signal("CONT", keeper.pid());
        }
        Peer.eventually("the keeper ends", () -> !Peer.lives(keeper.pid()));
        assertFalse(Files.exists(begun));
        assertFalse(Files.exists(kept()));
    }

    /** The same, and the next attempt has come to the folder in its place, and gets no further. */
    @Test
    void shouldNotBeginItForAnAttemptThatWasTakenAwayInTheFolderOfAnother() throws Exception {
        Following first = beginStanding(waiting("true"));
        ProcessHandle keeper = standing(first).orElseThrow();
        try {
            first.kill();
            Peer.eventually("it ends", () -> !first.lives());
            assertEquals("none", found(Shell.usual()));
            Following other = attempt(Shell.usual(), waiting("true"));
            other.said();
            signal("CONT", keeper.pid());
            Peer.eventually("the keeper ends", () -> !Peer.lives(keeper.pid()));
            assertFalse(Files.exists(begun));
            assertEquals("folder", found(Shell.usual()), "the other one's is there");
            other.kill();
            Peer.eventually("it ends", () -> !other.lives());
        } finally {
            signal("CONT", keeper.pid());
        }
    }

    /** Begins it with a keeper that stands still as soon as it has been started. */
    private Following beginStanding(ScriptRequest request) throws Exception {
        Attempt attempt = Attempt.at(id);
        var limits = new RemotePrograms.Limits(60, 1000);
        String standing = new String(
                        RemotePrograms.run(attempt, request, Optional.empty(), limits, true), StandardCharsets.UTF_8)
                .replace("bus_claim\nbus_prepare", "kill -STOP $$\nbus_claim\nbus_prepare");
        Following first = Shell.usual().send(attempt, standing.getBytes(StandardCharsets.UTF_8), 1000);
        open.push(first);
        first.go("");
        Peer.eventually("its keeper stands still", () -> standing(first).isPresent());
        return first;
    }

    private static Optional<ProcessHandle> standing(Following following) {
        return following
                .process()
                .descendants()
                .filter(each ->
                        Peer.text(Path.of("/proc/" + each.pid() + "/stat")).contains(") T "))
                .findFirst();
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldNotForgetWhatRunsOrIsWaitedFor(Shell shell) throws Exception {
        ScriptRequest request = waiting("echo end");
        Following first = begin(shell, request);
        awaitBegun();
        first.kill();
        assertEquals("forgotten:1", ask(shell, RemotePrograms::forget), "it runs");
        Following second = begin(shell, request);
        Peer.eventually("it waits in the folder", () -> waitsThere(second));
        long keeper = pidIn("claim");
        signal("STOP", second.process().pid());
        Files.writeString(gate, "");
        Peer.eventually("the keeper ends", () -> !Peer.lives(keeper));
        assertEquals("forgotten:1", ask(shell, RemotePrograms::forget), "one waits for it");
        signal("CONT", second.process().pid());
        assertEquals("end:0:exit", second.end().end());
        assertEquals("forgotten:0", ask(shell, RemotePrograms::forget));
        assertFalse(Files.exists(kept()));
    }

    @ParameterizedTest
    @MethodSource("shells")
    void shouldSweepWhatIsOldButNoKeeperThatLives(Shell shell) throws Exception {
        Following running = begin(shell, waiting("echo end"));
        awaitBegun();
        Path living = kept();
        // The last files that are made there as it begins.
        Peer.eventually(
                "both outputs are kept",
                () -> Files.exists(living.resolve("out")) && Files.exists(living.resolve("err")));
        var old = FileTime.from(Instant.now().minus(Duration.ofDays(3)));
        Files.setLastModifiedTime(kept(), old);
        Path dead = kept().resolveSibling("test-" + UUID.randomUUID());
        Files.createDirectory(dead);
        Files.writeString(dead.resolve("result"), "0 exit 1 -\n");
        Files.setLastModifiedTime(dead, old);
        Path young = kept().resolveSibling("test-" + UUID.randomUUID());
        ids.add(young.getFileName().toString());
        Files.createDirectory(young);
        String other = "test-" + UUID.randomUUID();
        Attempt attempt = Attempt.at(other);
        assertEquals("end:0:exit", shell.run(attempt, script("true")).end());

        assertEquals("forgotten:0", shell.ask(attempt, RemotePrograms.forget(attempt)));

        assertTrue(Files.exists(kept()));
        assertFalse(Files.exists(dead));
        assertTrue(Files.exists(young));
        Files.writeString(gate, "");
        assertEquals("end:0:exit", running.end().end());
    }
}
