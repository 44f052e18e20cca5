package com.busdk.workers.upcloud.vm;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventName;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.workers.run.EventHistory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells a machine which starts and stops have been accepted, by whichever worker. They count in the order of their
 * requests: a stop that is answered after the start which was asked for behind it is the older wish all the same.
 *
 * <p>Any thread may call; the requests belong to the context of the history's stream.
 */
public final class VmHistory {
    private static final String STARTED = EventName.responseTo(VmHandler.START);
    private static final String STOPPED = EventName.responseTo(VmHandler.STOP);

    /** Requests whose place is remembered until they are answered: far more than are ever open. */
    private static final int MAX_REQUESTS = 1_000;

    private static final JsonMapper JSON = new JsonMapper();

    private final EventHistory history;
    private final UpCloudVm vm;
    private final Clock clock;

    private final Map<String, Long> requests = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MAX_REQUESTS;
        }
    };

    /**
     * A history that is not read yet.
     *
     * @param vertx runs it
     * @param client its token needs {@code vm:read vm:write}
     * @param retry how to come back after a lost connection
     * @param clock a clock near that of the events service
     * @param vm is told
     */
    public VmHistory(Vertx vertx, EventsClient client, RetryPolicy retry, Clock clock, UpCloudVm vm) {
        this.history = new EventHistory(
                vertx,
                client,
                List.of(VmHandler.START, VmHandler.STOP, STARTED, STOPPED),
                List.of(VmHandler.STATUS),
                retry,
                this::apply,
                this::forget);
        this.clock = clock;
        this.vm = vm;
        vm.isToldBy(history::upToNow);
    }

    /**
     * What it is read from: the worker's resource, which is started before the first request.
     *
     * @return the history
     */
    public EventHistory history() {
        return history;
    }

    /**
     * Waits until the machine knows of all that came before a request.
     *
     * @param request a VM request as the hub delivered it
     * @return completes then; fails with {@code unavailable} if that takes too long
     */
    public Future<Void> upTo(Envelope request) {
        return history.upTo(request);
    }

    private void forget() {
        requests.clear();
        vm.logReplaced();
    }

    /** Takes the next event of the log. */
    void apply(Envelope event) {
        Long sequence = event.sequence();
        Instant at = event.createdAt();
        if (sequence == null || at == null) {
            return;
        }
        switch (event.name()) {
            case VmHandler.START, VmHandler.STOP -> requests.put(key(event.name(), event), sequence);
            default -> {
                boolean started = event.name().equals(STARTED);
                if (isAccepted(event)) {
                    String request = started ? VmHandler.START : VmHandler.STOP;
                    Duration ago = Duration.between(at, clock.instant());
                    vm.accepted(
                            started ? VmStatus.STARTING : VmStatus.STOPPING,
                            requests.getOrDefault(key(request, event), sequence),
                            ago.isNegative() ? Duration.ZERO : ago);
                }
            }
        }
    }

    /** What a request and its response have in common. */
    private static String key(String request, Envelope event) {
        return request + ' ' + event.identityId() + ' ' + event.correlationId();
    }

    private static boolean isAccepted(Envelope event) {
        try {
            return event.error() == null
                    && JSON.readTree(event.payload()).path("accepted").asBoolean();
        } catch (JsonProcessingException e) {
            return false; // the hub takes JSON only, but it may be nested deeper than is read here
        }
    }
}
