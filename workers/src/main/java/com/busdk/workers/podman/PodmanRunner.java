package com.busdk.workers.podman;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.workers.containers.ContainerBackend;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.PodmanCommand;
import com.busdk.workers.containers.RunErrors;
import com.busdk.workers.containers.RunRequest;
import com.busdk.workers.containers.RunResult;
import com.busdk.workers.run.WorkerResource;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs containers on this machine with the podman program: a child process for each run, waited for on a virtual thread.
 *
 * <p>Nothing stays behind: a container that ends is removed by podman; one that is cancelled, takes too long, or is in
 * hand when the worker stops, is removed here; and what a worker that was killed has left is found by its label and
 * removed when the next one starts on this host. Until then podman's own timeout bounds it.
 *
 * <p>Any thread may call; the runs in hand are in a concurrent map, bounded by the requests in hand.
 */
public final class PodmanRunner implements ContainerBackend, WorkerResource {
    private static final Logger LOG = LoggerFactory.getLogger(PodmanRunner.class);

    /** What results call the runtime. */
    public static final String RUNTIME = "podman";

    /** How often a name that is taken is freed before the run is given up: a leftover is one, a second is a race. */
    private static final int MAX_TRIES = 3;

    private final PodmanOptions options;
    private final Podman podman;
    private final WorkerIdentity identity;
    private final Removal removal;
    private final Map<String, ActiveRun> active = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    /**
     * A runner.
     *
     * @param options how podman is called
     * @param environment says the host's name where no file does
     */
    public PodmanRunner(PodmanOptions options, Map<String, String> environment) {
        this.options = options;
        this.podman = new Podman(options);
        this.identity = WorkerIdentity.ofThisProcess(environment);
        this.removal = new Removal(podman, identity);
    }

    /**
     * Whether podman can run a container here.
     *
     * @param options how podman is called
     * @return why not, in a sentence with what to do; empty if it works. Takes a second at most as a rule; never fails
     */
    public static Future<Optional<String>> whyNot(PodmanOptions options) {
        return blocking("podman-probe", () -> PodmanProbe.whyNot(options))
                .otherwise(cause -> Optional.of(
                        "podman cannot be tried out: " + cause.getClass().getSimpleName()));
    }

    // --- as a resource ---

    /** Fails with a {@link ConfigException} if podman cannot be called. */
    @Override
    public Future<Void> start() {
        return blocking("podman-start", () -> {
            try {
                LOG.info("podman {} runs the containers", podman.version());
                removeLeftovers();
                return null;
            } catch (IOException e) {
                throw new ConfigException(
                        "--podman (BUS_PODMAN)",
                        "podman cannot be called here: " + Echo.of(String.valueOf(e.getMessage()))
                                + "; install it, or name it");
            }
        });
    }

    @Override
    public boolean comesBeforeGroups() {
        return true;
    }

    /** Ends the runs in hand and removes their containers. */
    @Override
    public Future<Void> stop() {
        stopped = true;
        List<Future<Void>> gone = new ArrayList<>();
        for (ActiveRun run : active.values()) {
            gone.add(end(run, ApiException.of(ErrorType.UNAVAILABLE, "the worker was stopped")));
            gone.add(run.gone());
        }
        return Future.join(gone).otherwiseEmpty().mapEmpty();
    }

    private void removeLeftovers() throws IOException, InterruptedException {
        for (Podman.Container container : podman.containers()) {
            Optional<WorkerIdentity> worker = WorkerIdentity.parse(container.worker());
            if (worker.isPresent() && worker.get().isDeadHere(identity)) {
                LOG.warn("run {} was left by a worker that is no more: its container is removed", container.runId());
                podman.remove(container.id());
            }
        }
    }

    // --- as a backend ---

    @Override
    public Future<RunResult> run(RunRequest request) {
        ActiveRun run = new ActiveRun(request);
        if (active.putIfAbsent(request.runId(), run) != null) {
            return Future.failedFuture(RunErrors.inHand());
        }
        if (stopped) {
            active.remove(request.runId());
            run.finished();
            return Future.failedFuture(ApiException.of(ErrorType.UNAVAILABLE, "the worker is stopping"));
        }
        return blocking("podman-" + request.runId(), () -> {
            try {
                return perform(run);
            } catch (IOException e) {
                LOG.error("run {}: podman cannot be used", request.runId(), e);
                throw RunErrors.failed("podman cannot be used on " + identity.host() + "; the worker's log says why");
            } finally {
                active.remove(request.runId());
                run.finished();
            }
        });
    }

