package com.busdk.workers.containers;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A runner that only pretends: the same request has the same result on any machine, and nothing is run. It is for trying
 * things out where no container can run.
 *
 * <p>It understands {@code printf}, {@code echo}, {@code true}, {@code false}, {@code exit} and {@code sleep}, alone or in
 * {@code sh -c}, there also several of them with {@code ;}, {@code &&} and {@code ||} between them and {@code >&2} behind
 * them. Anything else ends with exit code 127 and a line on standard error, as a shell's unknown command does. An image's
 * own command prints nothing. Durations are those of {@code sleep}, in full seconds, and a millisecond where nothing
 * sleeps: no process takes less, and what took no time would be counted as no use.
 *
 * <p>Any thread may call.
 */
public final class StaticContainers implements ContainerBackend {
    /** What results call it, and the kind of its containers. */
    public static final String NAME = "static";

    private static final long MIN_DURATION_MS = 1;

    private final Vertx vertx;
    private final ContainerRunOptions options;
    private final String runnerName;

    /** Runs that sleep; each is a request in hand, whose number is bounded. */
    private final Map<String, Sleeper> sleeping = new ConcurrentHashMap<>();

    /** A run that sleeps since then. */
    private record Sleeper(Promise<RunResult> result, long sinceNanos) {}

    /**
     * A runner.
     *
     * @param vertx for {@code sleep}
     * @param options bounds the output
     */
    public StaticContainers(Vertx vertx, ContainerRunOptions options) {
        this(vertx, options, NAME);
    }

    /**
     * A runner with a name.
     *
     * @param vertx for {@code sleep}
     * @param options bounds the output
     * @param runnerName what results and the status call it
     */
    public StaticContainers(Vertx vertx, ContainerRunOptions options, String runnerName) {
        this.vertx = vertx;
        this.options = options;
        this.runnerName = runnerName;
    }

    @Override
    public Future<RunResult> run(RunRequest run) {
        StaticShell.Outcome outcome = StaticShell.run(run.command());
        Duration slept = Duration.ofSeconds(outcome.sleptSeconds());
        boolean tooLong = slept.compareTo(run.timeout()) > 0;
        Duration wait = tooLong ? run.timeout() : slept;
        if (wait.isZero()) {
            return Future.succeededFuture(result(run, outcome));
        }
        Promise<RunResult> promise = Promise.promise();
        Sleeper sleeper = new Sleeper(promise, System.nanoTime());
        if (sleeping.putIfAbsent(run.runId(), sleeper) != null) {
            return Future.failedFuture(RunErrors.inHand());
        }
        long timer = vertx.setTimer(wait.toMillis(), ignored -> {
            if (tooLong) {
                promise.tryFail(new EndedRun(RunErrors.timeout(run.timeout()), run.timeout()));
            } else {
                promise.tryComplete(result(run, outcome));
            }
        });
        return promise.future().onComplete(ignored -> {
            vertx.cancelTimer(timer);
            sleeping.remove(run.runId(), sleeper);
        });
    }

    @Override
    public Future<Void> cancel(String runId) {
        Sleeper sleeper = sleeping.get(runId);
        if (sleeper != null) {
            Duration slept = Duration.ofNanos(System.nanoTime() - sleeper.sinceNanos());
            sleeper.result().tryFail(new EndedRun(RunErrors.cancelled(), slept));
        }
        return Future.succeededFuture();
    }

    /** Nothing outlives the process. */
    @Override
    public Future<Void> discard(RunRequest run) {
        return Future.succeededFuture();
    }

    @Override
    public Future<ObjectNode> status() {
        ObjectNode item =
                new ObjectNode(JsonNodeFactory.instance).put("id", runnerName).put("state", "ready");
        item.putObject("details").put("provider", NAME);
        return Future.succeededFuture(item);
    }

    @Override
    public Future<ObjectNode> runnerStatus() {
        ObjectNode status =
                new ObjectNode(JsonNodeFactory.instance).put("state", "ready").put("provider", NAME);
        status.putObject("details");
        return Future.succeededFuture(status);
    }

    @Override
    public Future<Void> runnerStart() {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> runnerDelete() {
        return Future.succeededFuture();
    }

    private RunResult result(RunRequest run, StaticShell.Outcome outcome) {
        BoundedText out = BoundedText.of(outcome.stdout(), options.outputLimit());
        BoundedText err = BoundedText.of(outcome.stderr(), options.outputLimit());
        return new RunResult(
                run.runId(),
                run.owner(),
                runnerName,
                run.image(),
                run.command(),
                outcome.exitCode(),
                out.text(),
                err.text(),
                out.truncated(),
                err.truncated(),
                Math.max(
                        MIN_DURATION_MS,
                        Duration.ofSeconds(outcome.sleptSeconds()).toMillis()),
                NAME);
    }
}
