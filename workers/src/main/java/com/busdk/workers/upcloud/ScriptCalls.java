package com.busdk.workers.upcloud;

import com.busdk.client.auth.TokenException;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.events.UnreachableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.client.worker.Payload;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunErrors;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the SSH worker run scripts: an event goes out, and the event with the same correlation id that answers it comes back.
 *
 * <p>The request is published with an idempotency key and its answer is looked for in the history as well as live. So a
 * worker that takes over from one that died gets the answer of the script that the other has started, rather than starting
 * it again; the request too is looked for in the history, before it is published. Both are looked for from the run's own
 * request on, however long ago that was. The hub is asked too whether there is anybody to run scripts at all. Any thread;
 * one listening for each script that is under way, whose number the worker's concurrency bounds.
 */
final class ScriptCalls {
    static final String RUN = "bus.ssh.script.run.request";
    static final String ANSWER = "bus.ssh.script.run.response";
    static final String CANCEL = "bus.ssh.script.cancel.request";

    /** The hub does not keep a request waiting for longer. What takes longer is heard on the listening. */
    private static final Duration LONGEST_REQUEST = Duration.ofMinutes(10);

    /** What the SSH worker may take beyond a script's own time until its answer is here. */
    static final Duration GRACE = Duration.ofSeconds(30);

    /** A script that is told to end when all of that is over is answered after this, or its machine does not answer. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(15);

    /** Longer than a hub takes for its restart, and short enough for what nobody waits for. */
    private static final Duration CANCEL_WITHIN = Duration.ofMinutes(2);

    /** Longer than a machine takes to be started anew with its hub: nobody else will remove a container. */
    private static final Duration SENT_WITHIN = Duration.ofMinutes(15);

    /** How far the clocks of two brokers may be apart. */
    private static final Duration CLOCKS = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(ScriptCalls.class);

    private final Vertx vertx;
    private final EventsClient client;
    private final RetryPolicy retry;

    /** Calls over a client. */
    ScriptCalls(Vertx vertx, EventsClient client, RetryPolicy retry) {
        this.vertx = vertx;
        this.client = client;
        this.retry = retry.includingFirstConnect();
    }

    /**
     * Runs a script.
     *
     * @param id of the call: the correlation id, and what makes a repeated call the same one
     * @param owner whom it is for
     * @param payload the request's payload
     * @param limit longest time that the script may take
     * @param since neither the call's request nor its answer is older, by the clock of the events service; however long
     *     ago: whoever sent the request may have been gone for much longer than a script takes
     * @param abandoned completes when nobody wants the answer any more; a request that has not gone out then never does
     * @return the answer's payload; fails with the answer's error, {@code no_responders}, {@code timeout}, or {@code
     *     unavailable} if the worker's own token does not let it ask. The error is an {@link EndedRun} where the script was
     *     ended early and the answer says how long it ran. A script that has no answer in time is ended; one that is
     *     cancelled then has failed with {@code timeout}, as one that is not answered then either
     */
    Future<String> run(
            String id, String owner, ObjectNode payload, Duration limit, Instant since, Future<?> abandoned) {
        Envelope request = request(id, owner, payload);
        Duration patience = limit.plus(GRACE);
        Promise<Envelope> answer = Promise.promise();
        Listening listening = listen(id, since, answer);
        abandoned.onComplete(ignored -> answer.tryFail("nobody waits for it any more"));
        listening
                .connected()
                .compose(ignored -> sent(id, since))
                .onSuccess(sent -> {
                    if (sent.isEmpty()) {
                        send(request, patience, answer, 1);
                    }
                })
                .onFailure(cause -> answer.tryFail(ours(cause)));
        Future<Void> late = timeOut(id, owner, patience, answer);
        return answer.future()
                .onComplete(ignored -> listening.close())
                .compose(ScriptCalls::payload)
                .recover(cause -> Future.failedFuture(late.isComplete() ? givenUp(cause) : cause));
    }

    /**
     * Sends a script that has to be done, however late that is: nobody sends it again, and no time of its own ends it while
     * it waits for its turn.
     *
     * @param id of the call
     * @param owner whom it is for
     * @param payload the request's payload
     * @return completes when the hub has it; fails if it says no, or has not taken it within {@link #SENT_WITHIN}
     */
    Future<Void> send(String id, String owner, ObjectNode payload) {
        return publish(request(id, owner, payload), System.nanoTime() + SENT_WITHIN.toNanos(), 1);
    }

