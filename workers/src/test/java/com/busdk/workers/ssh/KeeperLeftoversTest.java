package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.workers.ssh.RemotePrograms.Reason;
import com.busdk.workers.ssh.Shell.Following;
import com.busdk.workers.ssh.Shell.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What attempts find of a keeper and its folder that are gone, or are left, and how that is taken away. */
class KeeperLeftoversTest extends KeeperSuite {
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

    private static String session(long pid) {
        return stat(pid)[3];
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
