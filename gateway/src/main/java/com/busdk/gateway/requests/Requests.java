package com.busdk.gateway.requests;

import com.busdk.client.config.GoDuration;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventName;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.events.UnreachableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks workers for callers. So many questions may be open at a time, and so many of one owner; more are refused at once.
 * What may take long and what is quick have rooms of their own: a thousand runs that go on for half an hour keep nobody
 * from a status, nor from deleting one of them. Entitlement checks are quick ones, those for runs too. Any thread.
 */
public final class Requests {
    private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

    /**
     * Questions of each of the two kinds that may be open at a time: both together have as many connections as the client
     * keeps for them. Workers of one provider that are a thousand behind gain nothing from more.
     */
    public static final int MAX_PENDING = 1_000;

    /**
     * How many long ones one owner may have: ten owners have to be greedy at a time before it shows to others, and one who
     * is not has more than a person starts by hand, or a pipeline at once. It is fixed, since a place that is given away
     * comes back only after minutes.
     */
    public static final int MAX_OWN_LONG = MAX_PENDING / 10;

    /**
     * How many quick ones an owner may have who is alone. One may have as many as are still free (the dynamic threshold of
     * Choudhury and Hahne, with the factor 1): alone half of all, and of n who want more than they get each one part of
     * n + 1, with such a part left for who comes next. So nobody is kept small for others who are not there, and places
     * that are given away are back within moments.
     */
    public static final int MAX_OWN_QUICK = MAX_PENDING / 2;

    /** A request that takes long ends by and by; nobody gains from asking all the time. */
    private static final int RETRY_LONG_SECONDS = 10;

    private static final int RETRY_QUICK_SECONDS = 1;

    /** The events service keeps a request no longer than this (its {@code POST …/request}); then it is listened for. */
    private static final Duration MAX_HELD = Duration.ofMinutes(10);

    /** How much further back than necessary is looked for a response: clocks and the way there. */
    private static final Duration MARGIN = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final EventsClient client;
    private final Room quick =
            new Room(MAX_PENDING, free -> free, "try again when one of them has its answer", RETRY_QUICK_SECONDS);
    private final Room patient = new Room(
            MAX_PENDING,
            _ -> MAX_OWN_LONG,
            "wait until one of them has ended, or end a run with bus containers delete",
            RETRY_LONG_SECONDS);

    /**
     * Requests over a client.
     *
     * @param vertx has the timers
     * @param client speaks with a service token; stays the caller's to close
     */
    public Requests(Vertx vertx, EventsClient client) {
        this.vertx = vertx;
        this.client = client;
    }

    /**
     * How many questions are open.
     *
     * @return at most twice {@link #MAX_PENDING}
     */
    public int pending() {
        return quick.taken() + patient.taken();
    }

    /**
     * Asks, and gives up at the first loss: for what may be asked again.
     *
     * @param question what is asked; its time-out is at most ten minutes
     * @return the response's payload; fails with an {@link ApiException} fit for the caller
     */
    public Future<ObjectNode> ask(Question question) {
        return quick.hold(
                question.owner(),
                () -> client.request(envelope(question), shorter(question.timeout(), MAX_HELD))
                        .recover(failure -> Future.failedFuture(Replies.ofHub(failure, question)))
                        .compose(response -> payload(question, response, false)));
    }

    /**
     * Asks for what goes on for long and must not be begun twice. A lost connection, or an events service that starts
     * again meanwhile, is no end to it: the response is looked for in the history.
     *
     * @param question what is asked
     * @return the response's payload; fails with an {@link ApiException} fit for the caller, {@code timeout} (504) if the
     *     time is over
     */
    public Future<ObjectNode> askPatiently(Question question) {
        return patiently(
                question.owner(),
                asking -> asking.ask(question, () -> {}).compose(response -> payload(question, response, true)));
    }

    /**
     * Has work done that asks like {@link #askPatiently} in its course. Its place is taken before it begins: work that has
     * none leaves no trace.
     *
     * @param owner for whom
     * @param work is given what it asks with
     * @return as the work ends; fails with an {@link ApiException} fit for the caller where there is no place for it
     */
    public <T> Future<T> patiently(String owner, Function<Asking, Future<T>> work) {
        return patient.hold(owner, () -> work.apply(this::askAndFollow));
    }