    private static Envelope request(String id, String owner, ObjectNode payload) {
        return Envelope.builder(RUN)
                .payload(payload.toString())
                .correlationId(id)
                .identityId(owner)
                .idempotencyKey("script:" + id)
                .build();
    }

    /**
     * What a script is answered with that somebody has sent.
     *
     * @param id of the call
     * @param since the answer is not older, by the clock of the events service
     * @param limit longest wait
     * @return the answer's payload; fails as {@link #run} does
     */
    Future<String> answer(String id, Instant since, Duration limit) {
        Promise<Envelope> answer = Promise.promise();
        Listening listening = listen(id, since, answer);
        failAfter(limit, answer);
        return answer.future().onComplete(ignored -> listening.close()).compose(ScriptCalls::payload);
    }

    private Listening listen(String id, Instant since, Promise<Envelope> answer) {
        ListenOptions options = ListenOptions.of(ANSWER)
                .correlationId(id)
                .since(lookBack(since))
                .retry(retry)
                .build();
        Listening listening = client.listen(options, event -> {
            answer.tryComplete(event);
            return Future.succeededFuture();
        });
        listening.ended().onFailure(cause -> answer.tryFail(ours(cause)));
        return listening;
    }

    private void failAfter(Duration limit, Promise<Envelope> answer) {
        long timer = vertx.setTimer(limit.toMillis(), ignored -> answer.tryFail(unanswered()));
        answer.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /**
     * It may have been begun late, since all sessions were taken, and run on: whoever runs it ends it, and says how long it
     * ran.
     *
     * @return completes when it is given up
     */
    private Future<Void> timeOut(String id, String owner, Duration patience, Promise<Envelope> answer) {
        Promise<Void> late = Promise.promise();
        long timer = vertx.setTimer(patience.toMillis(), ignored -> {
            late.complete();
            cancel(id, owner).onFailure(cause -> LOG.warn("the script {} cannot be ended: {}", id, cause.getMessage()));
            failAfter(LAST_WORDS, answer);
        });
        answer.future().onComplete(ignored -> vertx.cancelTimer(timer));
        return late.future();
    }

    private static ApiException unanswered() {
        return ApiException.of(ErrorType.TIMEOUT, "the SSH worker did not answer in time: look at its log");
    }

    /** A script that was given up is cancelled for that reason, whatever else. */
    private static Throwable givenUp(Throwable cause) {
        String cancelled = RunErrors.cancelled().type();
        return switch (cause) {
            case EndedRun e when e.error().type().equals(cancelled) -> new EndedRun(unanswered(), e.ran());
            case ApiException e when e.type().equals(cancelled) -> unanswered();
            default -> cause;
        };
    }

    /**
     * Asks whoever runs a script to end it, again and again where the hub cannot take it now: nobody else will, and the
     * script's container may not even be there yet.
     *
     * @return completes when the hub has it; fails if it says no, or has not taken it within {@link #CANCEL_WITHIN}
     */
    Future<Void> cancel(String id, String owner) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode().put("correlation_id", id);
        Envelope request = Envelope.builder(CANCEL)
                .payload(payload.toString())
                .identityId(owner)
                .idempotencyKey("cancel:" + id)
                .build();
        return publish(request, System.nanoTime() + CANCEL_WITHIN.toNanos(), 1);
    }

    private Future<Void> publish(Envelope request, long until, int tries) {
        return client.publish(request).<Void>mapEmpty().recover(cause -> {
            if (!mayPass(cause) || until - System.nanoTime() < 0) {
                return Future.failedFuture(cause);
            }
            Promise<Void> pause = Promise.promise();
            vertx.setTimer(delayMillis(tries), ignored -> pause.complete());
            return pause.future().compose(ignored -> publish(request, until, tries + 1));
        });
    }

    private long delayMillis(int tries) {
        return retry.delay(tries, ThreadLocalRandom.current()).toMillis();
    }

    /**
     * The request of a call, if somebody has sent it, who may be dead by now. Its key alone does not tell: the hub remembers
     * keys for minutes, for each identity by itself, while a script may take an hour and a worker may have another token.
     *
     * @param since the request is not older, by the clock of the events service
     */
    Future<Optional<Envelope>> sent(String id, Instant since) {
        return find(RUN, id, since);
    }

