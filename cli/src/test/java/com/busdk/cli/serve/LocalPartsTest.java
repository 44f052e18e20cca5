package com.busdk.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.client.worker.Reply;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerResource;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.run.WorkerSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long the local stack waits for a worker that reads its history. */
@Timeout(60)
class LocalPartsTest {
    private static final Duration LOOK = Duration.ofMillis(1);
    private static final Duration NEVER = Duration.ofDays(1);

    private final Vertx vertx = Vertx.vertx();
    private final Reading reading = new Reading();
    private final CompletableFuture<Integer> stop = new CompletableFuture<>();
    private final List<String> notes = new ArrayList<>();

    /** A history that is as long as a test wants. */
    private static final class Reading implements WorkerResource {
        private final Promise<Void> whole = Promise.promise();
        private final AtomicLong read = new AtomicLong();

        @Override
        public Future<Void> start() {
            return whole.future();
        }

        @Override
        public Future<Void> stop() {
            return Future.succeededFuture();
        }

        @Override
        public boolean comesBeforeGroups() {
            return true; // there is no service to have them
        }

        @Override
        public long progress() {
            return read.get();
        }
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private WorkerRun worker() throws Exception {
        WorkerSettings settings =
                WorkerSettings.read("vm", Map.of("consumer", "one"), Map.of("BUS_API_TOKEN", "t"), _ -> {});
        EventsClient client = EventsClient.create(vertx, settings.events(), TokenSource.fixed("t"));
        var context = new WorkerContext("vm", vertx, client, settings, Map.of(), Map.of());
        var workers = context.workers(
                _ -> Future.succeededFuture(Reply.of("null")), List.of(WorkerContext.Part.of("bus.vm.status.request")));
        return await(WorkerRun.start(new WorkerSet(workers, List.of(reading)), context));
    }

    @Test
    void shouldWaitAsLongAsTheHistoryIsReadAndSaySo() throws Exception {
        WorkerRun worker = worker();
        reading.read.set(1);

        // Each note is one look: the time that it may stand still is over at every one of them.
        assertThrows(
                Enough.class,
                () -> LocalParts.awaitRunning(
                        worker,
                        "the VM worker",
                        note -> {
                            notes.add(note);
                            if (reading.read.incrementAndGet() == 100) {
                                throw new Enough();
                            }
                        },
                        stop,
                        LOOK,
                        Duration.ZERO));

        assertEquals(99, notes.size());
        assertEquals("waiting for the VM worker, which reads the history of events: 99 so far", notes.getLast());
        await(worker.stop());
    }

    /** A test has seen enough. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void shouldGiveUpOnAHistoryThatStandsStill() throws Exception {
        WorkerRun worker = worker();

        CliException problem = assertThrows(
                CliException.class,
                () -> LocalParts.awaitRunning(worker, "the VM worker", notes::add, stop, LOOK, Duration.ofMillis(50)));

        assertEquals(ExitCode.FAILED, problem.exitCode());
        assertEquals("the VM worker did not start in time", problem.getMessage());
        await(worker.stop());
    }

    @Test
    void shouldFailAtOnceWithAWorkerThatHasEnded() throws Exception {
        WorkerRun worker = worker();
        reading.whole.fail(new IllegalStateException("no such table"));

        CliException problem = assertThrows(
                CliException.class,
                () -> LocalParts.awaitRunning(worker, "the VM worker", notes::add, stop, NEVER, NEVER));

        assertTrue(String.valueOf(problem.getMessage()).contains("no such table"), problem.getMessage());
    }

    @Test
    void shouldNotKeepSomebodyWaitingWhoWantsToStop() throws Exception {
        WorkerRun worker = worker();
        stop.complete(ExitCode.INTERRUPTED);

        CliException problem = assertThrows(
                CliException.class,
                () -> LocalParts.awaitRunning(worker, "the VM worker", notes::add, stop, NEVER, NEVER));

        assertEquals(ExitCode.INTERRUPTED, problem.exitCode());
        await(worker.stop());
    }
}
