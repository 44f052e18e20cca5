package com.busdk.workers.podman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The image of a run, which may have to be pulled before, against a podman of shell. */
class PodmanImagesTest extends PodmanTestCase {
    @Test
    void shouldNotSayOfAnImageThatWasStillPulledHowLongItRan() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "pulled", Duration.ofMinutes(5), "sleep", "600"));
        until(() -> podman.words().contains("pulling"));

        await(runner.cancel("run_1"));

        assertEquals(
                "cancelled",
                assertInstanceOf(ApiException.class, failure(run)).type(),
                "nothing ran, which is nobody's to pay for");
    }

    @Test
    void shouldEndARunWhosePodmanStandsStillBeforeThat() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "stuck", Duration.ofMinutes(5), "true"));
        until(podman::looks);
        long before = System.nanoTime();

        await(runner.cancel("run_1"));

        assertEquals("cancelled", type(run));
        assertTrue(System.nanoTime() - before < Podman.TIMEOUT.toNanos() / 2, "its own time is not waited for");
    }

    /** Waits while the image is pulled. */
    private void pullFor(Duration time) throws Exception {
        until(() -> podman.words().contains("pulling"));
        long end = System.nanoTime() + time.toNanos();
        until(() -> System.nanoTime() > end);
    }

    @Test
    void shouldNotCountThePullOfTheImage() throws Exception {
        Duration timeout = Duration.ofSeconds(3);
        Future<RunResult> run = runner.run(request("run_1", "late", timeout, "sh", "-c", "exit 255"));
        pullFor(timeout);
        long before = System.nanoTime();
        podman.open("arrived");

        RunResult result = await(run);

        assertEquals(255, result.exitCode(), "its own, and no timeout");
        long most = Duration.ofNanos(System.nanoTime() - before).toMillis();
        assertTrue(result.durationMs() <= most, result.durationMs() + " ms of " + most);
    }

    /** What is left of the time for a start is for the container's own. */
    @Test
    void shouldTakeThePullOfTheImageFromTheTimeForTheStart() throws Exception {
        runner = new PodmanRunner(podman.options("container-start-timeout", "20s"), Map.of());
        Future<RunResult> run = runner.run(request("run_1", "late", Duration.ofSeconds(1), "sleep", "600"));
        pullFor(Duration.ofSeconds(3));
        podman.open("arrived");

        ApiException end = error(failure(run));

        assertEquals("timeout", end.type());
        int seconds = Integer.parseInt(end.message().replaceAll("[^0-9]", ""));
        assertTrue(seconds <= 18, end.message());
    }

    @Test
    void shouldLeaveToPodmanRunWhatCannotBePulledWithoutIt() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "private", Duration.ofMinutes(5), "printf", "out"));

        assertEquals("out", await(run).stdout());
        assertTrue(podman.words().contains("pulling"));
    }

    @Test
    void shouldPullTheImageFromWhereRunWould() throws Exception {
        String args = "--authfile=/a --ulimit nofile=1:1 --platform linux/arm64 --tls-verify=false --pids-limit=5";
        runner = new PodmanRunner(podman.options("podman-run-args", args), Map.of());

        await(runner.run(request("run_1", "private", Duration.ofMinutes(5), "true")));

        assertTrue(
                podman.words().contains("pull --authfile=/a --platform linux/arm64 --tls-verify=false --quiet private"),
                podman.words().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--pull=never", "--ulimit=nofile=1:1 --pull always"})
    void shouldNotPullWhereItIsSaidWhenThatIsDone(String args) throws Exception {
        runner = new PodmanRunner(podman.options("podman-run-args", args), Map.of());

        await(runner.run(request("run_1", "private", Duration.ofMinutes(5), "true")));

        assertFalse(podman.words().contains("pulling"));
    }

    @Test
    void shouldNotCountThePullOfTheImageOfARunThatIsCancelled() throws Exception {
        Future<RunResult> run = runner.run(request("run_1", "late", Duration.ofMinutes(5), "sleep", "600"));
        pullFor(Duration.ofMillis(300));
        long before = System.nanoTime();
        podman.open("arrived");
        until(() -> podman.containers().contains("bus-run_1"));

        await(runner.cancel("run_1"));

        EndedRun end = assertInstanceOf(EndedRun.class, failure(run));
        assertEquals("cancelled", end.error().type());
        assertTrue(end.ran().isPositive() && end.ran().toNanos() <= System.nanoTime() - before, end.ran() + " ran");
    }
}