    /**
     * Whether a call was answered only after all the time that its script may take: then a worker before this one has most
     * likely given it up. By what the hub has, since the call may have waited for a worker before, and its answer for one
     * after that. A call that was cancelled for another reason in the last {@link #GRACE} before that looks the same, and
     * one that the hub took by so much later than its worker began to wait does not look so.
     *
     * @param since neither the call's request nor its answer is older, by the clock of the events service
     * @return also false where the hub does not have both
     */
    Future<Boolean> wasGivenUp(String id, Instant since) {
        return sent(id, since)
                .compose(request -> find(ANSWER, id, since)
                        .map(answer ->
                                request.isPresent() && answer.isPresent() && isLate(request.get(), answer.get())));
    }

    private static boolean isLate(Envelope request, Envelope answer) {
        Instant begun = request.createdAt();
        Instant ended = answer.createdAt();
        long seconds =
                Payload.as(request, ObjectNode.class).path("timeout_seconds").asLong();
        return begun != null && ended != null && !ended.isBefore(begun.plusSeconds(seconds));
    }

    /** The last event of a name that belongs to a call. */
    private Future<Optional<Envelope>> find(String name, String id, Instant since) {
        AtomicReference<@Nullable Envelope> found = new AtomicReference<>();
        ListenOptions options = ListenOptions.of(name)
                .correlationId(id)
                .since(lookBack(since))
                .snapshot()
                .retry(retry)
                .build();
        return client.listen(options, event -> {
                    found.set(event);
                    return Future.succeededFuture();
                })
                .ended()
                .map(ignored -> Optional.ofNullable(found.get()));
    }

    private static String lookBack(Instant since) {
        return since.minus(CLOCKS).toString();
    }

    private void send(Envelope request, Duration patience, Promise<Envelope> answer, int tries) {
        if (answer.future().isComplete()) {
            return; // it was in the history, or is not wanted any more
        }
        Duration limit = patience.compareTo(LONGEST_REQUEST) > 0 ? LONGEST_REQUEST : patience;
        client.request(request, limit).onSuccess(answer::tryComplete).onFailure(cause -> {
            if (isTimeout(cause)) {
                return; // the answer is still listened for
            }
            if (!mayPass(cause)) {
                answer.tryFail(ours(cause));
                return;
            }
            vertx.setTimer(delayMillis(tries), ignored -> send(request, patience, answer, tries + 1));
        });
    }

    /** A refusal of the worker's own token is nothing that whoever asked for the run can do about theirs. */
    private static Throwable ours(Throwable cause) {
        boolean refused = cause instanceof ApiException e
                && (e.status() == ErrorType.INVALID_AUTH.status()
                        || e.status() == ErrorType.INSUFFICIENT_ACCESS.status());
        if (!refused) {
            return cause;
        }
        LOG.error(
                "the events service does not let this worker have scripts run, which takes a service token with"
                        + " ssh:run: {}",
                cause.getMessage());
        return ApiException.of(
                ErrorType.UNAVAILABLE,
                "the worker's token lacks ssh:run, so that it cannot reach the runner: tell its operator");
    }

    private static boolean isTimeout(Throwable cause) {
        return cause instanceof ApiException e && e.type().equals(ErrorType.TIMEOUT.type());
    }

    private static boolean mayPass(Throwable cause) {
        return switch (cause) {
            case ApiException e ->
                !e.type().equals(ErrorType.NO_RESPONDERS.type())
                        && (e.status() >= ErrorType.INTERNAL.status() || e.status() == ErrorType.RATE_LIMITED.status());
            case UnreachableException e -> true;
            case TokenException e -> true; // a file that is being replaced at this moment
            default -> false;
        };
    }

    private static Future<String> payload(Envelope answer) {
        EventError error = answer.error();
        if (error == null) {
            return Future.succeededFuture(answer.payload());
        }
        int status = Arrays.stream(ErrorType.values())
                .filter(known -> known.type().equals(error.type()))
                .mapToInt(ErrorType::status)
                .findFirst()
                .orElse(ErrorType.BAD_GATEWAY.status());
        ApiException failure = ApiException.of(
                status, Echo.of(error.type()), Echo.clean(error.message(), ApiException.MAX_MESSAGE_CHARS));
        return Future.failedFuture(ScriptAnswer.ran(answer.payload())
                .<Throwable>map(ran -> new EndedRun(failure, ran))
                .orElse(failure));
    }
}
