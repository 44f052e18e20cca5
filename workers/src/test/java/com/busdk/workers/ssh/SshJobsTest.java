package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Lease;
import com.busdk.client.worker.LeaseLostException;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts that do not come to their end by themselves, or whose runner does not, with a real sshd. */
class SshJobsTest extends SshJobTestCase {
    private static final Lease LOST = () -> Future.succeededFuture(false);

    @Test
    void shouldEndTheWholeJobWhenTimeIsUp() throws Exception {
        String id = newId();
        SshExecutor executor = executor();
        ScriptRequest request = script(server, stubborn()).withTimeout(Duration.ofSeconds(3));
        CompletableFuture<ScriptResult> run = begin(executor, request, id, new StopWish());
        awaitStubborn();
        ApiException failure = failure(run);
        assertEquals("timeout", failure.type());
        assertEquals("the script did not end within 3s; it was ended", failure.message());
        assertTrue(ran(run).isPositive() && ran(run).compareTo(Duration.ofMinutes(1)) < 0, ran(run) + " ran");
        assertAllEnded();
        assertForgotten(executor, id);
    }

    @Test
    void shouldEndTheWholeJobWhenItIsCancelled() throws Exception {
        String id = newId();
        SshExecutor executor = executor();
        StopWish stop = new StopWish();
        CompletableFuture<ScriptResult> run = begin(executor, script(server, stubborn()), id, stop);
        awaitStubborn();
        stop.ask(StopWish.Reason.CANCELLED);
        ApiException failure = failure(run);
        assertEquals("cancelled", failure.type());
        assertEquals("the run was cancelled; it was ended", failure.message());
        assertTrue(ran(run).isPositive() && ran(run).compareTo(Duration.ofMinutes(1)) < 0, ran(run) + " ran");
        assertAllEnded();
        assertForgotten(executor, id);
    }

    /** The machine may pull an image for it, which takes as long as it takes, and is no time of the script. */
    @Test
    void shouldSayOfNothingThatWasNotBegunHowLongItRan() throws Exception {
        SshExecutor executor = executor();
        StopWish stop = new StopWish();
        ScriptRequest request = script(server, "touch " + folder.resolve("no")).withPrepare(stubborn());
        CompletableFuture<ScriptResult> run = begin(executor, request, newId(), stop);
        awaitStubborn();
        stop.ask(StopWish.Reason.CANCELLED);
        assertEquals("the run was cancelled; it was ended", failure(run).message());
        assertEquals(Duration.ZERO, ran(run));
        assertAllEnded();
        assertFalse(Files.exists(folder.resolve("no")));
    }

    /** One whose machine has ended it by itself, as its runner was not there. */
    @Test
    void shouldSayHowLongAScriptRanThatItsMachineHasEnded() throws Exception {
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> run = begin(first, script(server, waiting()), id, new StopWish());
        awaitBegun();
        first.close();
        assertEquals("unavailable", failure(run).type());
        Attempt attempt = Attempt.at(id);
        assertTrue(Ending.of(Shell.usual().ask(attempt, RemotePrograms.end(attempt, RemotePrograms.Reason.TIMEOUT)))
                .over());
        CompletableFuture<ScriptResult> again = again(executor(), script(server, waiting()), id);
        assertEquals("timeout", failure(again).type());
        assertTrue(ran(again).isPositive());
    }

