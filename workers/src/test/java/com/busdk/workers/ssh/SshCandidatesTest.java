package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.client.worker.LeaseLostException;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that may have been begun before, at one of several machines and users, with a real sshd. */
class SshCandidatesTest extends SshJobTestCase {
    @Test
    void shouldBeginNowhereElseWhileAMachineCannotBeAsked() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost(), server.knownHost());
            ScriptRequest request = ScriptRequest.of(
                            List.of(door.target(Peer.me()), server.target(Peer.me())), "touch " + begun())
                    .withTimeout(Duration.ofSeconds(5));
            SshExecutor executor = executor("connect-timeout", "500ms");
            ApiException failure = failure(again(executor, request, newId()));
            assertEquals("ssh_outcome_unknown", failure.type());
            assertTrue(failure.message().contains(door.target("x").host()), failure.message());
            assertTrue(door.knocks() > 1, "it was asked until time was up");
            assertFalse(Files.exists(begun()));
        }
    }

    @Test
    void shouldAskAMachineAgainUntilItAnswers() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost(), server.knownHost());
            ScriptRequest request =
                    ScriptRequest.of(List.of(door.target(Peer.me()), server.target(Peer.me())), "echo here");
            CompletableFuture<ScriptResult> run = again(executor("connect-timeout", "2s"), request, newId());
            Peer.eventually("it was asked", () -> door.knocks() > 1);
            door.open();
            assertEquals("127.0.0.5", run.get(60, TimeUnit.SECONDS).target().host());
        }
    }

    private ScriptRequest atBoth(Sshd other, String... users) {
        return ScriptRequest.of(List.of(server.target(users), other.target(Peer.me())), "touch " + begun())
                .withTimeout(Duration.ofSeconds(3));
    }

    @Test
    void shouldNotWaitForAnothersLoginWhenItIsCancelled() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost());
            SshExecutor executor = executor("connect-timeout", "40s");
            ScriptRequest request = ScriptRequest.of(List.of(door.target(Peer.me())), "true");
            CompletableFuture<ScriptResult> first = begin(executor, request, newId(), new StopWish());
            Peer.eventually("it logs in", () -> door.knocks() == 1);
            StopWish stop = new StopWish();
            CompletableFuture<ScriptResult> second = begin(executor, request, newId(), stop);
            stop.ask(StopWish.Reason.CANCELLED);
            assertEquals("cancelled", failure(second).type());
            assertFalse(first.isDone());
        }
    }

    /** The runner that made the earlier attempt may know another key than this one does. */
    @Test
    void shouldBeginNowhereElseWhileTheHostKeyOfAMachineIsNotKnown() throws Exception {
        Sshd other = sshd("127.0.0.2");
        know(other);
        ApiException failure = failure(again(executor(), atBoth(other, "no-such-user", Peer.me()), newId()));
        assertEquals("ssh_outcome_unknown", failure.type());
        assertTrue(failure.message().contains("is not known to the runner"), failure.message());
        assertFalse(Files.exists(begun()));
    }

    /** Nothing can be begun elsewhere; but another runner, which was let in, may have begun it. */
    @Test
    void shouldSayAtOnceThatTheEndIsNotKnownWhereTheOnlyMachineRefusesTheRunner() throws Exception {
        Sshd other = sshd("127.0.0.2");
        know(other);
        ApiException mismatch = failure(again(executor(), script(server, "true"), newId()));
        assertEquals("ssh_outcome_unknown", mismatch.type());
        assertTrue(mismatch.message().contains("is not known to the runner"), mismatch.message());
        know(server);
        ScriptRequest refused = ScriptRequest.of(List.of(server.target("no-such-user")), "true");
        ApiException auth = failure(again(executor(), refused, newId()));
        assertEquals("ssh_outcome_unknown", auth.type());
        assertTrue(auth.message().contains("does not let no-such-user in"), auth.message());
        assertEquals("ssh_auth_failed", failure(executor(), refused).type(), "on the first delivery it is known");
    }

    @Test
    void shouldNotWaitWhereTheOnlyMachineTurnsEveryUserAway() throws Exception {
        Sshd shellless = closing(Sshd.start(
                folder.resolve("shellless"), "127.0.0.2", key, List.of(Peer.me()), "ForceCommand /bin/false"));
        know(shellless);
        ScriptRequest one = ScriptRequest.of(List.of(shellless.target(Peer.me())), "true");
        assertEquals("ssh_failed", failure(again(executor(), one, newId())).type());
        ScriptRequest two = ScriptRequest.of(List.of(shellless.target(Peer.me(), "no-such-user")), "true");
        ApiException failure = failure(again(executor(), two, newId()));
        assertEquals("ssh_outcome_unknown", failure.type());
        assertTrue(failure.message().contains("does not let no-such-user in"), failure.message());
    }

    @Test
    void shouldBeginNowhereElseWhileAMachineLetsNobodyIn() throws Exception {
        Sshd other = sshd("127.0.0.2");
        know(server, other);
        ApiException failure = failure(again(executor(), atBoth(other, "no-such-user"), newId()));
        assertEquals("ssh_outcome_unknown", failure.type());
        assertTrue(failure.message().contains("does not let no-such-user in"), failure.message());
        assertFalse(Files.exists(begun()));
    }

    @Test
    void shouldBelieveAMachineThatLetsAnotherUserIn() throws Exception {
        Sshd other = sshd("127.0.0.2");
        know(server, other);
        again(executor(), atBoth(other, "no-such-user", Peer.me()), newId()).get(60, TimeUnit.SECONDS);
        assertTrue(Files.exists(begun()));
    }

    @Test
    void shouldNotSayThatAScriptWasEndedWhereItCouldNotBeAsked() throws Exception {
        Sshd other = sshd("127.0.0.2");
        know(other);
        StopWish cancelled = new StopWish();
        cancelled.ask(StopWish.Reason.CANCELLED);
        ApiException failure = failure(begin(executor(), atBoth(other, Peer.me()), newId(), Earlier.LIKELY, cancelled));
        assertEquals("cancelled", failure.type());
        assertTrue(failure.message().contains("could not be asked to end it"), failure.message());
    }

    /** On the first delivery nobody can have begun it: the next candidate gets it at once. */
    @Test
    void shouldNotAskAroundOnTheFirstDelivery() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost(), server.knownHost());
            ScriptRequest request =
                    ScriptRequest.of(List.of(door.target(Peer.me()), server.target(Peer.me())), "echo here");
            assertEquals(
                    "here\n", run(executor("connect-timeout", "2s"), request).stdout());
            assertEquals(1, door.knocks());
        }
    }

    // --- requests that are old, and say that they are delivered for the first time ---

    @Test
    void shouldNotWaitWithAnOldRequestForAMachineThatIsSilent() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost(), server.knownHost());
            ScriptRequest request =
                    ScriptRequest.of(List.of(door.target(Peer.me()), server.target(Peer.me())), "echo here");
            SshExecutor executor = executor("connect-timeout", "1s");
            CompletableFuture<ScriptResult> run = begin(executor, request, newId(), Earlier.UNLIKELY, new StopWish());
            assertEquals("here\n", run.get(60, TimeUnit.SECONDS).stdout());
            assertEquals(1, door.knocks(), "it was looked at once");
        }
    }

    @Test
    void shouldNotWaitWithAnOldRequestForAMachineThatRefuses() throws Exception {
        ScriptRequest.Target dead;
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost(), server.knownHost());
            dead = door.target(Peer.me());
        }
        ScriptRequest request = ScriptRequest.of(List.of(dead, server.target(Peer.me())), "echo here");
        CompletableFuture<ScriptResult> run = begin(executor(), request, newId(), Earlier.UNLIKELY, new StopWish());
        assertEquals("here\n", run.get(60, TimeUnit.SECONDS).stdout());
        ScriptRequest nowhere = ScriptRequest.of(List.of(dead), "true");
        assertEquals(
                "ssh_unreachable",
                failure(begin(executor(), nowhere, newId(), Earlier.UNLIKELY, new StopWish()))
                        .type());
    }

    @Test
    void shouldAskOnceToEndAnOldRequestThatWasCancelled() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost());
            StopWish cancelled = new StopWish();
            cancelled.ask(StopWish.Reason.CANCELLED);
            ScriptRequest request = ScriptRequest.of(List.of(door.target(Peer.me())), "true");
            SshExecutor executor = executor("connect-timeout", "500ms");
            assertEquals(
                    "cancelled",
                    failure(begin(executor, request, newId(), Earlier.UNLIKELY, cancelled))
                            .type());
            assertEquals(2, door.knocks(), "it was looked for, and asked to end it");
        }
    }

    // --- more than one user ---

    @Test
    void shouldFollowAtTheSecondUserWhatWasBegunThere() throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "only root can have a second user");
        String id = newId();
        TwoUsers two = twoUsers();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> run = begin(first, two.only(waiting()), id, new StopWish());
        awaitBegun();
        first.close();
        assertEquals("unavailable", failure(run).type());
        SshExecutor second = executor();
        ScriptResult result = whole(again(second, two.both(waiting()), id));
        assertEquals(two.other().name(), result.target().user());
        assertForgotten(second, id);
    }

    @Test
    void shouldEndACancelledScriptWhereverItMayRunAndNeverBeginIt() throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "only root can have a second user");
        String id = newId();
        TwoUsers two = twoUsers();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> run = begin(first, two.only(stubborn()), id, new StopWish());
        awaitStubborn();
        first.close();
        assertEquals("unavailable", failure(run).type());
        assertTrue(seen.stream().allMatch(Peer::lives));
        SshExecutor second = executor();
        StopWish cancelled = new StopWish();
        cancelled.ask(StopWish.Reason.CANCELLED);
        CompletableFuture<ScriptResult> again =
                begin(second, two.both("touch " + begun()), id, Earlier.LIKELY, cancelled);
        ApiException failure = failure(again);
        assertEquals("cancelled", failure.type());
        assertEquals("the run was cancelled; it was ended", failure.message());
        assertTrue(ran(again).isPositive(), "whoever has begun it");
        assertAllEnded();
        // Whoever gets it once more, without having heard of the cancellation, does not begin it either.
        assertEquals(
                "cancelled",
                failure(again(second, two.both("touch " + begun()), id)).type());
        assertEquals(
                "cancelled",
                failure(again(executor(), script(two.server(), "touch " + begun()), id))
                        .type());
        assertFalse(Files.exists(begun()));
        assertForgotten(second, id);
    }

    @Test
    void shouldAskAgainWhereACancelledScriptCouldNotBeEnded() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost());
            StopWish stop = new StopWish();
            ScriptRequest request = ScriptRequest.of(List.of(door.target(Peer.me())), "touch " + begun());
            CompletableFuture<ScriptResult> run =
                    begin(executor("connect-timeout", "2s"), request, newId(), Earlier.LIKELY, stop);
            Peer.eventually("it was asked", () -> door.knocks() > 0);
            stop.ask(StopWish.Reason.CANCELLED);
            Peer.eventually("it is asked to end it", () -> door.knocks() > 1);
            door.open();
            assertEquals("the run was cancelled; it was ended", failure(run).message());
            assertFalse(Files.exists(begun()));
        }
    }

    /** Its runner was restarted meanwhile. It was done, and is paid for. */
    @Test
    void shouldAnswerWithWhatAnEarlierAttemptsScriptDidThatHasEndedByItselfBeforeItIsCancelled() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(server.knownHost(), door.knownHost());
            String id = newId();
            SshExecutor first = executor();
            CompletableFuture<ScriptResult> earlier = begin(first, script(server, waiting()), id, new StopWish());
            awaitBegun();
            first.close();
            assertEquals("unavailable", failure(earlier).type());
            Files.writeString(gate(), "");
            Peer.eventually(
                    "it is put down",
                    () -> foldersOf(id).stream().anyMatch(kept -> Files.exists(kept.resolve("result"))));
            StopWish stop = new StopWish();
            ScriptRequest request = ScriptRequest.of(List.of(door.target(Peer.me())), waiting());
            SshExecutor second = executor("connect-timeout", "10s");
            CompletableFuture<ScriptResult> run = begin(second, request, id, Earlier.LIKELY, stop);
            Peer.eventually("it was asked", () -> door.knocks() > 0);
            stop.ask(StopWish.Reason.CANCELLED);
            Peer.eventually("it is asked to end it", () -> door.knocks() > 1);
            door.open();
            whole(run);
            assertForgotten(second, id);
        }
    }

    /** It is asked for once more: the machine gave no shell for a moment. */
    @Test
    void shouldFetchAgainWhatAnEarlierAttemptsScriptDid() throws Exception {
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> earlier = begin(first, script(server, waiting()), id, new StopWish());
        awaitBegun();
        first.close();
        assertEquals("unavailable", failure(earlier).type());
        Path kept = foldersOf(id).getFirst();
        Files.writeString(gate(), "");
        Peer.eventually("it is put down", () -> Files.exists(kept.resolve("result")));
        Path missed = folder.resolve("missed");
        Sshd same = forcedForAll("""
            [ ! -e %s ] || [ -e %s ] || { touch %2$s; exit 1; }
            exec sh -c "$SSH_ORIGINAL_COMMAND"
            """.formatted(kept.resolve("stopped"), missed));
        know(same);
        StopWish cancelled = new StopWish();
        cancelled.ask(StopWish.Reason.CANCELLED);
        SshExecutor second = executor();
        whole(begin(second, script(same, waiting()), id, Earlier.LIKELY, cancelled));
        assertTrue(Files.exists(missed));
        assertForgotten(second, id);
    }

    // --- machines that do not answer as they should ---

    /** Its shell is killed, as by a machine that is short of memory; or it is there and cannot start a program. */
    static Stream<Arguments> brokenShells() {
        String kill = "kill -KILL $$";
        String full = "IFS= read -r line; IFS= read -r names; eval \"$names\";"
                + " printf '\\036bus:%s:here\\n' \"$bus_word\"; exit 2";
        return Stream.of(Earlier.LIKELY, Earlier.UNLIKELY)
                .flatMap(earlier -> Stream.of(Arguments.of(earlier, kill), Arguments.of(earlier, full)));
    }

    /** A server where another user has a program of the test's in the place of a shell. */
    private Sshd forced(TestUser other, String program) throws Exception {
        Path shell = Files.writeString(folder.resolve("shell"), "#!/bin/sh\n" + program);
        Files.setPosixFilePermissions(shell, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        return closing(Sshd.start(
                folder.resolve("two"),
                "127.0.0.1",
                key,
                List.of(Peer.me(), other.name()),
                "Match User " + other.name(),
                "ForceCommand " + shell));
    }

    @ParameterizedTest
    @MethodSource("brokenShells")
    void shouldNotTakeAShellThatIsEndedForOneThatIsNotThere(Earlier earlier, String broken) throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "only root can have a second user");
        TestUser other = closing(TestUser.create());
        Path breaking = folder.resolve("breaking");
        Path came = folder.resolve("came");
        Sshd both = forced(
                other,
                "if [ -e " + breaking + " ]; then echo >> " + came + "; " + broken
                        + "; fi\nexec sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
        know(both);
        TwoUsers two = new TwoUsers(both, other);
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> run = begin(first, two.only(waiting()), id, new StopWish());
        awaitBegun();
        first.close();
        assertEquals("unavailable", failure(run).type());

        Files.writeString(breaking, "");
        SshExecutor second = executor();
        CompletableFuture<ScriptResult> again = begin(second, two.both(waiting()), id, earlier, new StopWish());
        Peer.eventually(
                "it is asked again, or has begun it elsewhere",
                () -> Peer.text(came).length() > 1 || Peer.text(begun()).length() > "begun\n".length());
        Files.delete(breaking);
        assertEquals(other.name(), whole(again).target().user());
        assertForgotten(second, id);
    }

    /** An earlier attempt may be about to begin it there. */
    @Test
    void shouldGiveToNobodyElseWhatHasComeToAMachineThatCannotBeReachedAnyMore() throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "only root can have a second user");
        TwoUsers two = twoUsers();
        Promise<Boolean> lease = Promise.promise();
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> earlier =
                begin(first, two.only(waiting()), id, Earlier.NONE, lease::future, new StopWish());
        Peer.eventually("it has come", () -> !foldersOf(id).isEmpty());
        try (Door one = Door.to(two.server(), "127.0.0.5");
                Door other = Door.to(two.server(), "127.0.0.6")) {
            know(two.server().knownHost(), one.knownHost(), other.knownHost());
            one.open();
            ScriptRequest request =
                    ScriptRequest.of(List.of(one.target(two.other().name()), other.target(Peer.me())), waiting());
            SshExecutor second = executor("connect-timeout", "2s");
            CompletableFuture<ScriptResult> run = again(second, request, id);
            Peer.eventually("the first has been asked, and the other one is", () -> other.knocks() > 0);
            one.shut();
            int before = one.knocks();
            other.open();
            Peer.eventually(
                    "the first is tried again, or the other one has begun it",
                    () -> one.knocks() > before + 1 || Files.exists(begun()));
            one.open();
            assertEquals("127.0.0.5", whole(run).target().host());
            lease.complete(false);
            assertInstanceOf(
                    LeaseLostException.class,
                    assertThrows(ExecutionException.class, () -> earlier.get(60, TimeUnit.SECONDS))
                            .getCause());
        } finally {
            lease.tryComplete(false);
        }
    }

    /** Nothing of the earlier attempt is there any more, so the next one may have it. */
    @Test
    void shouldGiveToTheNextWhatIsNotAtAMachineAnyMoreThatDoesNotBeginIt() throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "only root can have a second user");
        TestUser other = closing(TestUser.create());
        Sshd both = forced(other, """
            echo >> %s
            IFS= read -r line; IFS= read -r names; eval "$names"
            case $(wc -l < %1$s) in
            1 | 2) said=folder ;;
            4) said=none ;;
            *) exit 1 ;;
            esac
            printf '\\036bus:%%s:found:%%s:boot:1\\n' "$bus_word" "$said"
            """.formatted(folder.resolve("came")));
        know(both);
        Files.writeString(gate(), "");
        CompletableFuture<ScriptResult> run =
                again(executor(), ScriptRequest.of(List.of(both.target(other.name(), Peer.me())), waiting()), newId());
        assertEquals(Peer.me(), whole(run).target().user());
    }

    /** It may have been begun before that, of which nothing is left now. */
    @Test
    void shouldGiveToNobodyElseWhatHadComeToAMachineThatWasStartedAnew() throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "only root can have a second user");
        TestUser other = closing(TestUser.create());
        Sshd both = forced(other, """
            echo >> %s
            IFS= read -r line; IFS= read -r names; eval "$names"
            case $(wc -l < %1$s) in
            1) said=folder:before:1 ;;
            2) exit 1 ;;
            *) said=none:after:1 ;;
            esac
            printf '\\036bus:%%s:found:%%s\\n' "$bus_word" "$said"
            """.formatted(folder.resolve("came")));
        know(both);
        ScriptRequest request = ScriptRequest.of(List.of(both.target(other.name(), Peer.me())), "touch " + begun());
        ApiException failure = failure(again(executor(), request, newId()));
        assertEquals("ssh_outcome_unknown", failure.type());
        assertTrue(failure.message().contains("was started anew"), failure.message());
        assertFalse(Files.exists(begun()));
    }

    /** A server where everybody has a program of the test's in the place of a shell. */
    private Sshd forcedForAll(String program) throws Exception {
        Path shell = Files.writeString(folder.resolve("shell"), "#!/bin/sh\n" + program);
        Files.setPosixFilePermissions(shell, PosixFilePermissions.fromString("rwxr-xr-x"));
        return closing(
                Sshd.start(folder.resolve("forced"), "127.0.0.2", key, List.of(Peer.me()), "ForceCommand " + shell));
    }

    /** No other may have it, and a key that is not known does not become so by itself. */
    @Test
    void shouldNotWaitForTheOnlyMachineThatItHasComeToWhereThatRefusesTheRunnerSince() throws Exception {
        Path came = folder.resolve("came");
        Sshd only = forcedForAll("""
            IFS= read -r line; IFS= read -r names; eval "$names"
            printf '\\036bus:%%s:found:folder:boot:1\\n' "$bus_word"
            echo >> %s
            """.formatted(came));
        know(only);
        CompletableFuture<ScriptResult> run = again(executor(), script(only, "true"), newId());
        Peer.eventually("it has come there", () -> !Peer.text(came).isEmpty());
        know("");
        only.connections().forEach(ProcessHandle::destroyForcibly);
        ApiException failure = failure(run);
        assertEquals("ssh_outcome_unknown", failure.type());
        assertTrue(failure.message().contains("is not known to the runner"), failure.message());
    }

    /** As where the machine is short of memory, or starts; also where an earlier attempt had come before that. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAskTheOnlyUserAgainWhereThereIsNoShellForAMoment(boolean before) throws Exception {
        Sshd only = forcedForAll("""
            echo >> %s
            number=$(($(wc -l < %1$s) - %d))
            [ $number -lt 4 ] || exec sh -c "$SSH_ORIGINAL_COMMAND"
            IFS= read -r line; IFS= read -r names; eval "$names"
            case $number in
            0) said=folder ;;
            1 | 2) exit 1 ;;
            *) said=none ;;
            esac
            printf '\036bus:%%s:found:%%s:boot:1\n' "$bus_word" "$said"
            """.formatted(folder.resolve("came"), before ? 1 : 0));
        know(only);
        CompletableFuture<ScriptResult> run = again(executor(), script(only, "echo here"), newId());
        assertEquals("here\n", run.get(60, TimeUnit.SECONDS).stdout());
    }

    @Test
    void shouldNotWaitForTheOnlyUserThatItHasComeToWhoHasNoShellSince() throws Exception {
        Path came = folder.resolve("came");
        Sshd only = forcedForAll("""
            [ ! -e %s ] || exit 1
            IFS= read -r line; IFS= read -r names; eval "$names"
            printf '\\036bus:%%s:found:folder:boot:1\\n' "$bus_word"
            echo >> %1$s
            """.formatted(came));
        know(only);
        ApiException failure = failure(again(executor(), script(only, "true"), newId()));
        assertEquals("ssh_outcome_unknown", failure.type());
        assertTrue(failure.message().contains("no shell"), failure.message());
    }

    /** That may pass, but not for this user, and nothing says that an earlier attempt was there. */
    @Test
    void shouldNotWaitWithAnOldRequestForAUserWhoseShellIsEndedEachTime() throws Exception {
        Sshd ended = forcedForAll("kill -KILL $$\n");
        try (Door silent = Door.to(server, "127.0.0.5")) {
            know(server.knownHost(), ended.knownHost(), silent.knownHost());
            ScriptRequest request = ScriptRequest.of(
                    List.of(ended.target(Peer.me()), silent.target(Peer.me()), server.target(Peer.me())), "echo here");
            SshExecutor executor = executor("connect-timeout", "5s");
            CompletableFuture<ScriptResult> run = begin(executor, request, newId(), Earlier.UNLIKELY, new StopWish());
            assertEquals("here\n", run.get(60, TimeUnit.SECONDS).stdout());
            assertEquals(1, silent.knocks(), "who does not answer at all is not asked each time");
            assertEquals(
                    "ssh_failed",
                    failure(begin(executor, script(ended, "true"), newId(), Earlier.UNLIKELY, new StopWish()))
                            .type());
        }
    }

    private record TwoUsers(Sshd server, TestUser other) {
        ScriptRequest only(String script) {
            return ScriptRequest.of(List.of(server.target(other.name())), script);
        }

        ScriptRequest both(String script) {
            return ScriptRequest.of(List.of(server.target("root", other.name())), script);
        }
    }

    private TwoUsers twoUsers() throws Exception {
        TestUser other = closing(TestUser.create());
        Sshd both = closing(Sshd.start(folder.resolve("two"), "127.0.0.1", key, List.of("root", other.name())));
        know(both);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        return new TwoUsers(both, other);
    }
}
