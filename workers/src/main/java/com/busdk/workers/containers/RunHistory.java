package com.busdk.workers.containers;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.text.Echo;
import com.busdk.workers.run.EventHistory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What users see of their runs: it comes from the history of the container events alone, so every worker sees the same,
 * also after a restart. Runs are kept within bounds, see {@link RunTable}; the events themselves only as long as the hub
 * retains them.
 *
 * <p>An answer counts only for a run of the identity that the hub says it belongs to: nobody can change what another sees.
 *
 * <p>Any thread may call; the table is guarded by the object, never for long. Listeners are called on the context of the
 * history's stream.
 */
public final class RunHistory {
    /** Beyond what a run may take, so long may it wait for a worker before it counts as lost. */
    private static final Duration QUEUE = Duration.ofMinutes(15);

    /** An error's type that says that a run was deleted while it ran. */
    static final String CANCELLED = "cancelled";

    private static final JsonMapper JSON = new JsonMapper();

    private final EventHistory history;
    private final Clock clock;
    private final Duration longest;
    private final List<Consumer<String>> onDeleted = new CopyOnWriteArrayList<>();

    // Guarded by this.
    private RunTable table = new RunTable();
    /** Runs in hand here whose answer by another worker is awaited; each is a request in hand, whose number is bounded. */
    private final Map<String, Promise<Void>> awaited = new HashMap<>();

