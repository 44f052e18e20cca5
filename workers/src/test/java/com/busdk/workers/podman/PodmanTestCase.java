package com.busdk.workers.podman;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunRequest;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What tests of the runner share: a podman of shell, and waiting for it. */
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
abstract class PodmanTestCase {
    @TempDir
    Path directory;

    FakePodman podman;
    PodmanRunner runner;

    @BeforeEach
    void begin() throws IOException {
        podman = new FakePodman(directory);
        runner = new PodmanRunner(podman.options("output-limit", "1000"), Map.of());
    }

    @AfterEach
    void end() throws Exception {
        await(runner.stop());
    }

    static RunRequest request(String runId, String... command) {
        return request(runId, "image", Duration.ofMinutes(5), command);
    }

    static RunRequest request(String runId, String image, Duration timeout, String... command) {
        return new RunRequest(runId, "acc-1", image, List.of(command), timeout);
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    static Throwable failure(Future<?> future) {
        return assertThrows(ExecutionException.class, () -> await(future)).getCause();
    }

    static String type(Future<?> future) {
        return error(failure(future)).type();
    }

    static ApiException error(Throwable failure) {
        return failure instanceof EndedRun e ? e.error() : (ApiException) failure;
    }

    /** Waits for what another process is about to do. */
    static void until(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            assertTrue(System.nanoTime() < deadline, "it never came");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }
}
