package com.busdk.workers.podman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunErrors;
import com.busdk.workers.containers.RunResult;
import io.vertx.core.Future;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The runner against a podman of shell: processes, output, endings. */
class PodmanRunnerTest extends PodmanTestCase {
    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void shouldGiveWhatAContainerPrintsAndItsExitCode() throws Exception {
        RunResult result = await(runner.run(request("run_1", "sh", "-c", "printf out; printf err >&2; exit 7")));

        assertEquals("out", result.stdout());
        assertEquals("err", result.stderr());
        assertEquals(7, result.exitCode());
        assertEquals("podman", result.runtime());
        assertEquals(List.of(), podman.containers());
    }

    @Test
    void shouldFailWhatFailsWithAnError() {
        Error error = new StackOverflowError();
        assertEquals(error, failure(PodmanRunner.blocking("test", () -> {
            throw error;
        })));
    }

    @Test
    void shouldAnswerForAPodmanThatOutlivesItsKill() {
        ActiveRun run = new ActiveRun(request("run_1"));
        ChildProcess child = ChildProcess.reading(new ImmortalProcess(), 100);
        ApiException alone = assertThrows(ApiException.class, () -> PodmanRunner.ended(run, child));
        assertEquals("container_error", alone.type());
        run.end(RunErrors.timeout(Duration.ofMinutes(5)));
        ApiException late = assertThrows(ApiException.class, () -> PodmanRunner.ended(run, child));
        assertEquals("timeout", late.type());
    }

    /** A process that nothing ends; whoever waits for it has waited in vain at once. */
    private static final class ImmortalProcess extends Process {
        @Override
        public OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public InputStream getInputStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public InputStream getErrorStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public long pid() {
            return 0;
        }

        @Override
        public int waitFor() {
            throw new AssertionError("it is never waited for without a limit");
        }

        @Override
        public boolean waitFor(long timeout, TimeUnit unit) {
            assertTrue(unit.toSeconds(timeout) < 60, "it has been waited for before");
            return false;
        }

        @Override
        public int exitValue() {
            throw new IllegalThreadStateException("it has not ended");
        }

        @Override
        public void destroy() {}
    }