    /**
     * A history that is not read yet.
     *
     * @param vertx runs it
     * @param client its token needs {@code container:read container:run container:delete}
     * @param retry how to come back after a lost connection
     * @param options say how long a run may take
     * @param clock tells which runs are lost
     */
    public RunHistory(Vertx vertx, EventsClient client, RetryPolicy retry, ContainerRunOptions options, Clock clock) {
        this.history = new EventHistory(
                vertx, client, ContainerEvents.HISTORY, ContainerEvents.PLACES, retry, this::apply, this::forgetAll);
        this.clock = clock;
        this.longest = options.timeout().plus(options.startTimeout()).plus(QUEUE);
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
     * Waits until everything before a request is known.
     *
     * @param request a container request as the hub delivered it
     * @return completes then; fails with {@code unavailable} if that takes too long
     */
    public Future<Void> upTo(Envelope request) {
        return history.upTo(request);
    }

    /**
     * The runs of an owner.
     *
     * @param owner an identity
     * @return newest first, at most {@value RunTable#MAX_RUNS_OF_OWNER}
     */
    public List<Run> runs(String owner) {
        List<Run> runs;
        synchronized (this) {
            runs = table.of(owner);
        }
        Instant oldest = clock.instant().minus(longest);
        return runs.stream()
                .map(run -> run.state() == Run.State.RUNNING && isBefore(run.requestedAt(), oldest) ? run.lost() : run)
                .toList();
    }

    /**
     * A run.
     *
     * @param runId its id
     * @return the run, or empty if there is none, or none any more
     */
    public synchronized Optional<Run> find(String runId) {
        return table.find(runId);
    }

    /**
     * The id of the run that a request asks for: the {@code run_id} of its payload, if that is one and no other run ever
     * had it, else {@link ContainerEvents#runId}. Every worker comes to the same id, and however often the request comes.
     *
     * @param request a delivered run request, after {@link #upTo}
     * @return the id
     */
    public synchronized String runIdOf(Envelope request) {
        JsonNode given = payload(request).path("run_id");
        boolean honoured = given.isTextual() && table.isRequestOf(given.textValue(), request.id());
        return honoured ? given.textValue() : ContainerEvents.runId(request);
    }

    /**
     * Whether a run was deleted.
     *
     * @param runId its id
     * @return true if it was, as far as that is remembered
     */
    public synchronized boolean wasDeleted(String runId) {
        return table.wasDeleted(runId);
    }

    /**
     * Tells of deleted runs, whichever worker answered that.
     *
     * @param listener gets their ids
     */
    public void onDeleted(Consumer<String> listener) {
        onDeleted.add(listener);
    }

    /**
     * Waits for the answer to a run that another worker has in hand.
     *
     * @param runId the run
     * @return completes when it is answered or deleted
     */
    Future<Void> answered(String runId) {
        synchronized (this) {
            boolean open = table.find(runId)
                    .map(run -> run.state() == Run.State.RUNNING)
                    .orElse(false);
            return open
                    ? awaited.computeIfAbsent(runId, ignored -> Promise.promise())
                            .future()
                    : Future.succeededFuture();
        }
    }

    /** Nobody waits for the answer to that run any more. */
    synchronized void forget(String runId) {
        awaited.remove(runId);
    }

    // --- the history ---

    /** Takes the next event of the log. */
    void apply(Envelope event) {
        if (event.name().equals(ContainerEvents.RUN)) {
            requested(event);
        } else if (event.name().equals(ContainerEvents.RUN_RESPONSE)) {
            ended(event);
        } else if (event.name().equals(ContainerEvents.DELETE_RESPONSE)) {
            deleted(event);
        }
    }

    /** The log is another one: there are no runs but those that it tells of, and answers of before are not in it. */
    private void forgetAll() {
        List<Promise<Void>> unanswered;
        synchronized (this) {
            table = new RunTable();
            unanswered = List.copyOf(awaited.values());
            awaited.clear();
        }
        unanswered.forEach(Promise::tryComplete);
    }

    private synchronized void requested(Envelope event) {
        String owner = event.identityId();
        if (owner == null) {
            return; // nobody could see it
        }
        JsonNode payload = payload(event);
        JsonNode image = payload.path(payload.has("image") ? "image" : "profile");
        table.put(new Run(
                newRunId(event, payload),
                owner,
                String.valueOf(event.id()),
                Run.State.RUNNING,
                event.correlationId(),
                event.createdAt(),
                null,
                Echo.of(image.asText()),
                null,
                null,
                null));
    }

    /**
     * The id that the request gives its run, unless that was ever another run's: then nobody could tell the two apart,
     * and whoever knows the id of another's run could get at its container.
     */
    private String newRunId(Envelope request, JsonNode payload) {
        JsonNode given = payload.path("run_id");
        boolean free = given.isTextual()
                && RunRequest.isRunId(given.textValue())
                && table.find(given.textValue()).isEmpty()
                && !table.wasDeleted(given.textValue());
        return free ? given.textValue() : ContainerEvents.runId(request);
    }

    private void ended(Envelope event) {
        String runId;
        synchronized (this) {
            JsonNode payload = payload(event);
            String owner = event.identityId();
            JsonNode named = payload.path("run_id");
            Optional<Run> known =
                    named.isTextual() ? table.find(named.textValue()) : table.open(owner, event.correlationId());
            runId = known.map(Run::runId).orElseGet(named::asText);
            if (owner == null || runId.isEmpty() || table.wasDeleted(runId) || isCancelled(event.error())) {
                return;
            }
            if (known.isPresent() && !known.get().owner().equals(owner)) {
                return;
            }
            table.put(end(runId, owner, known.orElse(null), payload, event));
        }
        tellAnswered(runId);
    }

    private static Run end(String runId, String owner, @Nullable Run known, JsonNode payload, Envelope event) {
        EventError error = event.error();
        String image = payload.path("image").asText("");
        return new Run(
                runId,
                owner,
                known == null ? "" : known.eventId(),
                error == null ? Run.State.FINISHED : Run.State.FAILED,
                event.correlationId(),
                known == null ? null : known.requestedAt(),
                event.createdAt(),
                image.isEmpty() && known != null ? known.image() : Echo.of(image),
                error == null && payload.path("exit_code").isInt()
                        ? payload.path("exit_code").intValue()
                        : null,
                error == null && payload.path("duration_ms").isIntegralNumber()
                        ? payload.path("duration_ms").longValue()
                        : null,
                error == null ? null : new EventError(Echo.of(error.type()), Echo.of(error.message())));
    }

    private void deleted(Envelope event) {
        String runId = payload(event).path("run_id").asText();
        synchronized (this) {
            Optional<Run> known = table.find(runId);
            boolean own = known.isPresent() && known.get().owner().equals(event.identityId());
            if (event.error() != null || !own) {
                return;
            }
            table.delete(known.get());
        }
        onDeleted.forEach(listener -> listener.accept(runId));
        tellAnswered(runId);
    }

    private void tellAnswered(String runId) {
        Promise<Void> promise;
        synchronized (this) {
            promise = awaited.remove(runId);
        }
        if (promise != null) {
            promise.tryComplete();
        }
    }

    private static boolean isCancelled(@Nullable EventError error) {
        return error != null && error.type().equals(CANCELLED);
    }

    private static boolean isBefore(@Nullable Instant time, Instant other) {
        return time != null && time.isBefore(other);
    }

    private static JsonNode payload(Envelope event) {
        try {
            JsonNode payload = JSON.readTree(event.payload());
            return payload == null ? MissingNode.getInstance() : payload;
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance(); // the hub takes JSON only, but it may be nested deeper than is read here
        }
    }
}
