package com.busdk.workers.upcloud;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.client.worker.Payload;
import com.busdk.workers.containers.ContainerBackend;
import com.busdk.workers.containers.ContainerRunOptions;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.PodmanCommand;
import com.busdk.workers.containers.RunErrors;
import com.busdk.workers.containers.RunRequest;
import com.busdk.workers.containers.RunResult;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.options.RunnerPolicy;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.power.Promised;
import com.busdk.workers.upcloud.runner.Runner;
import com.busdk.workers.upcloud.runner.RunnerManager;
import com.busdk.workers.upcloud.vm.UpCloudVm;
import com.busdk.workers.upcloud.vm.VmStatus;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers on a runner in the cloud: each run makes sure that the runner is there, and has the SSH worker run podman on
 * it. A run that is cancelled or takes too long has its script ended and its container removed, by name, so that nothing
 * is left behind on the runner whoever dies on the way.
 *
 * <p>Any thread. The runs in hand are in a concurrent map, which the worker's concurrency bounds.
 */
final class UpCloudContainers implements ContainerBackend {
    private static final String RUNTIME = "podman";

    /** A start of the runner is answered after this at the latest, whether or not it is there by then. */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    /** Longest time for removing a container that is ended at once. */
    private static final Duration REMOVAL = Duration.ofMinutes(1);

    /** A cancelled run is over after this at the latest, whether or not its script has said that it was ended. */
    static final Duration CANCELLED_WITHIN = Duration.ofSeconds(15);

    private static final Logger LOG = LoggerFactory.getLogger(UpCloudContainers.class);

    private final RunnerManager manager;
    private final ScriptCalls scripts;
    private final ContainerRunOptions options;
    private final RunnerPolicy policy;
    private final String runnerName;
    private final CloudTime time;
    private final ConcurrentMap<String, InHand> inHand = new ConcurrentHashMap<>();

    /**
     * Removals of containers that the hub does not have yet: one for each run in hand, and for those that have ended since a
     * hub went away that has them sent again for some minutes, and gives no more runs meanwhile.
     */
    private final Set<Future<Void>> removals = ConcurrentHashMap.newKeySet();

    /** The last start that somebody asked for. */
    private volatile @Nullable Promised accepted;

    UpCloudContainers(
            RunnerManager manager,
            ScriptCalls scripts,
            ContainerRunOptions options,
            RunnerPolicy policy,
            String runnerName,
            CloudTime time) {
        this.manager = manager;
        this.scripts = scripts;
        this.options = options;
        this.policy = policy;
        this.runnerName = runnerName;
        this.time = time;
    }

    /** A run; its promise is completed by whatever comes first: the script, or a cancel. Any thread. */
    private static final class InHand {
        private final RunRequest run;

        /** Until then its container has to run: the runner is made ready, and the image pulled. */
        private final Deadline start;

        private final Promise<RunResult> result = Promise.promise();

        /** Completes when the hub has the removal of its container, or does not take it; there before its result is. */
        private volatile Future<Void> removed = Future.succeededFuture();

        /** Where its script was sent to; null before that. */
        private volatile @Nullable Runner runner;

        private volatile boolean cancelled;

        InHand(RunRequest run, Deadline start) {
            this.run = run;
            this.start = start;
        }
    }

    @Override
    public Future<RunResult> run(RunRequest run) {
        InHand hand = new InHand(run, Deadline.in(time, options.startTimeout()));
        if (inHand.putIfAbsent(run.runId(), hand) != null) {
            return Future.failedFuture(RunErrors.inHand());
        }
        manager.ensure()
                .transform(ready -> {
                    if (ready.succeeded()) {
                        return script(ready.result(), hand);
                    }
                    // Whoever cancels it looks for what a worker before has begun, and answers.
                    return hand.cancelled ? hand.result.future() : Future.failedFuture(ready.cause());
                })
                .onComplete(result -> {
                    if (result.succeeded()) {
                        hand.result.tryComplete(result.result());
                    } else {
                        hand.result.tryFail(ours(result.cause()));
                    }
                });
        // The removal goes first: of a run that is answered nobody would send it again, were this worker killed.
        return hand.result
                .future()
                .eventually(() -> hand.removed)
                .onComplete(ignored -> inHand.remove(run.runId(), hand));
    }

