package com.busdk.cli.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.command.Entry;
import com.busdk.cli.command.Environment;
import com.busdk.cli.command.Runner;
import com.busdk.cli.events.FakeService;
import com.busdk.cli.events.FakeService.Answer;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ctrl-C, pressed by the test in the middle of a run. */
@Timeout(60)
class RunCommandTest {
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch deleted = new CountDownLatch(1);
    private final CompletableFuture<String> requestId = new CompletableFuture<>();

    @Test
    void shouldDeleteTheRunThatItStartedAndNoOther(@TempDir Path folder) throws Exception {
        try (FakeService service = new FakeService()) {
            service.on("POST /api/v1/containers/runs", asked -> {
                running.countDown();
                await(deleted);
                return Answer.error(409, "cancelled", "cancelled by its owner");
            });
            service.on(
                    "GET /api/v1/containers/runs",
                    _ -> Answer.json(
                            200,
                            "{\"runs\":[{\"run_id\":\"run_other\",\"request_id\":\"x\"},{\"run_id\":\"run_mine\",\"request_id\":\""
                                    + requestId.join() + "\"}]}"));
            service.on("DELETE /api/v1/containers/runs/run_mine", _ -> {
                deleted.countDown();
                return Answer.json(200, "{\"deleted\":true}");
            });
            assertEndsCancelled(folder, service, "run run_mine is cancelled");
            assertTrue(service.asked().stream().noneMatch(asked -> asked.path().endsWith("run_other")), "not that one");
        }
    }

    /** Ctrl-C may come before the service has begun the run that it was asked for. */
    @Test
    void shouldLookForTheRunUntilItIsInTheList(@TempDir Path folder) throws Exception {
        try (FakeService service = new FakeService()) {
            service.on("POST /api/v1/containers/runs", asked -> {
                running.countDown();
                await(deleted);
                return Answer.error(409, "cancelled", "cancelled by its owner");
            });
            var looks = new AtomicInteger();
            service.on(
                    "GET /api/v1/containers/runs",
                    _ -> Answer.json(
                            200,
                            looks.incrementAndGet() < 3
                                    ? "{\"runs\":[]}"
                                    : "{\"runs\":[{\"run_id\":\"run_mine\",\"request_id\":\"" + requestId.join()
                                            + "\"}]}"));
            service.on("DELETE /api/v1/containers/runs/run_mine", _ -> {
                deleted.countDown();
                return Answer.json(200, "{\"deleted\":true}");
            });
            assertEndsCancelled(folder, service, "run run_mine is cancelled");
            assertEquals(3, looks.get());
        }
    }

    /** A run may be behind many newer ones, and what a page goes on from may be deleted before the next is asked for. */
    @Test
    void shouldLookAtAllPagesOfTheList(@TempDir Path folder) throws Exception {
        try (FakeService service = new FakeService()) {
            service.on("POST /api/v1/containers/runs", _ -> {
                running.countDown();
                await(deleted);
                return Answer.error(409, "cancelled", "cancelled by its owner");
            });
            var looks = new AtomicInteger();
            service.on("GET /api/v1/containers/runs", asked -> switch (asked.query()) {
                case "limit=200" -> page("run_other", "x", looks.getAndIncrement() == 0 ? "run_gone" : "run_other");
                case "limit=200&after=run_other" -> page("run_mine", requestId.join(), "run_mine");
                case "limit=200&after=run_gone" -> Answer.error(400, "bad_request", "no such run");
                default -> Answer.error(404, "not_found", "nobody should ask for " + asked.query());
            });
            service.on("DELETE /api/v1/containers/runs/run_mine", _ -> {
                deleted.countDown();
                return Answer.json(200, "{\"deleted\":true}");
            });
            assertEndsCancelled(folder, service, "run run_mine is cancelled");
        }
    }

    private static Answer page(String id, String request, String next) {
        String run = "{\"run_id\":\"" + id + "\",\"request_id\":\"" + request + "\"}";
        return Answer.json(200, "{\"runs\":[" + run + "],\"next_after\":\"" + next + "\"}");
    }