    @Test
    void shouldNotBeginWhatWasCancelledBefore() throws Exception {
        StopWish stop = new StopWish();
        stop.ask(StopWish.Reason.CANCELLED);
        var begun = folder.resolve("begun");
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, "touch " + begun), newId(), stop);
        assertEquals("cancelled", failure(run).type());
        assertEquals(Duration.ZERO, ran(run));
        assertFalse(Files.exists(begun));
    }

    // --- followed by another runner, or by the same one over another connection ---

    @Test
    void shouldLeaveScriptsToTheNextRunnerWhenItIsClosed() throws Exception {
        String id = newId();
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> run = begin(first, script(server, waiting()), id, new StopWish());
        awaitBegun();
        first.close();
        assertEquals("unavailable", failure(run).type());
        SshExecutor second = executor();
        ScriptResult result = whole(again(second, script(server, waiting()), id));
        assertEquals(new ScriptResult.Place("127.0.0.1", Peer.me()), result.target());
        assertForgotten(second, id);
    }

    @Test
    void shouldGiveTheResultToARunnerThatComesAfterTheEnd() throws Exception {
        String id = newId();
        ScriptRequest request = script(server, waiting());
        CompletableFuture<ScriptResult> run = begin(executor(), request, id, new StopWish());
        awaitBegun();
        ScriptResult first = whole(run);
        SshExecutor second = executor();
        assertEquals(first, whole(again(second, request, id)), "also how long it took");
        assertForgotten(second, id);
        assertEquals("begun\n", Peer.text(begun()));
    }

    @Test
    void shouldLetTwoRunnersFollowOneScript() throws Exception {
        String id = newId();
        ScriptRequest request = script(server, waiting());
        SshExecutor first = executor();
        CompletableFuture<ScriptResult> one = begin(first, request, id, new StopWish());
        awaitBegun();
        CompletableFuture<ScriptResult> two = again(executor(), request, id);
        Peer.eventually("the other one logs in", () -> server.logins() == 2);
        assertEquals(whole(one), whole(two));
        assertForgotten(first, id);
    }

    @Test
    void shouldFollowAgainWhenTheConnectionWasCut() throws Exception {
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, waiting()), newId(), new StopWish());
        awaitBegun();
        server.connections().forEach(ProcessHandle::destroyForcibly);
        Peer.eventually("it comes again", () -> server.logins() == 2);
        whole(run);
    }

    /** As where the script has started its machine anew, which has forgotten it. */
    @Test
    void shouldNotBeginAgainWhatTheMachineHasForgottenWhenTheConnectionWasCut() throws Exception {
        String id = newId();
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, waiting()), id, new StopWish());
        awaitBegun();
        Path kept = foldersOf(id).getFirst();
        seen.add(Long.parseLong(Files.readString(kept.resolve("claim")).split(" ", 2)[0]));
        Peer.run("rm", "-r", kept.toString());
        server.connections().forEach(ProcessHandle::destroyForcibly);
        assertEquals("ssh_outcome_unknown", failure(run).type());
        assertEquals("begun\n", Peer.text(begun()), "it was begun once");
        assertEquals(List.of(), foldersOf(id));
    }

    @Test
    void shouldFollowAgainWhenTheShellThatFollowsIsEnded() throws Exception {
        CompletableFuture<ScriptResult> run = begin(executor(), script(server, waiting()), newId(), new StopWish());
        awaitBegun();
        for (ProcessHandle connection : server.connections()) {
            connection
                    .children()
                    .filter(child -> child.info().command().orElse("").endsWith("sh"))
                    .forEach(ProcessHandle::destroyForcibly);
        }
        whole(run);
    }

    @Test
    void shouldNoticeAConnectionThatHangsAndFollowOverAnother() throws Exception {
        SshExecutor executor = executor("keep-alive", "200ms");
        CompletableFuture<ScriptResult> run = begin(executor, script(server, waiting()), newId(), new StopWish());
        awaitBegun();
        List<ProcessHandle> hanging = server.connections();
        try {
            for (ProcessHandle connection : hanging) {
                Peer.run("/bin/kill", "-STOP", String.valueOf(connection.pid()));
            }
            Peer.eventually("it comes again", () -> server.logins() == 2);
            whole(run);
        } finally {
            hanging.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void shouldSayThatTheConnectionWasLostWhenItDoesNotComeBackInTime() throws Exception {
        ScriptRequest request = script(server, stubborn()).withTimeout(Duration.ofSeconds(5));
        CompletableFuture<ScriptResult> run = begin(executor(), request, newId(), new StopWish());
        awaitStubborn();
        server.kill();
        ApiException failure = failure(run);
        assertEquals("ssh_connection_lost", failure.type());
        assertTrue(failure.message().contains("does so by itself"), failure.message());
        assertTrue(seen.stream().allMatch(Peer::lives));
    }

    @Test
    void shouldSayThatTheEndIsNotKnownWhereWhatWatchedIsGone() throws Exception {
        String id = newId();
        SshExecutor executor = executor();
        CompletableFuture<ScriptResult> run = begin(executor, script(server, stubborn()), id, new StopWish());
        awaitStubborn();
        String claim = Files.readString(foldersOf(id).getFirst().resolve("claim"));
        Peer.run("/bin/kill", "-KILL", claim.split(" ", 2)[0]);
        ApiException failure = failure(run);
        assertEquals("ssh_outcome_unknown", failure.type());
        assertTrue(failure.message().endsWith("it was not begun again"), failure.message());
        assertAllEnded();
        assertEquals(
                "ssh_outcome_unknown",
                failure(again(executor, script(server, "touch " + begun()), id)).type());
        assertFalse(Files.exists(begun()));
        assertForgotten(executor, id);
    }

    // --- requests that are somebody else's by now ---

    private static void assertLetGo(CompletableFuture<ScriptResult> run) {
        Throwable failure = assertThrows(ExecutionException.class, () -> run.get(60, TimeUnit.SECONDS))
                .getCause();
        assertInstanceOf(LeaseLostException.class, failure);
    }

    @Test
    void shouldBeginNothingWhoseLeaseIsLost() throws Exception {
        String id = newId();
        ScriptRequest request = script(server, "touch " + begun());
        SshExecutor executor = executor();
        assertLetGo(begin(executor, request, id, Earlier.NONE, LOST, new StopWish()));
        assertEquals(1, server.logins());
        Peer.eventually("its folder goes", () -> foldersOf(id).isEmpty());
        assertFalse(Files.exists(begun()));
        assertEquals("", run(executor, script(server, "true")).stdout(), "the connection is still of use");
        assertEquals(1, server.logins());
    }

    @Test
    void shouldShowThatARequestHasComeBeforeItsLeaseIsConfirmed() throws Exception {
        String id = newId();
        AtomicReference<Candidate.Found> seen = new AtomicReference<>();
        Lease lease = () -> {
            seen.set(foldersOf(id).isEmpty() ? Candidate.Found.NONE : Candidate.Found.FOLDER);
            if (Files.exists(begun())) {
                seen.set(Candidate.Found.BEGUN);
            }
            return Future.succeededFuture(true);
        };
        begin(executor(), script(server, "touch " + begun()), id, Earlier.NONE, lease, new StopWish())
                .get(60, TimeUnit.SECONDS);
        assertEquals(Candidate.Found.FOLDER, seen.get());
        assertTrue(Files.exists(begun()));
    }

    /** Else the one who runs it could not tell how it ended: the answer that comes first counts. */
    @Test
    void shouldNotAnswerWhatIsSomebodyElses() throws Exception {
        ScriptRequest.Target dead;
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost());
            dead = door.target(Peer.me());
        }
        ScriptRequest request = ScriptRequest.of(List.of(dead), "true");
        assertEquals("ssh_unreachable", failure(executor(), request).type());
        assertLetGo(begin(executor(), request, newId(), Earlier.NONE, LOST, new StopWish()));
        StopWish cancelled = new StopWish();
        cancelled.ask(StopWish.Reason.CANCELLED);
        assertLetGo(begin(executor(), request, newId(), Earlier.NONE, LOST, cancelled));
    }

    /** It was begun here: whoever has the request now follows it, too, and both say the same. */
    @Test
    void shouldAnswerWhatItHasBegunAlsoWithoutTheLease() throws Exception {
        AtomicBoolean held = new AtomicBoolean(true);
        Lease lease = () -> Future.succeededFuture(held.get());
        CompletableFuture<ScriptResult> run =
                begin(executor(), script(server, waiting()), newId(), Earlier.NONE, lease, new StopWish());
        awaitBegun();
        held.set(false);
        server.connections().forEach(ProcessHandle::destroyForcibly);
        whole(run);
    }

    /** Whoever has it now, and found nothing of it left here, has begun it in another place: theirs is the answer. */
    @Test
    void shouldNotSayThatTheEndIsNotKnownOfWhatIsSomebodyElses() throws Exception {
        AtomicBoolean held = new AtomicBoolean(true);
        Lease lease = () -> Future.succeededFuture(held.get());
        String id = newId();
        CompletableFuture<ScriptResult> run =
                begin(executor(), script(server, waiting()), id, Earlier.NONE, lease, new StopWish());
        awaitBegun();
        Path kept = foldersOf(id).getFirst();
        seen.add(Long.parseLong(Files.readString(kept.resolve("claim")).split(" ", 2)[0]));
        held.set(false);
        Peer.run("rm", "-r", kept.toString());
        server.connections().forEach(ProcessHandle::destroyForcibly);
        assertLetGo(run);
    }

    @Test
    void shouldAskAMachineAgainToEndACancelledScriptThatItHasBegun() throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost());
            door.open();
            StopWish stop = new StopWish();
            ScriptRequest request = ScriptRequest.of(List.of(door.target(Peer.me())), stubborn());
            CompletableFuture<ScriptResult> run = begin(executor("connect-timeout", "1s"), request, newId(), stop);
            awaitStubborn();
            door.shut();
            stop.ask(StopWish.Reason.CANCELLED);
            int before = door.knocks();
            Peer.eventually("it is asked to end it, twice", () -> door.knocks() > before + 2);
            assertTrue(seen.stream().allMatch(Peer::lives));
            door.open();
            assertEquals("the run was cancelled; it was ended", failure(run).message());
            assertAllEnded();
        }
    }

    /** Nobody could say so before. It was done, and is paid for. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAnswerWithWhatAScriptDidThatHasEndedByItselfBeforeItIsEnded(boolean cancelled) throws Exception {
        try (Door door = Door.to(server, "127.0.0.5")) {
            know(door.knownHost());
            door.open();
            StopWish stop = new StopWish();
            Path ended = folder.resolve("ended");
            ScriptRequest request = ScriptRequest.of(
                            List.of(door.target(Peer.me())), waiting() + "; echo ended > " + ended)
                    .withTimeout(Duration.ofSeconds(cancelled ? 600 : 15));
            String id = newId();
            CompletableFuture<ScriptResult> run = begin(executor("connect-timeout", "20s"), request, id, stop);
            awaitBegun();
            door.shut();
            Files.writeString(gate(), "");
            Peer.eventually("it ends", () -> Peer.text(ended).endsWith("\n"));
            Peer.eventually(
                    "it is put down",
                    () -> foldersOf(id).stream().anyMatch(kept -> Files.exists(kept.resolve("result"))));
            Peer.eventually("it is to be followed", () -> door.knocks() > 1);
            if (cancelled) {
                stop.ask(StopWish.Reason.CANCELLED);
            }
            Peer.eventually("it is to be ended", () -> door.knocks() > 2);
            door.open();
            whole(run);
        }
    }

    // --- ended over another connection ---

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
            assertTrue(ran(run).isPositive(), "also where it was not followed to its end");
            assertAllEnded();
        } finally {
            hanging.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void shouldLeaveNothingBehindOnTheMachine() throws Exception {
        String id = newId();
        SshExecutor executor = executor();
        executor.run(script(server, "sleep 0.1; exit 3"), id, Earlier.NONE, Lease.KEPT, new StopWish());
        assertEquals(1, foldersOf(id).size(), "for who may get the request again");
        assertForgotten(executor, id);
    }
}