    private Future<Envelope> askAndFollow(Question question, Runnable notTaken) {
        long begun = System.nanoTime();
        Envelope event = envelope(question);
        return client.request(event, shorter(question.timeout(), MAX_HELD)).recover(failure -> {
            if (mayHaveBegun(failure)) {
                return follow(question, event, Duration.ofNanos(System.nanoTime() - begun), failure);
            }
            if (!mayBeStored(failure)) {
                notTaken.run();
            }
            return Future.failedFuture(Replies.ofHub(failure, question));
        });
    }

    /** Asks within a place that is held already. */
    @FunctionalInterface
    public interface Asking {
        /**
         * Asks.
         *
         * @param question what is asked, for the owner whose place it is
         * @param notTaken is called, before the failure is told, if it is certain that no worker has got the request and
         *     none ever will. A worker's own failure is no such thing, whatever it is called
         * @return the response, of which {@link Replies#payload} makes what {@link Requests#askPatiently} does; fails as that
         *     does if there is none
         */
        Future<Envelope> ask(Question question, Runnable notTaken);
    }

    private static Envelope envelope(Question question) {
        return Envelope.builder(question.name())
                .payload(new String(Json.bytes(question.payload()), StandardCharsets.UTF_8))
                .correlationId(question.correlationId())
                .identityId(question.owner())
                .metadata(question.metadata())
                .idempotencyKey("request:" + question.correlationId())
                .build();
    }

    private static boolean mayHaveBegun(Throwable failure) {
        return switch (failure) {
            case UnreachableException e -> e.outcomeUnknown();
            case ApiException e ->
                e.type().equals(ErrorType.TIMEOUT.type())
                        || e.status() == ErrorType.UNAVAILABLE.status()
                                && !e.type().equals(ErrorType.NO_RESPONDERS.type());
            default -> false;
        };
    }

    /** Of what has not begun: after a fault of the events service nobody knows whether the request is in its log. */
    private static boolean mayBeStored(Throwable failure) {
        return failure instanceof ApiException e
                && e.status() >= ErrorType.INTERNAL.status()
                && !e.type().equals(ErrorType.NO_RESPONDERS.type());
    }

    /**
     * Listens for the response from before the request on, and publishes the request once more where it may not have
     * arrived: with its idempotency key it is one event all the same.
     */
    private Future<Envelope> follow(Question question, Envelope event, Duration elapsed, Throwable failure) {
        Duration left = question.timeout().minus(elapsed);
        if (!left.isPositive()) {
            return Future.failedFuture(late(question));
        }
        LOG.info("request {} goes on without its connection: {}", event.correlationId(), failure.getMessage());
        Promise<Envelope> found = Promise.promise();
        ListenOptions options = ListenOptions.of(EventName.responseTo(event.name()))
                .correlationId(event.correlationId())
                .since(GoDuration.format(elapsed.plus(MARGIN)))
                .limit(1)
                .retry(RetryPolicy.DEFAULT.includingFirstConnect())
                .build();
        Listening listening = client.listen(options, response -> {
            found.tryComplete(response);
            return Future.succeededFuture();
        });
        boolean stored = failure instanceof ApiException e && e.type().equals(ErrorType.TIMEOUT.type());
        if (!stored) {
            listening
                    .connected()
                    .compose(_ -> client.publish(event))
                    .onFailure(again -> found.tryFail(Replies.ofHub(again, question)));
        }
        listening.ended().onFailure(lost -> found.tryFail(Replies.ofHub(lost, question)));
        long timer = vertx.setTimer(Math.max(1, left.toMillis()), _ -> found.tryFail(late(question)));
        return found.future().onComplete(_ -> {
            vertx.cancelTimer(timer);
            Future<Void> _ = listening.close();
        });
    }

    private static ApiException late(Question question) {
        return ApiException.of(
                ErrorType.TIMEOUT,
                "no answer came within " + GoDuration.format(question.timeout())
                        + "; it may still be going on: look before you ask again");
    }

    private static Future<ObjectNode> payload(Question question, Envelope response, boolean patiently) {
        try {
            return Future.succeededFuture(Replies.payload(question.name(), question.owner(), response, patiently));
        } catch (ApiException e) {
            return Future.failedFuture(e);
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