    @Override
    public Future<Void> cancel(String runId) {
        ActiveRun run = active.get(runId);
        if (run != null) {
            end(run, RunErrors.cancelled());
        }
        return Future.succeededFuture();
    }

    /** A worker that is alive here hears of the deletion itself, and what is on other hosts cannot be reached. */
    @Override
    public Future<Void> discard(RunRequest run) {
        return blocking("podman-discard-" + run.runId(), () -> {
            for (Podman.Container container : podman.containers(run.runId())) {
                if (!isInHandElsewhere(container)) {
                    podman.remove(container.id());
                }
            }
            return null;
        });
    }

    @Override
    public Future<ObjectNode> status() {
        ObjectNode item = object().put("id", identity.host()).put("state", "ready");
        item.putObject("details").put("provider", RUNTIME).put("running", active.size());
        return Future.succeededFuture(item);
    }

    @Override
    public Future<ObjectNode> runnerStatus() {
        ObjectNode status = object();
        status.put("provider", RUNTIME)
                .putObject("details")
                .put("host", identity.host())
                .put("running", active.size());
        return blocking("podman-status", podman::version)
                .map(version -> status.put("state", "ready"))
                .otherwise(cause -> status.put("state", "unavailable"));
    }

    @Override
    public Future<Void> runnerStart() {
        return start();
    }

    /** Refused: the runner is the machine that the worker runs on. */
    @Override
    public Future<Void> runnerDelete() {
        return Future.failedFuture(ApiException.of(
                ErrorType.CONFLICT, "the runner is the worker's own machine: stop the worker to be rid of it"));
    }

    // --- a run, on its virtual thread ---

    private RunResult perform(ActiveRun run) throws IOException, InterruptedException {
        long startBy = System.nanoTime() + options.run().startTimeout().toNanos();
        if (options.mayPull()) {
            pull(run, startBy);
        }
        for (int attempt = 1; ; attempt++) {
            run.throwIfEnded();
            long begun = System.nanoTime();
            ChildProcess.Outcome outcome = execute(run, startBy);
            run.throwIfInterrupted();
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            if (outcome.exitCode() != PodmanCommand.PODMAN_FAILED) {
                return result(run.request(), outcome, took);
            }
            String said = outcome.stderr().text();
            if (attempt == MAX_TRIES || !said.contains("already in use")) {
                return refused(run.request(), outcome, took);
            }
            run.throwIfEnded();
            freeName(run, startBy);
        }
    }

    /** What is left until then, by {@link System#nanoTime}. */
    private static Duration left(long nanos) {
        return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
    }

    /**
     * Gets the image where it is not there. That is no time of the container's, and nobody's to pay for. Where it cannot be
     * got so, {@code podman run} tries in its own way, and says why it cannot.
     *
     * @param startBy when it has to be there, by {@link System#nanoTime}
     */
    private void pull(ActiveRun run, long startBy) throws InterruptedException {
        String image = run.request().image();
        try {
            if (hasImage(run, startBy)) {
                return;
            }
            ChildProcess child = podman.pulling(image);
            run.prepares(child);
            if (run.isEnded()) {
                removal.of(run, child);
            } else if (!child.waitFor(left(startBy))) {
                run.end(ApiException.of(
                        ErrorType.TIMEOUT,
                        "the image was not there after "
                                + options.run().startTimeout().toSeconds() + " s (--container-start-timeout)"));
                removal.of(run, child);
            }
            ChildProcess.Outcome outcome = ended(run, child);
            run.throwIfEnded();
            if (outcome.exitCode() != 0) {
                LOG.info(
                        "the image of run {} is left to podman run: {}",
                        run.request().runId(),
                        Echo.of(outcome.stderr().text().strip()));
            }
        } catch (IOException e) {
            LOG.warn(
                    "the image of run {} is left to podman run: {}",
                    run.request().runId(),
                    e.getMessage());
        }
    }

