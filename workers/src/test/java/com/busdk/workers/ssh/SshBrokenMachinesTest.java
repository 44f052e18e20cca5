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

/** Requests that may have been begun before, at machines that do not answer as they should, with a real sshd. */
class SshBrokenMachinesTest extends SshJobTestCase {
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
    void shouldNotWaitForLongForTheOnlyUserThatItHasComeToWhoHasNoShellSince() throws Exception {
        Path came = folder.resolve("came");
        Sshd only = forcedForAll("""
            [ ! -e %s ] || exit 1
            IFS= read -r line; IFS= read -r names; eval "$names"
            printf '\\036bus:%%s:found:folder:boot:1\\n' "$bus_word"
            echo >> %1$s
            """.formatted(came));
        know(only);
        ApiException failure = failure(again(hasty(), script(only, "true"), newId()));
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
            SshExecutor executor = hasty("connect-timeout", "5s");
            CompletableFuture<ScriptResult> run = begin(executor, request, newId(), Earlier.UNLIKELY, new StopWish());
            assertEquals("here\n", run.get(60, TimeUnit.SECONDS).stdout());
            assertEquals(1, silent.knocks(), "who does not answer at all is not asked each time");
            assertEquals(
                    "ssh_failed",
                    failure(begin(executor, script(ended, "true"), newId(), Earlier.UNLIKELY, new StopWish()))
                            .type());
        }
    }

    /** It is asked for once more: the machine gave no shell for a moment. */
    @Test
    void shouldFetchAgainWhatAnEarlierAttemptsScriptDid() throws Exception {
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> earlier = begin(first, script(server, waiting()), id, new StopWish());
        Path kept = endedByItself(first, earlier, id);
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

    /** It has ended by itself as it was to be ended, on a machine that then has no shell for anybody. */
    @Test
    void shouldSayHowLongAScriptRanWhoseResultStaysOutOfReachBeforeNobodyWaitsForThat() throws Exception {
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> earlier = begin(first, script(server, waiting()), id, new StopWish());
        Path kept = endedByItself(first, earlier, id);
        Sshd same = forcedForAll("""
            [ ! -e %s ] || { echo >> %s; exit 1; }
            exec sh -c "$SSH_ORIGINAL_COMMAND"
            """.formatted(kept.resolve("stopped"), folder.resolve("missed")));
        know(same);
        StopWish cancelled = new StopWish();
        cancelled.ask(StopWish.Reason.CANCELLED);
        long start = System.nanoTime();
        CompletableFuture<ScriptResult> run = begin(executor(), script(same, waiting()), id, Earlier.LIKELY, cancelled);
        assertEquals("cancelled", failure(run).type());
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        assertTrue(ran(run).isPositive());
        assertTrue(Peer.text(folder.resolve("missed")).length() > 1, "it was tried again");
        assertTrue(took.compareTo(Duration.ofSeconds(15)) < 0, "its worker waits for so long: " + took);
    }

    /** Its runner goes away; the machine has its result. Where that is kept. */
    private Path endedByItself(SshExecutor runner, CompletableFuture<ScriptResult> run, String id) throws Exception {
        awaitBegun();
        runner.close();
        assertEquals("unavailable", failure(run).type());
        Path kept = foldersOf(id).getFirst();
        Files.writeString(gate(), "");
        Peer.eventually("it is put down", () -> Files.exists(kept.resolve("result")));
        return kept;
    }
}