    @Override
    public Future<Void> cancel(String runId) {
        InHand hand = inHand.get(runId);
        if (hand == null) {
            return Future.succeededFuture();
        }
        Promise<Void> removed = Promise.promise();
        hand.removed = removed.future();
        hand.cancelled = true;
        time.pause(CANCELLED_WITHIN).onSuccess(ignored -> hand.result.tryFail(RunErrors.cancelled()));
        Runner runner = hand.runner;
        // Whoever runs the script hears of it whatever else waits there, and answers how long it has run.
        Future<Void> ended =
                runner == null ? discardInHand(hand) : end(hand.run, removal(hand.run, runner), hand.result.future());
        return ended.onComplete(ignored -> removed.complete());
    }

    private Future<Void> discardInHand(InHand hand) {
        // How long it ran is told at once: the hub may have the removal when nobody waits for that any more.
        return discard(hand.run, hand.result::tryFail).transform(done -> {
            boolean known = done.cause() instanceof EndedRun;
            hand.result.tryFail(known ? done.cause() : RunErrors.cancelled());
            return done.succeeded() || known ? Future.succeededFuture() : Future.failedFuture(done.cause());
        });
    }

    @Override
    public boolean outlivesWorkers() {
        return true;
    }

    /** Ends the script that a worker before has sent, where it was sent to, and waits for what that says. */
    @Override
    public Future<Void> discard(RunRequest run) {
        return discard(run, ignored -> {});
    }

    /** @param told is told as soon as it is known how long it ran, if that is */
    private Future<Void> discard(RunRequest run, Consumer<EndedRun> told) {
        return scripts.sent(run.runId(), run.requestedAt()).compose(sent -> {
            if (sent.isEmpty()) {
                return Future.succeededFuture();
            }
            Future<String> answer = scripts.answer(run.runId(), run.requestedAt(), CANCELLED_WITHIN);
            answer.onComplete(done -> cancelled(run, done).ifPresent(told));
            Future<Void> removed = end(run, removal(run, sent.get()), answer);
            return removed.transform(ignored -> cancelled(run, answer)
                    .<Future<Void>>map(Future::failedFuture)
                    .orElse(removed));
        });
    }

    @Override
    public Future<ObjectNode> status() {
        return manager.status()
                .otherwise(cause -> {
                    LOG.warn("the runner's state is not known: {}", cause.getMessage());
                    return new VmStatus(VmStatus.UNAVAILABLE, UpCloudVm.PROVIDER, Map.of());
                })
                .map(status -> {
                    ObjectNode item = JsonNodeFactory.instance.objectNode();
                    item.put("id", runnerName).put("state", status.state());
                    // Users see that there is a runner, not what it is made of.
                    item.putObject("details").put("provider", status.provider());
                    return item;
                });
    }

    @Override
    public Future<ObjectNode> runnerStatus() {
        return manager.status().map(VmStatus::toJson).recover(UpCloudContainers::failed);
    }

    @Override
    public Future<Void> runnerStart() {
        Future<Runner> start = manager.ensure();
        accepted = manager.promised();
        Promise<Void> told = Promise.promise();
        start.onSuccess(ignored -> told.tryComplete()).onFailure(cause -> {
            LOG.warn("the runner is not there: {}", cause.getMessage());
            told.tryFail(ours(cause));
        });
        time.pause(ANSWER_WITHIN).onSuccess(ignored -> told.tryComplete());
        return told.future();
    }

    /**
     * A start is answered before the cloud has been told, where the runner takes its time; and a run that is ended may not
     * have had the time for the removal of its container. So whoever ends the program waits here first. A run that needs
     * the runner is no such promise: it goes to another worker.
     *
     * @param limit longest wait
     * @return completes when the cloud knows, and the hub has what it needs, or the time is over
     */
    Future<Void> told(Duration limit) {
        return Future.join(started(limit), removed(limit)).mapEmpty();
    }

    private Future<Void> removed(Duration limit) {
        List<Future<Void>> open = List.copyOf(removals);
        if (open.isEmpty()) {
            return Future.succeededFuture();
        }
        Promise<Void> over = Promise.promise();
        Future.join(open).onComplete(ignored -> over.tryComplete());
        time.pause(limit).onSuccess(ignored -> {
            if (over.tryComplete()) {
                LOG.error("containers of runs that have ended may still be on the runner: {}", removals.size());
            }
        });
        return over.future();
    }

