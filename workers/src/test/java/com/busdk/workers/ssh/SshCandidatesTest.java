package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

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
    void shouldNotWaitForLongWhereTheOnlyMachineTurnsEveryUserAway() throws Exception {
        Sshd shellless = closing(Sshd.start(
                folder.resolve("shellless"), "127.0.0.2", key, List.of(Peer.me()), "ForceCommand /bin/false"));
        know(shellless);
        ScriptRequest one = ScriptRequest.of(List.of(shellless.target(Peer.me())), "true");
        assertEquals("ssh_failed", failure(again(hasty(), one, newId())).type());
        ScriptRequest two = ScriptRequest.of(List.of(shellless.target(Peer.me(), "no-such-user")), "true");
        ApiException failure = failure(again(hasty(), two, newId()));
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
}