    /** Whether the image is there; also where podman says neither: then it fails where the image is used. */
    private boolean hasImage(ActiveRun run, long startBy) throws IOException, InterruptedException {
        ChildProcess child = podman.looking(run.request().image());
        run.prepares(child);
        if (run.isEnded() || !child.waitFor(shorter(Podman.TIMEOUT, left(startBy)))) {
            child.end();
        }
        ChildProcess.Outcome outcome = ended(run, child);
        run.throwIfEnded();
        return outcome.exitCode() != Podman.NO_IMAGE;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private ChildProcess.Outcome execute(ActiveRun run, long startBy) throws IOException, InterruptedException {
        ChildProcess child =
                ChildProcess.start(command(run.request()), options.run().outputLimit());
        run.began(child);
        Duration most = run.request().timeout().plus(left(startBy));
        if (run.isEnded()) {
            removal.of(run, child);
        } else if (!child.waitFor(most)) {
            // Podman's own timeout counts from the container's start, which never came, or too late.
            run.end(RunErrors.timeout(most));
            removal.of(run, child);
        }
        return ended(run, child);
    }

    /** What a process did that has ended, or has been killed. One that outlives that is not waited for again. */
    static ChildProcess.Outcome ended(ActiveRun run, ChildProcess child) throws InterruptedException {
        if (!child.waitFor(Removal.PATIENCE)) {
            run.throwIfEnded();
            throw RunErrors.failed("podman does not end, not even when it is killed");
        }
        return child.outcome();
    }

    private List<String> command(RunRequest request) {
        List<String> ofRun = new ArrayList<>(options.runArgs());
        ofRun.add("--label");
        ofRun.add(Podman.WORKER_LABEL + "=" + identity.label());
        ofRun.add("--http-proxy=false"); // a proxy's URL may hold a password, and is not the container's business
        return PodmanCommand.of(options.run(), request)
                .with(options.program(), options.globalArgs(), ofRun)
                .arguments();
    }

    private RunResult result(RunRequest request, ChildProcess.Outcome outcome, Duration took) {
        if (outcome.exitCode() == PodmanCommand.TIMED_OUT && took.compareTo(request.timeout()) >= 0) {
            throw new EndedRun(RunErrors.timeout(request.timeout()), request.timeout());
        }
        return new RunResult(
                request.runId(),
                request.owner(),
                identity.host(),
                request.image(),
                request.command(),
                outcome.exitCode(),
                outcome.stdout().text(),
                outcome.stderr().text(),
                outcome.stdout().truncated(),
                outcome.stderr().truncated(),
                Math.min(took.toMillis(), request.timeout().toMillis()),
                RUNTIME);
    }

    /** Podman itself failed, which it says in a line, unless the code is the program's own. */
    private RunResult refused(RunRequest request, ChildProcess.Outcome outcome, Duration took) {
        Optional<String> error = error(outcome);
        if (error.isPresent()) {
            throw RunErrors.failed("podman: " + Echo.clean(error.get(), ApiException.MAX_MESSAGE_CHARS));
        }
        return result(request, outcome, took);
    }

    private static Optional<String> error(ChildProcess.Outcome outcome) {
        return outcome.stderr()
                .text()
                .lines()
                .filter(line -> line.startsWith("Error: "))
                .reduce((earlier, later) -> later);
    }

    /** A container of this run is there already: a dead worker left it, or another worker here has the run in hand. */
    private void freeName(ActiveRun run, long startBy) throws IOException, InterruptedException {
        for (Podman.Container container : podman.containers(run.request().runId())) {
            if (!isInHandElsewhere(container)) {
                podman.remove(container.id());
                continue;
            }
            LOG.info(
                    "run {} is in hand at another worker here: waiting for it",
                    run.request().runId());
            ChildProcess waiting = podman.waitingFor(container.id());
            run.prepares(waiting);
            if (!run.isEnded()) {
                waiting.waitFor(run.request().timeout().plus(left(startBy)));
            }
            waiting.kill();
            run.throwIfEnded();
            throw RunErrors.inHand();
        }
    }

    private boolean isInHandElsewhere(Podman.Container container) {
        return WorkerIdentity.parse(container.worker())
                .map(worker -> worker.isOtherAliveHere(identity))
                .orElse(false);
    }

    // --- the end of a run ---

    /** Completes when its container is removed, or cannot be; at once where somebody is at it. */
    private Future<Void> end(ActiveRun run, ApiException why) {
        ChildProcess child = run.end(why);
        return child == null
                ? Future.succeededFuture()
                : PodmanRunner.<Void>blocking("podman-end-" + run.request().runId(), () -> {
                            removal.of(run, child);
                            return null;
                        })
                        .onFailure(cause ->
                                LOG.error("run {} is not ended", run.request().runId(), cause));
    }

    // --- helpers ---

    private static ObjectNode object() {
        return new ObjectNode(JsonNodeFactory.instance);
    }

    /** Does what blocks on a virtual thread of its own. */
    static <T> Future<T> blocking(String name, Callable<T> work) {
        Promise<T> promise = Promise.promise();
        Thread.ofVirtual().name(name).start(() -> {
            try {
                promise.complete(work.call());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                promise.fail(e);
            } catch (Throwable e) { // an Error too: whoever waits has to hear of it
                promise.fail(e);
            }
        });
        return promise.future();
    }
}