    private Future<Void> started(Duration limit) {
        Promised start = accepted;
        return start == null
                ? Future.succeededFuture()
                : start.kept(
                        time,
                        limit,
                        () -> LOG.error("the cloud was not told to start the runner {}: ask for it again", runnerName));
    }

    @Override
    public Future<Void> runnerDelete() {
        return manager.delete().recover(UpCloudContainers::failed);
    }

    // --- a run ---

    private Future<RunResult> script(Runner runner, InHand hand) {
        RunRequest run = hand.run;
        hand.runner = runner;
        if (hand.cancelled) {
            return hand.result.future(); // as whoever cancels it says
        }
        // The image may take what is left of the time for a start, and what the run does not need of its own time.
        Duration limit = run.timeout().plus(hand.start.left());
        ObjectNode payload = payload(runner, PodmanCommand.of(options, run).script(), limit)
                .put("prepare", PodmanCommand.preparation(run));
        if (policy.applyNetplan() && runner.mac() == null) {
            return Future.failedFuture(
                    PowerControl.unavailable("runner netplan mode mac-match requires interface MAC"));
        }
        return scripts.run(run.runId(), run.owner(), payload, limit, run.requestedAt(), hand.result.future())
                .transform(answer -> {
                    if (answer.succeeded()) {
                        return result(run, answer.result()); // also of one that has ended by itself as it was cancelled
                    }
                    if (hand.cancelled) {
                        return Future.failedFuture(cancelled(run, answer)
                                .<Throwable>map(end -> end)
                                .orElseGet(RunErrors::cancelled));
                    }
                    manager.distrust();
                    // It may have been begun, and whoever asked for the run is told that it has failed.
                    if (!is(answer.cause(), ErrorType.NO_RESPONDERS)) {
                        hand.removed = end(run, removal(run, runner), Future.succeededFuture());
                    }
                    return failed(run, answer.cause());
                });
    }

    /** What a run is answered with that was deleted, where its script says how long it ran. */
    private static Optional<EndedRun> cancelled(RunRequest run, AsyncResult<String> answer) {
        return ran(answer).map(ran -> EndedRun.within(RunErrors.cancelled(), ran, run.timeout()));
    }

    /** A script that has ended says how long it ran, however it ended; of one that was given up nobody knows. */
    private static Optional<Duration> ran(AsyncResult<String> answer) {
        Optional<Duration> ran = answer.succeeded()
                ? ScriptAnswer.ran(answer.result())
                : answer.cause() instanceof EndedRun e ? Optional.of(e.ran()) : Optional.empty();
        return ran.filter(Duration::isPositive);
    }

    /**
     * Why a run has failed of whose deletion this worker has not heard. Its script may have been cancelled all the same: by
     * a worker before this one that has waited for its answer in vain, when there was no time left for it; or before that
     * by one that heard of the deletion earlier.
     */
    private Future<RunResult> failed(RunRequest run, Throwable cause) {
        if (is(cause, ErrorType.TIMEOUT)) {
            return Future.failedFuture(ended(run, cause, true));
        }
        if (!is(cause, RunErrors.cancelled().type())) {
            return Future.failedFuture(cause);
        }
        return scripts.wasGivenUp(run.runId(), run.requestedAt())
                .otherwise(false)
                .compose(late -> Future.failedFuture(ended(run, cause, late)));
    }

    private Throwable ended(RunRequest run, Throwable cause, boolean late) {
        Duration most = run.timeout().plus(options.startTimeout());
        if (cause instanceof EndedRun e) {
            ApiException timeout = e.ran().compareTo(run.timeout()) < 0
                    ? RunErrors.startedLate(e.ran(), most)
                    : RunErrors.timeout(run.timeout());
            return EndedRun.within(late ? timeout : RunErrors.cancelled(), e.ran(), run.timeout());
        }
        return late ? RunErrors.notStarted(most) : RunErrors.cancelled();
    }

