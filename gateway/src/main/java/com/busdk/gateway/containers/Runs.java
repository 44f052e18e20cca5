package com.busdk.gateway.containers;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.provider.ProviderParts;
import com.busdk.gateway.requests.KeptListening;
import com.busdk.gateway.requests.Question;
import com.busdk.gateway.requests.Replies;
import com.busdk.gateway.requests.Requests;
import com.busdk.gateway.usage.UsageRecord;
import com.busdk.gateway.usage.Use;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a caller does with runs. The owner is always the caller. Any thread; its book is guarded by itself. */
final class Runs {
    private static final Logger LOG = LoggerFactory.getLogger(Runs.class);

    private static final String SCOPE = "container:run";
    private static final String STATUS = "bus.containers.status.request";
    private static final String DELETE = "bus.containers.delete.request";
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 200;

    /** Runs that a status shows beside what the worker tells. */
    private static final int STATUS_RUNS = 50;

    /** The history is read within moments. */
    private static final int HISTORY_RETRY_SECONDS = 1;

    private final ProviderParts parts;
    private final ContainersProviderOptions options;
    private final RunBook book;
    private final KeptListening history;

    Runs(ProviderParts parts, ContainersProviderOptions options, RunBook book, KeptListening history) {
        this.parts = parts;
        this.options = options;
        this.book = book;
        this.history = history;
    }

    // --- status and list ---

    Future<Answer> status(Call call) {
        String owner = call.caller().subject();
        return ask(STATUS, call, Json.object(), "status-" + UUID.randomUUID()).map(answer -> {
            JsonNode items = answer.path("items");
            if (!items.isArray()) {
                throw Replies.malformed(STATUS);
            }
            ArrayNode shown = Json.object().arrayNode();
            Set<String> seen = new HashSet<>();
            for (JsonNode item : items) {
                if (!item.isObject()
                        || !item.path("id").isTextual()
                        || !item.path("state").isTextual()) {
                    throw Replies.malformed(STATUS);
                }
                Owned.check(item, owner, STATUS, call.requestId());
                seen.add(item.path("id").asText());
                shown.add(complete((ObjectNode) item));
            }
            Instant now = Instant.now();
            for (Run run : book.list(owner, Optional.empty(), STATUS_RUNS).orElse(List.of())) {
                if (!seen.contains(run.id())) {
                    shown.add(run.toItem(now));
                }
            }
            ObjectNode body = Json.object();
            body.set("items", shown);
            return Answer.json(200, body);
        });
    }

    /** What an item does not have is said to be nothing: a runner has no owner. */
    private static ObjectNode complete(ObjectNode item) {
        for (String field : List.of("owner_identity_id", "details")) {
            if (!item.has(field)) {
                item.putNull(field);
            }
        }
        return item;
    }

    Future<Answer> list(Call call) {
        int limit = limit(call);
        Optional<String> after = call.query("after");
        if (!history.isCaughtUp()) {
            throw ApiException.of(
                            ErrorType.UNAVAILABLE,
                            "the history of runs is still being read" + hint(history.because()) + ": try again")
                    .withRetryAfter(HISTORY_RETRY_SECONDS);
        }
        List<Run> page = book.list(call.caller().subject(), after, limit)
                .orElseThrow(() -> ApiException.of(
                        ErrorType.BAD_REQUEST, "after is the run_id of a run of yours that is still listed"));
        Instant now = Instant.now();
        ArrayNode runs = Json.object().arrayNode();
        page.forEach(run -> runs.add(run.toJson(now)));
        ObjectNode body = Json.object();
        body.set("runs", runs);
        if (page.size() == limit) {
            body.put("next_after", page.getLast().id());
        }
        return Future.succeededFuture(Answer.json(200, body));
    }

    private static String hint(String because) {
        return because.isEmpty() ? "" : " (" + because + ")";
    }

    private static int limit(Call call) {
        return call.query("limit")
                .map(text -> {
                    try {
                        int limit = Integer.parseInt(text);
                        if (limit >= 1 && limit <= MAX_LIMIT) {
                            return limit;
                        }
                    } catch (NumberFormatException e) {
                        LOG.debug("a limit that is no number");
                    }
                    throw ApiException.of(ErrorType.BAD_REQUEST, "limit is a number of 1 to " + MAX_LIMIT);
                })
                .orElse(DEFAULT_LIMIT);
    }

    // --- a run ---

    /**
     * A place for it, entitlement, then the record of the request, then the worker. Nothing here depends on the caller's
     * connection: a run whose caller has gone ends as any other.
     */
    Future<Answer> run(Call call) {
        RunSpec spec = RunSpec.parse(call.body());
        spec.checkTimeout(options.runTimeout());
        String owner = call.caller().subject();
        String id = RunIds.create();
        Duration wait = spec.timeout().orElse(options.runTimeout()).plus(options.runSlack());
        Use use = new Use(RunUses.KIND, id, owner, facts(id, call.requestId(), spec));
        Question question = new Question(
                RunResult.REQUEST,
                owner,
                spec.payload(id, options.outputLimit()),
                id,
                Map.of("request_id", call.requestId()),
                wait);
        return parts.requests()
                .patiently(
                        owner,
                        asking -> parts.billing()
                                .require(owner, SCOPE)
                                .compose(_ -> announce(question, call.requestId(), use))
                                .compose(_ -> recorded(asking, question, spec, call.requestId(), use)))
                .map(answer -> Answer.json(200, answer));
    }

