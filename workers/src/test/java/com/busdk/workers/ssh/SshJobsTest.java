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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scripts that do not come to their end by themselves, or whose runner does not, with a real sshd. */
class SshJobsTest extends SshTestCase {
    private static final Lease LOST = () -> Future.succeededFuture(false);

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

    /** When a request is forgotten nothing of it is left on the machine. */
    private void assertForgotten(SshExecutor executor, String id) throws Exception {
        executor.forget(id);
        Peer.eventually("its folder goes", () -> foldersOf(id).isEmpty());
    }

    private static List<Path> foldersOf(String id) {
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
        assertAllEnded();
        assertForgotten(executor, id);
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

    // --- followed by another runner, or by the same one over another connection ---

    /** Says that it begins, and comes to its end when the test opens the gate. */
    private String waiting() {
        return "echo begun >> " + begun() + "; echo out; echo err >&2; until [ -e " + gate()
                + " ]; do sleep 0.05; done; echo end";
    }

    private Path begun() {
        return folder.resolve("begun");
    }

    private Path gate() {
        return folder.resolve("gate");
    }

    private void awaitBegun() throws InterruptedException {
        Peer.eventually("the script begins", () -> Peer.text(begun()).endsWith("\n"));
    }

    /** Lets the script come to its end, and has its result. */
    private ScriptResult whole(CompletableFuture<ScriptResult> run) throws Exception {
        Files.writeString(gate(), "");
        ScriptResult result = run.get(60, TimeUnit.SECONDS);
        assertEquals("out\nend\n", result.stdout());
        assertEquals("err\n", result.stderr());
        assertEquals("begun\n", Peer.text(begun()), "it was begun once");
        return result;
    }

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

    // --- requests that were delivered before, and more than one candidate ---

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
        ApiException failure = failure(begin(second, two.both("touch " + begun()), id, Earlier.LIKELY, cancelled));
        assertEquals("cancelled", failure.type());
        assertEquals("the run was cancelled; it was ended", failure.message());
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