    private Future<RunResult> result(RunRequest run, String payload) {
        ScriptAnswer answer;
        try {
            answer = ScriptAnswer.of(payload);
        } catch (ApiException e) {
            return Future.failedFuture(e);
        }
        if (answer.exitCode() == PodmanCommand.TIMED_OUT
                && answer.durationMs() >= run.timeout().toMillis()) {
            return Future.failedFuture(new EndedRun(RunErrors.timeout(run.timeout()), run.timeout()));
        }
        if (answer.exitCode() != 0 && answer.durationMs() == 0) {
            return Future.failedFuture(RunErrors.failed("podman could not make the image ready, with exit code "
                    + answer.exitCode() + ": " + Echo.of(answer.stderr().strip())));
        }
        if (answer.exitCode() == PodmanCommand.PODMAN_FAILED
                && answer.stderr().lines().anyMatch(line -> line.startsWith("Error:"))) {
            return Future.failedFuture(RunErrors.failed("podman could not run the container: "
                    + Echo.of(answer.stderr().strip())));
        }
        return Future.succeededFuture(new RunResult(
                run.runId(),
                run.owner(),
                runnerName,
                run.image(),
                run.command(),
                answer.exitCode(),
                answer.stdout(),
                answer.stderr(),
                answer.stdoutTruncated(),
                answer.stderrTruncated(),
                Math.min(answer.durationMs(), run.timeout().toMillis()),
                RUNTIME));
    }

    /**
     * Ends a run's script, and its container, which outlives a script that was killed. Both are where the script was sent
     * to: a runner that is gone took them with it, and none is created, started or asked for in order to clean up. The
     * script comes first: while it pulls the image there is no container yet that could be removed.
     *
     * @param answered completes, either way, when the script is over, or is not waited for any longer: until then it may
     *     make a container, and there is one removal only
     * @return completes when the script's end is under way and the hub has the removal, or fails if it does not take it
     */
    private Future<Void> end(RunRequest run, ObjectNode removal, Future<?> answered) {
        String id = run.runId();
        Future<Void> told = scripts.cancel(id, run.owner())
                .onFailure(cause -> LOG.warn("the script of run {} cannot be ended: {}", id, cause.getMessage()));
        Future<Void> sent = Future.join(told, answered).transform(ignored -> remove(run, removal));
        removals.add(sent);
        sent.onComplete(ignored -> removals.remove(sent));
        return sent;
    }

    /** Completes when the hub has it. */
    private Future<Void> remove(RunRequest run, ObjectNode removal) {
        String id = run.runId();
        Future<Void> sent = scripts.send(id + ".end", run.owner(), removal);
        sent.compose(ignored -> scripts.answer(id + ".end", run.requestedAt(), REMOVAL.plus(ScriptCalls.GRACE)))
                .onFailure(cause ->
                        LOG.warn("the container of run {} may still be on the runner: {}", id, cause.getMessage()));
        return sent;
    }

    private ObjectNode removal(RunRequest run, Runner runner) {
        return payload(runner, PodmanCommand.removal(run.runId()).script(), REMOVAL);
    }

    /** The same where another worker has sent the run's script to. */
    private static ObjectNode removal(RunRequest run, Envelope sent) {
        ObjectNode removal = Payload.as(sent, ObjectNode.class);
        removal.remove("prepare");
        return removal.put("script", PodmanCommand.removal(run.runId()).script())
                .put("timeout_seconds", REMOVAL.toSeconds());
    }

    private ObjectNode payload(Runner runner, String script, Duration limit) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        ObjectNode target = payload.putArray("targets").addObject();
        target.put("host", runner.host()).put("port", runner.port());
        ArrayNode users = target.putArray("users");
        runner.users().forEach(users::add);
        payload.put("script", script).put("timeout_seconds", Math.max(1, limit.toSeconds()));
        payload.put("output_limit", options.outputLimit());
        String mac = runner.mac();
        if (policy.applyNetplan() && mac != null) {
            ObjectNode network = payload.putObject("network_bootstrap");
            network.put("apply_netplan", true).put("netplan_mode", RunnerPolicy.NETPLAN_MODE);
            ArrayNode servers = network.putArray("dns_servers");
            policy.dnsServers().forEach(servers::add);
            network.put("interface_mac", mac);
        }
        return payload;
    }

    private static boolean is(Throwable cause, ErrorType error) {
        return is(cause, error.type());
    }

    private static boolean is(Throwable cause, String type) {
        return switch (cause) {
            case EndedRun e -> e.error().type().equals(type);
            case ApiException e -> e.type().equals(type);
            default -> false;
        };
    }

    private static <T> Future<T> failed(Throwable cause) {
        return Future.failedFuture(ours(cause));
    }

    private static Throwable ours(Throwable cause) {
        return cause instanceof CloudException e ? e.toApi() : cause;
    }
}