    /**
     * Asks, and records the end where it is known: as the response says, or that no worker ever gets the request. What may
     * still go on when nobody waits for it any more has its end when its response comes.
     */
    private Future<ObjectNode> recorded(
            Requests.Asking asking, Question question, RunSpec spec, String requestId, Use use) {
        long asked = System.nanoTime();
        AtomicBoolean taken = new AtomicBoolean(true);
        Future<Envelope> response = asking.ask(question, () -> {
                    taken.set(false);
                    unlist(question);
                })
                .onSuccess(found -> book.tell(found, question.owner(), question.correlationId()));
        return response.map(found -> answer(found, question, spec, requestId, asked))
                .onSuccess(answer -> parts.usage().after(use.finished(Instant.now(), ended(answer))))
                .onFailure(failure -> {
                    UsageRecord end = use.failed(Instant.now(), ProviderParts.word(failure), ran(response, question));
                    if (response.failed() && taken.get()) {
                        parts.usage().unanswered(end);
                    } else {
                        parts.usage().after(end);
                    }
                });
    }

    private ObjectNode answer(Envelope response, Question question, RunSpec spec, String requestId, long asked) {
        ObjectNode result = Replies.payload(RunResult.REQUEST, question.owner(), response, true);
        Owned.check(result, question.owner(), RunResult.REQUEST, requestId);
        long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked);
        return RunResult.answer(
                result, question.correlationId(), question.owner(), spec, options.outputLimit(), waited);
    }

    private static Optional<Duration> ran(Future<Envelope> response, Question question) {
        return response.succeeded()
                ? RunResult.ran(response.result(), question.owner(), question.correlationId())
                : Optional.empty();
    }

    /**
     * The record of the request, and the run in the lists. If one of them cannot be, the other is taken back: no run that
     * nobody begins is listed as running, and none is requested for ever. A failure does not say that nothing arrived, so
     * that the announcement is taken back in any case.
     */
    private Future<Void> announce(Question question, String requestId, Use use) {
        Future<Void> recorded = parts.usage().before(use.requested(question.timeout()));
        Future<Void> announced = publish(RunBook.ACCEPTED, question.owner(), announcement(question, requestId));
        return Future.join(recorded, announced)
                .onFailure(failure -> {
                    if (recorded.succeeded()) {
                        parts.usage().after(use.failed(Instant.now(), ProviderParts.word(failure)));
                    }
                    unlist(question);
                })
                .mapEmpty();
    }

    private void unlist(Question question) {
        ObjectNode refused = Json.object().put("run_id", question.correlationId());
        publish(RunBook.REFUSED, question.owner(), refused)
                .onFailure(lost -> LOG.warn(
                        "run {} stays in lists until its time is over: {}",
                        question.correlationId(),
                        lost.getMessage()));
    }

    private static ObjectNode announcement(Question question, String requestId) {
        ObjectNode announcement = question.payload().deepCopy();
        announcement.remove("output_limit");
        return announcement
                .put("request_id", requestId)
                .put("wait_seconds", question.timeout().toSeconds());
    }

    private Future<Void> publish(String name, String owner, ObjectNode payload) {
        Envelope event = Envelope.builder(name)
                .payload(new String(Json.bytes(payload), StandardCharsets.UTF_8))
                .identityId(owner)
                .correlationId(payload.path("run_id").asText())
                .build();
        return parts.client()
                .publish(event)
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(Replies.ofPublish(failure, name)));
    }

    // --- deletion ---

    Future<Answer> delete(Call call) {
        String owner = call.caller().subject();
        String id = call.parameter();
        if (!RunIds.isId(id)) {
            throw noSuchRun();
        }
        // Nothing is answered from the book: another's run takes the way of one that is not there, in the same words.
        ObjectNode payload = Json.object().put("run_id", id);
        Future<ObjectNode> asked = ask(DELETE, call, payload, "delete-" + UUID.randomUUID());
        return asked.recover(failure -> Future.failedFuture(isNotFound(failure) ? noSuchRun() : failure))
                .map(answer -> {
                    if (book.isAnothers(id, owner)) {
                        throw noSuchRun(); // whatever the worker takes itself to have deleted
                    }
                    Owned.check(answer, owner, DELETE, call.requestId());
                    JsonNode named = answer.path("run_id");
                    boolean same = named.isMissingNode() || named.asText().equals(id);
                    if (!answer.path("deleted").asBoolean(false) || !same) {
                        throw Replies.malformed(DELETE);
                    }
                    book.delete(id, owner);
                    return Answer.json(
                            200,
                            Json.object().put("deleted", true).put("run_id", id).put("owner_identity_id", owner));
                });
    }

    private static boolean isNotFound(Throwable failure) {
        return failure instanceof ApiException e && e.type().equals(ErrorType.NOT_FOUND.type());
    }

    private static ApiException noSuchRun() {
        return ApiException.of(ErrorType.NOT_FOUND, "there is no such run of yours: see bus containers runs");
    }

    private Future<ObjectNode> ask(String name, Call call, ObjectNode payload, String correlationId) {
        return parts.requests()
                .ask(new Question(
                        name,
                        call.caller().subject(),
                        payload,
                        correlationId,
                        Map.of("request_id", call.requestId()),
                        options.common().requestTimeout()));
    }

    /** What every usage record of a run says. */
    private static ObjectNode facts(String id, String requestId, RunSpec spec) {
        ObjectNode facts = Json.object().put("run_id", id).put("request_id", requestId);
        spec.profile().ifPresent(name -> facts.put("profile", name));
        spec.image().ifPresent(name -> facts.put("image", name));
        return facts;
    }

    private static ObjectNode ended(ObjectNode answer) {
        ObjectNode data = Json.object();
        data.set("duration_ms", answer.get("duration_ms"));
        data.set("exit_code", answer.get("exit_code"));
        return data;
    }
}
