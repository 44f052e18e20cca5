package com.busdk.workers.vm;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventName;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.workers.run.EventHistory;
import com.busdk.workers.run.WorkerResource;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The static machines, one for each runtime, as the history of the accepted starts and stops has them.
 *
 * <p>Any thread may call; the machines are guarded by the object, never for long.
 */
final class StaticVms implements WorkerResource {
    static final String STATUS = "bus.vm.status.request";
    static final String START = "bus.vm.start.request";
    static final String STOP = "bus.vm.stop.request";

    private static final String STARTED = EventName.responseTo(START);
    private static final String STOPPED = EventName.responseTo(STOP);

    /** The runtime that a request means which names none. */
    static final String DEFAULT_RUNTIME = "default";

    /** Most runtimes that are told apart: it is a toy. Others are refused. */
    static final int MAX_RUNTIMES = 100;

    private static final JsonMapper JSON = new JsonMapper();

    private final EventHistory history;
    private final Clock clock;
    private final Duration startTime;
    private final StaticMachine atFirst;

    // Guarded by this.
    private final Map<String, StaticMachine> machines = new HashMap<>();

    /** Machines that are as that one at first. */
    StaticVms(
            Vertx vertx,
            EventsClient client,
            RetryPolicy retry,
            Clock clock,
            Duration startTime,
            StaticMachine atFirst) {
        this.history = new EventHistory(
                vertx, client, List.of(STARTED, STOPPED), List.of(STATUS, START, STOP), retry, this::apply);
        this.clock = clock;
        this.atFirst = atFirst;
        this.startTime = startTime;
    }

    @Override
    public Future<Void> start() {
        return history.start();
    }

    @Override
    public Future<Void> stop() {
        return history.stop();
    }

    @Override
    public boolean ready() {
        return history.ready();
    }

    @Override
    public Future<Void> broken() {
        return history.broken();
    }

    /** Completes when all that came before a request counts. */
    Future<Void> upTo(Envelope request) {
        return history.upTo(request);
    }

    /** What a machine is now. */
    VmState state(String runtime) {
        return machine(runtime).state(clock.instant(), startTime);
    }

    /** What a machine would be now if it were started. */
    VmState stateAfterStart(String runtime) {
        Instant now = clock.instant();
        return machine(runtime).started(now).state(now, startTime);
    }

    /** Whether there is room for this runtime. */
    synchronized boolean isKnownOrFits(String runtime) {
        return machines.containsKey(runtime) || machines.size() < MAX_RUNTIMES;
    }

    private synchronized StaticMachine machine(String runtime) {
        return machines.getOrDefault(runtime, atFirst);
    }

    /** Takes the next event of the log. */
    void apply(Envelope event) {
        Instant at = event.createdAt();
        boolean started = event.name().equals(STARTED);
        if (event.error() != null || at == null || !(started || event.name().equals(STOPPED))) {
            return;
        }
        JsonNode payload = payload(event);
        if (!payload.path("accepted").asBoolean()) {
            return;
        }
        String runtime = payload.path("runtime").asText(DEFAULT_RUNTIME);
        synchronized (this) {
            if (isKnownOrFits(runtime)) {
                machines.merge(
                        runtime,
                        started ? atFirst.started(at) : atFirst.stopped(),
                        (known, ignored) -> started ? known.started(at) : known.stopped());
            }
        }
    }

    private static JsonNode payload(Envelope event) {
        try {
            return JSON.readTree(event.payload());
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance(); // the hub takes JSON only, but it may be nested deeper than is read here
        }
    }
}
