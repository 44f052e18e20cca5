package com.busdk.workers.run;

import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker that runs: health server, resources and workers, started in this order and stopped in the other. The workers'
 * groups are made before the first resource that may take its time with the events service, so that requests which come
 * until the workers listen wait there. What ends one of them ends all; a stop lets the requests in hand finish within the
 * drain time first.
 *
 * <p>Any thread may call; its few fields are guarded by the object, never for long.
 */
public final class WorkerRun {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerRun.class);

    private final WorkerContext context;
    private final WorkerSet set;
    private final GroupFounding founding;
    private final Promise<Void> running = Promise.promise();
    private final Promise<Void> ended = Promise.promise();

    // Guarded by this.
    private final List<WorkerResource> startedResources = new ArrayList<>();
    private final List<Worker> startedWorkers = new ArrayList<>();
    private @Nullable HealthServer health;
    private boolean over;

    private WorkerRun(WorkerContext context, WorkerSet set) {
        this.context = context;
        this.set = set;
        this.founding = new GroupFounding(
                context.vertx(), context.client(), context.settings().token());
    }

    /**
     * Makes a worker and starts it.
     *
     * @param kind what it is
     * @param context what it is made of
     * @return the run, once its health server listens (at once where it has none); it may still be connecting, see
     *     {@link #running}. Fails if the health address cannot be listened on
     * @throws com.busdk.client.config.ConfigException if a setting is wrong
     */
    public static Future<WorkerRun> start(WorkerKind kind, WorkerContext context) {
        return start(kind.create(context), context);
    }

    /**
     * Starts a worker that is made already.
     *
     * @param set workers and what they need
     * @param context what they were made of
     * @return as {@link #start(WorkerKind, WorkerContext)}
     */
    public static Future<WorkerRun> start(WorkerSet set, WorkerContext context) {
        WorkerRun run = new WorkerRun(context, set);
        return run.startHealth().map(ignored -> {
            run.startResources(0, false);
            return run;
        });
    }

    /**
     * When it takes requests.
     *
     * @return completes when every connection stands, however long that takes; fails if that will never be
     */
    public Future<Void> running() {
        return running.future();
    }

    /**
     * How far it has got on its way to {@link #running}.
     *
     * @return events of the history that were read; it only grows
     */
    public long progress() {
        return set.resources().stream().mapToLong(WorkerResource::progress).sum();
    }

    /**
     * When it is over.
     *
     * @return succeeds after {@link #stop} or the one event of {@code --once}; fails with what ended it, such as an
     *     {@link com.busdk.client.http.ApiException} with status 401
     */
    public Future<Void> ended() {
        return ended.future();
    }

    /**
     * Stops it: finishes what is in hand within the drain time, gives back the rest, lets go of all it holds.
     *
     * @return completes when that is done, whatever ended it
     */
    public Future<Void> stop() {
        end(null);
        return ended.future().otherwiseEmpty();
    }

    /**
     * Why it is not ready.
     *
     * @return a sentence, or empty if it is ready
     */
    public Optional<String> notReady() {
        synchronized (this) {
            if (over) {
                return Optional.of("the worker is stopping");
            }
        }
        boolean resources = set.resources().stream().allMatch(WorkerResource::ready);
        boolean workers = statuses().stream().allMatch(WorkerStatus::connected);
        return resources && workers
                ? Optional.empty()
                : Optional.of("the worker is not connected to the events service, or has not caught up with it");
    }

    /**
     * Where health is served.
     *
     * @return the port, or empty where it is not
     */
    public synchronized OptionalInt healthPort() {
        HealthServer server = health;
        return server == null ? OptionalInt.empty() : OptionalInt.of(server.port());
    }

    /**
     * How its workers fare.
     *
     * @return a snapshot for each
     */
    public List<WorkerStatus> statuses() {
        return set.workers().stream().map(Worker::status).toList();
    }

    // --- start ---

    private Future<Void> startHealth() {
        Optional<HostPort> address = context.settings().healthAddr();
        if (address.isEmpty()) {
            return Future.succeededFuture();
        }
        return HealthServer.start(
                        context.vertx(),
                        address.get(),
                        this::notReady,
                        () -> Metrics.of(context.name(), statuses(), notReady().isEmpty()))
                .onSuccess(this::keep)
                .mapEmpty();
    }

    private synchronized void keep(HealthServer server) {
        health = server;
    }

    private void startResources(int index, boolean founded) {
        if (index == set.resources().size()) {
            startWorkers();
            return;
        }
        WorkerResource resource = set.resources().get(index);
        if (!founded && !resource.comesBeforeGroups()) {
            founding.of(set.workers())
                    .onSuccess(ignored -> startResources(index, true))
                    .onFailure(this::end);
            return;
        }
        synchronized (this) {
            if (over) {
                return;
            }
            startedResources.addFirst(resource);
        }
        resource.broken().onFailure(this::end);
        resource.beforeAnotherLog(() -> founding.of(set.workers()));
        resource.start()
                .onSuccess(ignored -> startResources(index + 1, founded))
                .onFailure(this::end);
    }

    private void startWorkers() {
        List<Future<Void>> connecting = new ArrayList<>();
        for (Worker worker : set.workers()) {
            synchronized (this) {
                if (over) {
                    return;
                }
                startedWorkers.add(worker);
            }
            connecting.add(worker.start());
            worker.ended().onComplete(result -> end(result.cause()));
        }
        Future.all(connecting).onSuccess(ignored -> {
            LOG.info("worker {} takes requests", context.name());
            running.tryComplete();
        });
    }

    // --- end ---

    private void end(@Nullable Throwable cause) {
        List<Future<Void>> stopping;
        List<WorkerResource> resources;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            stopping = startedWorkers.stream()
                    .map(worker -> worker.stop().otherwiseEmpty())
                    .toList();
            resources = List.copyOf(startedResources);
        }
        founding.stop();
        running.tryFail(cause == null ? new IllegalStateException("stopped before it was connected") : cause);
        Future<Void> done = Future.join(stopping).otherwiseEmpty().mapEmpty();
        for (WorkerResource resource : resources) {
            done = done.compose(ignored -> resource.stop().otherwiseEmpty());
        }
        done.compose(ignored -> closeHealth()).onComplete(ignored -> {
            if (cause == null) {
                ended.tryComplete();
            } else {
                ended.tryFail(cause);
            }
        });
    }

    private Future<Void> closeHealth() {
        HealthServer server;
        synchronized (this) {
            server = health;
        }
        return server == null ? Future.succeededFuture() : server.close().otherwiseEmpty();
    }
}
