package com.busdk.workers.podman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunRequest;
import com.busdk.workers.containers.RunResult;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The runner with the podman of this machine. */
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
class RealPodmanTest {
    @TempDir
    static Path directory;

    private static RealPodman podman;
    private static int runs;

    private PodmanRunner runner;

    @BeforeAll
    static void findPodman() throws Exception {
        podman = RealPodman.in(directory);
    }

    @AfterAll
    static void removeAll() throws Exception {
        if (podman != null) {
            podman.close();
        }
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        await(runner.stop());
        assertEquals("", podman.call("ps", "--all", "--quiet"), "something stayed behind");
    }

    private Future<RunResult> run(Duration timeout, List<String> command, String... flags) {
        runner = new PodmanRunner(podman.options(flags), Map.of());
        return runner.run(new RunRequest("run_" + ++runs, "acc 1'", RealPodman.IMAGE, command, timeout));
    }

    private RunResult result(String script, String... flags) throws Exception {
        return await(run(Duration.ofMinutes(2), List.of("sh", "-c", script), flags));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
    }

    private static String type(Future<?> future) {
        Throwable cause =
                assertThrows(ExecutionException.class, () -> await(future)).getCause();
        return cause instanceof EndedRun e ? e.error().type() : ((ApiException) cause).type();
    }

    private static void awaitContainer() throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (podman.call("ps", "--quiet").isEmpty()) {
            assertTrue(System.nanoTime() < deadline, "no container came");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Test
    void shouldRunAContainerWithTheOptionsOfTheContract() throws Exception {
        RunResult result = result("printf OK; echo why >&2; touch here && touch /there; exit 7");

        assertEquals("OK", result.stdout());
        assertTrue(result.stderr().startsWith("why\n"), result.stderr());
        assertTrue(result.stderr().contains("Read-only file system"), "the image can be written to");
        assertEquals(7, result.exitCode());
    }

    @Test
    void shouldHandOverEveryWord() throws Exception {
        List<String> words = List.of("", " ", "a b", "'", "\"", "$(id)", "`id`", "\n", "; id", "--privileged", "ä😀");
        RunResult result = await(run(
                Duration.ofMinutes(2),
                Stream.concat(Stream.of("printf", "<%s>"), words.stream()).toList()));

        assertEquals("<" + String.join("><", words) + ">", result.stdout());
    }

    @Test
    void shouldLetAnotherUserWriteToTheWorkingDirectory() throws Exception {
        RunResult result = result("id -u; touch here && ls", "container-run-user", "1000:1000");

        assertEquals("1000\nhere\n", result.stdout());
    }

    @Test
    void shouldEndARunThatTakesTooLong() {
        assertEquals("timeout", type(run(Duration.ofSeconds(1), List.of("sleep", "600"))));
    }

    @Test
    void shouldEndARunThatIsCancelled() throws Exception {
        Future<RunResult> run = run(Duration.ofMinutes(5), List.of("sleep", "600"));
        awaitContainer();

        await(runner.cancel("run_" + runs));

        assertEquals("cancelled", type(run));
    }

    @Test
    void shouldEndARunWhenTheWorkerStops() throws Exception {
        Future<RunResult> run = run(Duration.ofMinutes(5), List.of("sleep", "600"));
        awaitContainer();

        await(runner.stop());

        assertEquals("unavailable", type(run));
    }

    @Test
    void shouldSayThatAnImageIsMissing() {
        runner = new PodmanRunner(podman.options(), Map.of());

        assertEquals(
                "container_error",
                type(runner.run(new RunRequest(
                        "run_missing", "acc-1", "127.0.0.1:9/none:1", List.of("true"), Duration.ofMinutes(1)))));
    }

    @Test
    void shouldRemoveAtItsStartWhatAKilledWorkerHasLeft() throws Exception {
        runner = new PodmanRunner(podman.options(), Map.of());
        Process worker = RunnerProcess.start(podman.options(), "run_killed");
        try {
            awaitContainer();
        } finally {
            worker.destroyForcibly().waitFor();
        }
        String others = podman.start("other=label", "sleep", "600");
        assertEquals(2, podman.call("ps", "--quiet").lines().count(), "the container outlives its worker");

        await(runner.start());

        String left = podman.call("ps", "--all", "--quiet", "--no-trunc");
        podman.call("rm", "--force", "--time", "0", others);
        assertEquals(others, left);
    }

    @Test
    void shouldRunAnewWhatAKilledWorkerHadInHand() throws Exception {
        Process worker = RunnerProcess.start(podman.options(), "run_again");
        try {
            awaitContainer();
        } finally {
            worker.destroyForcibly().waitFor();
        }
        runner = new PodmanRunner(podman.options(), Map.of());

        RunResult result = await(runner.run(new RunRequest(
                "run_again", "acc-1", RealPodman.IMAGE, List.of("printf", "again"), Duration.ofMinutes(1))));

        assertEquals("again", result.stdout());
    }
}
