package com.busdk.workers.containers;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.event.EventLimits;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.worker.Payload;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the container requests of users: status, run, delete. The owner of a run is the identity of the request event,
 * which the hub vouches for, never anything in a payload. A run that was answered before is not begun again, whichever
 * worker gets its request, and one that is deleted anywhere is ended where it runs.
 *
 * <p>Called on event loops; the set of runs in hand is concurrent.
 */
public final class ContainersHandler implements RequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ContainersHandler.class);

    /** Most runs in one status: it has to fit into an event, and a person reads the newest. */
    static final int MAX_ITEMS = 500;

    /** Longest result, so that the envelope around it and the escapes within still make an event. */
    static final int MAX_RESULT_BYTES = EventLimits.DEFAULT_MAX_EVENT_BYTES - 16 * 1024;

    /** A worker whose container has just ended answers within moments; if it died instead, its run is begun again. */
    private static final Duration ANSWER_OF_OTHER = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final ContainerBackend backend;
    private final RunHistory history;
    private final ContainerRunOptions options;
    private final Set<String> inHand = ConcurrentHashMap.newKeySet();

    /**
     * A handler.
     *
     * @param vertx for timers
     * @param backend runs the containers
     * @param history is started and stopped by others
     * @param options profiles and limits
     */
    public ContainersHandler(Vertx vertx, ContainerBackend backend, RunHistory history, ContainerRunOptions options) {
        this.vertx = vertx;
        this.backend = backend;
        this.history = history;
        this.options = options;
        history.onDeleted(this::cancel);
    }

    @Override
    public Future<Reply> handle(Envelope request) {
        String owner = request.identityId();
        if (owner == null || owner.isBlank()) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.BAD_REQUEST, "the event has no identityId: publish it with a token, or for a user"));
        }
        return switch (request.name()) {
            case ContainerEvents.RUN -> run(request, owner);
            case ContainerEvents.STATUS -> {
                RunPayload.checkBare(request);
                yield history.upTo(request).compose(ignored -> status(owner));
            }
            case ContainerEvents.DELETE -> history.upTo(request).map(ignored -> delete(request, owner));
            default -> Future.failedFuture(new IllegalStateException("a request that nobody asked for"));
        };
    }

    // --- run ---

    private Future<Reply> run(Envelope request, String owner) {
        return history.upTo(request).compose(ignored -> {
            String runId = history.runIdOf(request);
            return perform(request, runId, owner).otherwise(cause -> failed(runId, owner, cause));
        });
    }

    private Future<Reply> perform(Envelope request, String runId, String owner) {
        RunRequest run;
        int outputLimit;
        try {
            run = RunPayload.read(request, runId, owner, options);
            outputLimit = RunPayload.outputLimit(request, options);
        } catch (ApiException e) {
            return Future.failedFuture(e);
        }
        if (!inHand.add(runId)) {
            // The runtime never gives a request twice to this process while it is in hand.
            return Future.failedFuture(RunErrors.inHand());
        }
        return begin(run, outputLimit, true).onComplete(ignored -> inHand.remove(runId));
    }

    private Future<Reply> begin(RunRequest run, int outputLimit, boolean mayWait) {
        if (isAnswered(run)) {
            LOG.info("run {} was answered before: it is not begun again", run.runId());
            return Future.succeededFuture(Reply.none());
        }
        if (history.wasDeleted(run.runId())) {
            return backend.discard(run).transform(result -> {
                if (result.cause() instanceof EndedRun ended) {
                    return Future.failedFuture(ended);
                }
                if (result.failed()) {
                    LOG.warn(
                            "run {} was deleted, and what a worker before may have left of it is not ended: {}",
                            run.runId(),
                            result.cause().getMessage());
                }
                return Future.failedFuture(RunErrors.cancelled());
            });
        }
        Future<RunResult> result = backend.run(run);
        if (history.wasDeleted(run.runId())) {
            backend.cancel(run.runId()); // deleted between the question above and the start
        }
        return result.map(done -> reply(done.limited(outputLimit)))
                .recover(cause -> mayWait && RunErrors.isInHand(cause)
                        ? afterOther(run, outputLimit)
                        : Future.failedFuture(cause));
    }

    /** Another worker has run it: it answers, and if it does not, this one begins anew. */
    private Future<Reply> afterOther(RunRequest run, int outputLimit) {
        Promise<Void> waited = Promise.promise();
        long timer = vertx.setTimer(ANSWER_OF_OTHER.toMillis(), ignored -> waited.tryComplete());
        history.answered(run.runId()).onComplete(ignored -> waited.tryComplete());
        return waited.future().compose(ignored -> {
            vertx.cancelTimer(timer);
            history.forget(run.runId());
            return begin(run, outputLimit, false);
        });
    }

    private boolean isAnswered(RunRequest run) {
        Optional<Run> known = history.find(run.runId());
        return known.isPresent()
                && known.get().owner().equals(run.owner())
                && known.get().endedAt() != null;
    }

    private void cancel(String runId) {
        if (inHand.contains(runId)) {
            LOG.info("run {} was deleted: its container is ended", runId);
            backend.cancel(runId).onFailure(cause -> LOG.warn("run {} cannot be ended: {}", runId, cause.getMessage()));
        }
    }

    private static Reply reply(RunResult result) {
        return Reply.of(result.fitting(MAX_RESULT_BYTES).toJson().toString());
    }

    /** A failure with the run it belongs to, so that the history knows, and with how long it ran, if it did. */
    private static Reply failed(String runId, String owner, Throwable cause) {
        ObjectNode payload = object().put("run_id", runId).put("owner_identity_id", owner);
        EventError error;
        if (cause instanceof EndedRun e) {
            error = new EventError(e.error().type(), e.error().message());
            payload.put("duration_ms", e.ran().toMillis());
        } else if (cause instanceof ApiException e) {
            error = new EventError(e.type(), e.message());
        } else {
            LOG.error("run {} failed", runId, cause);
            error = new EventError(ErrorType.INTERNAL.type(), "the worker failed; its log says why");
        }
        return new Reply(payload.toString(), error, false);
    }

    // --- status, delete ---

    private Future<Reply> status(String owner) {
        return backend.status().map(runner -> {
            ObjectNode payload = object();
            ArrayNode items = payload.putArray("items");
            items.add(runner);
            List<Run> runs = history.runs(owner);
            runs.stream().limit(MAX_ITEMS).map(Run::toJson).forEach(items::add);
            return Reply.of(payload.toString());
        });
    }

    private Reply delete(Envelope request, String owner) {
        JsonNode runId = Payload.as(request, JsonNode.class).path("run_id");
        if (!runId.isTextual()) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "payload is an object with the text run_id");
        }
        boolean own = history.find(runId.textValue())
                .map(run -> run.owner().equals(owner))
                .orElse(false);
        if (!own) {
            // Another's run is answered as one that is not there, or ids could be tried out.
            throw ApiException.of(ErrorType.NOT_FOUND, "you have no such run: bus containers runs lists yours");
        }
        return Reply.of(object().put("deleted", true)
                .put("run_id", runId.textValue())
                .put("owner_identity_id", owner)
                .toString());
    }

    private static ObjectNode object() {
        return new ObjectNode(JsonNodeFactory.instance);
    }
}
