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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
            assertEquals(130, code.get(), err.toString(StandardCharsets.UTF_8));
            assertTrue(
                    err.toString(StandardCharsets.UTF_8).contains("run run_mine is cancelled"),
                    err.toString(StandardCharsets.UTF_8));
            assertTrue(service.asked().stream().noneMatch(asked -> asked.path().endsWith("run_other")), "not that one");
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
