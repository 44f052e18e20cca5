package com.busdk.workers.containers;

import com.busdk.client.config.Settings;
import com.busdk.client.worker.Worker;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerResource;
import com.busdk.workers.run.WorkerSet;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the workers for the container events out of a {@link ContainerBackend}. Runs have a connection of their own, so
 * that a status or a delete never waits behind long runs. Stateless.
 *
 * <pre>{@code
 * WorkerSet set = ContainerWorkers.create(context, backend, options, List.of(), 16);
 * }</pre>
 */
public final class ContainerWorkers {
    /** Most runs at a time of one instance unless a worker says otherwise. */
    public static final int DEFAULT_MAX_RUNS = 16;

    private static final String EVENTS_FLAG = "container-events";

    /** Says which events a worker answers; the two kinds need tokens of different audiences. */
    public static final WorkerFlag EVENTS = WorkerFlag.value(
            EVENTS_FLAG,
            "runs|runner|all",
            "runs (default): those of users, scopes container:read container:run container:delete; runner: those of the"
                    + " administrator, scope container:admin and audience ai.hg.fi/internal; all: both, with a token"
                    + " that the events service lets have both");

    /** Which events are answered. */
    private enum Events {
        RUNS,
        RUNNER,
        ALL
    }

    private ContainerWorkers() {}

    /**
     * Makes the workers.
     *
     * @param context what they are made of; its flag {@code --container-events} says which events they answer
     * @param backend runs the containers; started and stopped with the workers if it is a {@link WorkerResource}
     * @param options how containers are run
     * @param resources what else is started before the workers
     * @param maxRuns most runs of one instance at a time, at least 1
     * @return the workers and what they need, not started
     */
    public static WorkerSet create(
            WorkerContext context,
            ContainerBackend backend,
            ContainerRunOptions options,
            List<WorkerResource> resources,
            int maxRuns) {
        Events events = new Settings("BUS_", context.flags(), context.environment())
                .oneOf(EVENTS_FLAG, Events.class, Events.RUNS);
        List<WorkerResource> needed = new ArrayList<>(resources);
        if (backend instanceof WorkerResource resource) {
            needed.add(resource);
        }
        List<Worker> workers = new ArrayList<>();
        if (events != Events.RUNNER) {
            RunHistory history = new RunHistory(
                    context.vertx(), context.client(), context.settings().retry(), options, Clock.systemUTC());
            needed.add(history);
            workers.addAll(context.workers(
                    new ContainersHandler(context.vertx(), backend, history, options),
                    List.of(
                            new WorkerContext.Part(List.of(ContainerEvents.RUN), maxRuns),
                            WorkerContext.Part.of(ContainerEvents.STATUS, ContainerEvents.DELETE))));
        }
        if (events != Events.RUNS) {
            workers.addAll(context.workers(
                    new RunnerHandler(backend),
                    List.of(WorkerContext.Part.of(
                            ContainerEvents.RUNNER_STATUS,
                            ContainerEvents.RUNNER_START,
                            ContainerEvents.RUNNER_DELETE))));
        }
        return new WorkerSet(workers, needed);
    }
}
