package com.busdk.workers.containers;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.Settings;
import com.busdk.client.worker.Worker;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerResource;
import com.busdk.workers.run.WorkerSet;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    /**
     * Deliveries of a run before it is a dead letter, where its container goes on without the worker. Each worker that is
     * stopped or loses its connection costs one, and the container only has to be waited for: with the default of 5 the
     * end of a long run would never be told.
     */
    private static final int RUN_DELIVERIES = 100;

    private static final String EVENTS_FLAG = "container-events";

    /** Says which events a worker answers; those of the administrator need a token of the internal audience. */
    public static final WorkerFlag EVENTS = WorkerFlag.value(
            EVENTS_FLAG,
            "runs|runner|all",
            "default: what the worker's token allows. runs: those of users, scopes container:read container:run"
                    + " container:delete; runner: those of the administrator, scope container:admin and audience"
                    + " ai.hg.fi/internal; all: both");

    private static final String RUN_SCOPE = "container:run";
    private static final String ADMIN_SCOPE = "container:admin";
    private static final Logger LOG = LoggerFactory.getLogger(ContainerWorkers.class);

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
     * @param context what they are made of; its flag {@code --container-events} says which events they answer, and
     *     without it the token does, which is read for that: not on an event loop
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
        Events events = events(context);
        List<WorkerResource> needed = new ArrayList<>(resources);
        if (backend instanceof WorkerResource resource) {
            needed.add(resource);
        }
        List<Worker> workers = new ArrayList<>();
        if (events != Events.RUNNER) {
            RunHistory history = new RunHistory(
                    context.vertx(), context.client(), context.settings().retry(), options, Clock.systemUTC());
            needed.add(history.history());
            WorkerContext.Part runs = new WorkerContext.Part(List.of(ContainerEvents.RUN), maxRuns);
            workers.addAll(context.workers(
                    new ContainersHandler(context.vertx(), backend, history, options),
                    List.of(
                            backend.outlivesWorkers() ? runs.withMaxDeliveries(RUN_DELIVERIES) : runs,
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

    private static Events events(WorkerContext context) {
        Settings settings = new Settings("BUS_", context.flags(), context.environment());
        return settings.find(EVENTS_FLAG).isPresent()
                ? settings.oneOf(EVENTS_FLAG, Events.class, Events.ALL)
                : allowedBy(context.settings().token());
    }

    /** What the events service will let a token have; it alone decides, and this only spares it what it would refuse. */
    private static Events allowedBy(TokenSource source) {
        Optional<TokenClaims> claims;
        try {
            claims = TokenClaims.peek(source.token());
        } catch (TokenException e) {
            claims = Optional.empty(); // whoever connects says what is wrong with it
        }
        if (claims.isEmpty()) {
            LOG.warn("the token cannot be looked at, so that the events of users and of the runner's administrator are"
                    + " both listened to: if the events service refuses that, give --container-events runs or runner");
            return Events.ALL;
        }
        boolean administrator = claims.get().audience().contains(Scopes.AUDIENCE_INTERNAL)
                && claims.get().scopes().has(ADMIN_SCOPE);
        boolean users = claims.get().scopes().has(RUN_SCOPE);
        Events events = administrator ? (users ? Events.ALL : Events.RUNNER) : Events.RUNS;
        LOG.info("container events that the token allows: {}", events.name().toLowerCase(Locale.ROOT));
        return events;
    }
}