    @Test
    void shouldRemoveWhatADeadWorkerLeftOfARunThatWasDeleted() throws Exception {
        Process left = new ProcessBuilder("sleep", "600").start();
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            podman.put("bus-run_1", left.pid(), "run_1", dead().label());
            podman.put("bus-run_1b", other.pid(), "run_1", identity(other).label());
            podman.put("bus-run_2", other.pid(), "run_2", dead().label());
            await(runner.discard(request("run_1")));
            assertEquals(List.of("bus-run_1b", "bus-run_2"), podman.containers());
            assertTrue(left.waitFor(60, TimeUnit.SECONDS));
            assertTrue(other.isAlive(), "its worker hears of the deletion itself");
        } finally {
            left.destroyForcibly();
            other.destroyForcibly();
        }
    }

    @Test
    void shouldReadMoreThanItKeeps() throws Exception {
        RunResult result =
                await(runner.run(request("run_1", "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; printf e >&2")));

        assertEquals("x".repeat(1_000), result.stdout());
        assertTrue(result.stdoutTruncated());
        assertEquals("e", result.stderr());
        assertFalse(result.stderrTruncated());
        assertEquals(0, result.exitCode());
    }

    @Test
    void shouldReplaceBytesThatAreNoText() throws Exception {
        RunResult result = await(runner.run(request("run_1", "printf", "a\\377b")));

        assertEquals("a\uFFFDb", result.stdout());
    }

    @Test
    void shouldNeitherPassItsTokenNorAProxyToContainers() throws Exception {
        assertFalse(ChildProcess.isPassed("BUS_API_TOKEN"));
        assertFalse(ChildProcess.isPassed("UPCLOUD_TOKEN"));
        assertTrue(ChildProcess.isPassed("PATH"));
        assertTrue(ChildProcess.isPassed("CONTAINERS_CONF"));

        await(runner.run(request("run_1", "true")));

        assertTrue(podman.words().contains("--http-proxy=false"));
    }

    @Test
    void shouldEndWhatIsCancelled() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "sleep", "600"));
        until(() -> podman.containers().contains("bus-run_1"));
        long pid = podman.pid("bus-run_1");

        await(runner.cancel("run_1"));

        EndedRun end = assertInstanceOf(EndedRun.class, failure(run));
        assertEquals("cancelled", end.error().type());
        assertTrue(end.ran().isPositive() && end.ran().compareTo(Duration.ofMinutes(2)) < 0, end.ran() + " ran");
        assertEquals(List.of(), podman.containers());
        assertFalse(isAlive(pid));
    }

    /** Podman has removed its container already, or not yet. */
    @ParameterizedTest
    @ValueSource(strings = {"gone", "lingers"})
    void shouldAnswerWithWhatItDidWhereARunEndsByItselfAsItIsCancelled(String image) throws Exception {
        Future<RunResult> run =
                runner.run(request("run_1", image, Duration.ofMinutes(5), "sh", "-c", "printf out; exit 7"));
        until(podman::hasExited);

        await(runner.cancel("run_1"));
        until(() -> podman.words().contains("listing"));
        podman.open("go");

        RunResult result = await(run);
        assertEquals(7, result.exitCode());
        assertEquals("out", result.stdout());
        assertTrue(result.durationMs() > 0, "it is billed");
        until(() -> podman.containers().isEmpty());
    }

    @Test
    void shouldEndWhatIsCancelledWherePodmanFailsForAWhile() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "sleep", "600"));
        until(() -> podman.containers().contains("bus-run_1"));
        podman.refuseLists(2);

        await(runner.cancel("run_1"));

        assertEquals("cancelled", type(run));
        until(() -> podman.containers().isEmpty());
    }

    @Test
    void shouldRemoveWhatIsInHandWhenItStopsThoughPodmanFailsForAWhile() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "sleep", "600"));
        until(() -> podman.containers().contains("bus-run_1"));
        podman.refuseLists(2);

        await(runner.stop());

        assertEquals("unavailable", type(run));
        assertEquals(List.of(), podman.containers());
    }

    @Test
    void shouldEndWhatIsInHandWhenItStops() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "sleep", "600"));
        until(() -> podman.containers().contains("bus-run_1"));
        long pid = podman.pid("bus-run_1");

        await(runner.stop());

        assertEquals("unavailable", type(run));
        assertFalse(isAlive(pid));
        assertEquals("unavailable", type(runner.run(request("run_2", "true"))));
    }

    @Test
    void shouldTakePodmansTimeoutForOneAndAProgramsOwnExitCodeForWhatItIs() throws Exception {
        Throwable late = failure(runner.run(request("run_1", "slow", Duration.ofSeconds(1), "true")));
        EndedRun end = assertInstanceOf(EndedRun.class, late);
        assertEquals("timeout", end.error().type());
        assertEquals(Duration.ofSeconds(1), end.ran(), "however long it took to begin");
        assertEquals(
                255, await(runner.run(request("run_2", "sh", "-c", "exit 255"))).exitCode());
    }

    @Test
    void shouldSayWhyPodmanRefused() throws Exception {
        Throwable failure = failure(runner.run(request("run_1", "missing", Duration.ofMinutes(1), "true")));

        assertEquals("container_error", ((ApiException) failure).type());
        assertTrue(failure.getMessage().contains("no such image"), failure.getMessage());
        assertEquals(
                125, await(runner.run(request("run_2", "sh", "-c", "exit 125"))).exitCode());
    }

    @Test
    void shouldRefuseARunThatItHasInHand() throws Exception {
        Future<RunResult> first = runner.run(request("run_1", "sleep", "600"));

        assertEquals("conflict", type(runner.run(request("run_1", "true"))));

        await(runner.cancel("run_1"));
        assertEquals("cancelled", type(first));
    }

    @Test
    void shouldReplaceWhatADeadWorkerHasLeftOfTheRun() throws Exception {
        Process left = new ProcessBuilder("sleep", "600").start();
        podman.put("bus-run_1", left.pid(), "run_1", dead().label());

        RunResult result = await(runner.run(request("run_1", "printf", "again")));

        assertEquals("again", result.stdout());
        left.waitFor();
    }

    @Test
    void shouldWaitForAnotherWorkerThatHasTheRunInHand() throws Exception {
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            podman.put("bus-run_1", other.pid(), "run_1", identity(other).label());
            Future<RunResult> run = runner.run(request("run_1", "printf", "twice"));

            until(() -> podman.words().contains("waiting"));
            podman.remove("bus-run_1");

            assertEquals("conflict", type(run));
            assertTrue(other.isAlive(), "another worker's container is not ended");
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldRemoveAtItsStartWhatDeadWorkersOfThisHostHaveLeft() throws Exception {
        Process left = new ProcessBuilder("sleep", "600").start();
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            WorkerIdentity dead = dead();
            podman.put("bus-run_1", left.pid(), "run_1", dead.label());
            podman.put("bus-run_2", other.pid(), "run_2", identity(other).label());
            podman.put("bus-run_3", other.pid(), "run_3", "another-host/" + dead.pid() + "/1");
            podman.put("bus-run_4", other.pid(), "run_4", "whatever");

            await(runner.start());

            assertEquals(List.of("bus-run_2", "bus-run_3", "bus-run_4"), podman.containers());
            left.waitFor();
            assertTrue(other.isAlive());
        } finally {
            other.destroyForcibly().waitFor();
            left.destroyForcibly().waitFor();
        }
        podman.remove("bus-run_2");
        podman.remove("bus-run_3");
        podman.remove("bus-run_4");
    }

    @Test
    void shouldTellAProcessFromALaterOneOfTheSameNumber() {
        WorkerIdentity here = WorkerIdentity.ofThisProcess(Map.of());

        assertFalse(here.isDeadHere(here));
        assertTrue(new WorkerIdentity(here.host(), here.pid(), here.startedAt() - 60_000).isDeadHere(here));
        assertEquals(Optional.of(here), WorkerIdentity.parse(here.label()));
        assertEquals(Optional.empty(), WorkerIdentity.parse("a/b/c"));
    }

    @Test
    void shouldSayThatThereIsNoPodman() throws Exception {
        PodmanOptions none =
                PodmanOptions.read(Map.of("podman", directory.resolve("none").toString()), Map.of());

        assertTrue(await(PodmanRunner.whyNot(none)).orElseThrow().contains("install it"));
        assertTrue(failure(new PodmanRunner(none, Map.of()).start()) instanceof ConfigException);
    }

    private static WorkerIdentity identity(Process process) {
        return new WorkerIdentity(
                WorkerIdentity.ofThisProcess(Map.of()).host(),
                process.pid(),
                process.info().startInstant().orElseThrow().toEpochMilli());
    }

    /** The identity of a process that is no more. */
    private static WorkerIdentity dead() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        return new WorkerIdentity(WorkerIdentity.ofThisProcess(Map.of()).host(), process.pid(), 1);
    }
}
