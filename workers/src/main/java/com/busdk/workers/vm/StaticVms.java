package com.busdk.workers.vm;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventName;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.workers.run.EventHistory;
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
 * The static machines, one for each runtime, as the history of the accepted starts and stops has them. A start or stop is
 * forgotten at the age at which the events service forgets it: an instance that read it then and one that cannot read it
 * any more have to agree.
 *
 * <p>Any thread may call; the machines are guarded by the object, never for long.
 */
final class StaticVms {
    static final String STATUS = "bus.vm.status.request";
    static final String START = "bus.vm.start.request";
    static final String STOP = "bus.vm.stop.request";

    private static final String STARTED = EventName.responseTo(START);
    private static final String STOPPED = EventName.responseTo(STOP);

    /** The runtime that a request means which names none. */
    static final String DEFAULT_RUNTIME = "default";

    /** Most runtimes that are told apart: it is a toy. Others are refused. */
    static final int MAX_RUNTIMES = 100;

    /** How long the events service retains an event, unless it is told otherwise or runs out of room. */
    static final Duration MEMORY = Duration.ofDays(7);

    private static final JsonMapper JSON = new JsonMapper();

    private final EventHistory history;
    private final Clock clock;
    private final Duration startTime;
    private final StaticMachine atFirst;

    // Guarded by this.
    private final Map<String, Known> machines = new HashMap<>();

    /** What a machine is since its last start or stop. */
    private record Known(StaticMachine machine, Instant since) {
        boolean isForgotten(Instant now) {
            return !since.plus(MEMORY).isAfter(now);
        }
    }

    /** Machines that are as that one at first. */
    StaticVms(
            Vertx vertx,
            EventsClient client,
            RetryPolicy retry,
            Clock clock,
            Duration startTime,
            StaticMachine atFirst) {
        this.history = new EventHistory(
                vertx,
                client,
                List.of(STARTED, STOPPED),
                List.of(STATUS, START, STOP),
                retry,
                this::apply,
                this::forget);
        this.clock = clock;
        this.atFirst = atFirst;
        this.startTime = startTime;
    }

    /** What they are read from: the worker's resource, which is started before the first request. */
    EventHistory history() {
        return history;
    }

    /** Completes when all that came before a request counts. */
    Future<Void> upTo(Envelope request) {
        return history.upTo(request);
    }

    /** What a machine is now. */
    VmState state(String runtime) {
        Instant now = clock.instant();
        return machine(runtime, now).state(now, startTime);
    }

    /** What a machine would be now if it were started. */
    VmState stateAfterStart(String runtime) {
        Instant now = clock.instant();
        return machine(runtime, now).started(now).state(now, startTime);
    }

    /** Whether there is room for this runtime. */
    boolean isKnownOrFits(String runtime) {
        return isKnownOrFits(runtime, clock.instant());
    }

    private synchronized boolean isKnownOrFits(String runtime, Instant now) {
        if (machines.size() >= MAX_RUNTIMES) {
            machines.values().removeIf(known -> known.isForgotten(now));
        }
        return machines.containsKey(runtime) || machines.size() < MAX_RUNTIMES;
    }

    private synchronized StaticMachine machine(String runtime, Instant now) {
        Known known = machines.get(runtime);
        return known == null || known.isForgotten(now) ? atFirst : known.machine();
    }

    private synchronized void forget() {
        machines.clear();
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
            if (isKnownOrFits(runtime, at)) {
                StaticMachine before = machine(runtime, at);
                machines.put(runtime, new Known(started ? before.started(at) : before.stopped(), at));
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