    @Test
    void shouldStopLookingForARunThatIsOver(@TempDir Path folder) throws Exception {
        try (FakeService service = new FakeService()) {
            service.on("POST /api/v1/containers/runs", asked -> {
                running.countDown();
                await(deleted);
                return Answer.error(503, "unavailable", "no worker");
            });
            service.on("GET /api/v1/containers/runs", _ -> {
                deleted.countDown();
                return Answer.json(200, "{\"runs\":[]}");
            });
            assertEndsCancelled(folder, service, "the run was over before it was cancelled");
        }
    }

    private void assertEndsCancelled(Path folder, FakeService service, String words) throws Exception {
        service.onHeaders(headers -> {
            String id = headers.getFirst("X-Request-Id");
            if (id != null) {
                requestId.complete(id);
            }
        });
        var pressed = new CompletableFuture<Runnable>();
        var err = new ByteArrayOutputStream();
        var code = CompletableFuture.supplyAsync(() -> run(folder, service, pressed, err));
        running.await();
        pressed.get().run();
        int ended = code.get();
        deleted.countDown(); // whatever became of it, the service can be closed
        String said = err.toString(StandardCharsets.UTF_8);
        assertEquals(130, ended, said);
        assertTrue(said.contains(words), said);
    }

    /** Both are 502 with the same type: a service was not reached, or a worker answered that it failed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "502|bad_gateway|container_error: podman: no such image|1",
                "502|bad_gateway|host_key_mismatch: the runner shows another key|1",
                "502|bad_gateway|the worker's answer to bus.containers.run.request does not have the shape it should|1",
                "502|bad_gateway|the containers service behind the gateway cannot be reached: try again|69",
                "502|bad_gateway|the vm service behind the gateway went away before its answer: it may have"
                        + " happened|69",
                "503|unavailable|no worker listens to bus.containers.run.request|69"
            })
    void shouldTellAWorkerThatFailedFromAServiceThatWasNotReached(
            int status, String type, String message, int code, @TempDir Path folder) {
        try (FakeService service = new FakeService()) {
            service.on("POST /api/v1/containers/runs", Answer.error(status, type, message));
            var err = new ByteArrayOutputStream();
            int ended = run(folder, service, new CompletableFuture<>(), err);
            String said = err.toString(StandardCharsets.UTF_8);
            assertEquals(code, ended, said);
            assertTrue(said.contains(message), said);
        }
    }

    /** A proxy of another make before the service has no words of ours. */
    @Test
    void shouldTakeABadGatewayWithoutAnErrorForAServiceThatWasNotReached(@TempDir Path folder) {
        try (FakeService service = new FakeService()) {
            service.on(
                    "POST /api/v1/containers/runs", new Answer(502, "text/html", "<h1>502 Bad Gateway</h1>", Map.of()));
            assertEquals(69, run(folder, service, new CompletableFuture<>(), new ByteArrayOutputStream()));
        }
    }

    private static int run(
            Path folder, FakeService service, CompletableFuture<Runnable> pressed, ByteArrayOutputStream err) {
        var environment = new Environment(
                "bus",
                Map.of("BUS_AI_API_URL", service.url(), "BUS_AI_TOKEN", "t", "HOME", folder.toString()),
                folder,
                InputStream.nullInputStream(),
                new Output(new ByteArrayOutputStream()),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Terminals.NONE);
        var root = new Entry.Group(
                "",
                "",
                List.of(new Entry.Leaf("run", "", () -> new RunCommand((name, action) -> pressed.complete(action)))));
        var runner = new Runner(root, _ -> {
            throw new IllegalStateException("no files here");
        });
        return Runner.guard(
                environment,
                "bus",
                0,
                here -> Runner.run(
                        here, runner.prepare("bus", List.of("run", "--profile", "codex", "--", "sleep", "9"))));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
