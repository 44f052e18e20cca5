package com.busdk.client.events;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Settles leases of one group one by one, and sends them together: what is asked for in one turn of the event loop, and
 * what is asked for while a request is on the way, is one request. A request that gets no answer is repeated, since
 * repeating an acknowledgement is harmless.
 *
 * <pre>{@code
 * Acks acks = client.acks("workers");
 * client.listen(options, event -> work(event).compose(done -> acks.ack(event.delivery().token())).mapEmpty());
 * }</pre>
 *
 * <p>Any thread may call; the state lives on the context on which it was made.
 */
public final class Acks {
    /** Most tokens in one request: some 30 KiB. */
    private static final int MAX_BATCH = 500;

    /** While fewer requests than this are on the way tokens do not wait for company. */
    private static final int FREELY = 1;

    /** Most requests on the way at a time; beyond that tokens gather into fuller ones. */
    private static final int MAX_ON_THE_WAY = 4;

    /** Most tokens that wait; more are refused. A hub never has as many leases out to one consumer. */
    private static final int MAX_WAITING = 100_000;

    /** Tries of one request, with a pause that doubles between them: about a second in all. */
    private static final int MAX_TRIES = 4;

    private static final long RETRY_MILLIS = 100;

    private final Vertx vertx;
    private final Context context;
    private final String group;
    private final Function<AckRequest, Future<AckReceipt>> settle;

    // On the context only.
    private final Deque<Item> waiting = new ArrayDeque<>();
    private final Departures departures;
    private @Nullable Promise<Void> idle;

    Acks(Vertx vertx, String group, Function<AckRequest, Future<AckReceipt>> settle) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.group = group;
        this.settle = settle;
        this.departures = new Departures(vertx, context, FREELY, this::send);
    }

    /**
     * The event is done.
     *
     * <pre>{@code
     * acks.ack(event.delivery().token()).onSuccess(outcome -> System.out.println(
     *         outcome == AckOutcome.SETTLED ? "done" : "somebody else has it"));
     * }</pre>
     *
     * @param token its lease's token
     * @return what became of it
     */
    public Future<AckOutcome> ack(String token) {
        return add(new Item(Kind.ACK, token, null, null));
    }

    /**
     * Gives the event back.
     *
     * <pre>{@code
     * acks.nack(event.delivery().token(), Duration.ofSeconds(5), "the disk is busy");
     * }</pre>
     *
     * @param token its lease's token
     * @param delay how long it waits, null for the group's own back-off
     * @param reason why, null for none
     * @return what became of it
     */
    public Future<AckOutcome> nack(String token, @Nullable Duration delay, @Nullable String reason) {
        return add(new Item(Kind.NACK, token, delay, reason));
    }

    /**
     * Makes the event a dead letter.
     *
     * <pre>{@code
     * acks.reject(event.delivery().token(), "no such VM");
     * }</pre>
     *
     * @param token its lease's token
     * @param reason why, null for none
     * @return what became of it
     */
    public Future<AckOutcome> reject(String token, @Nullable String reason) {
        return add(new Item(Kind.REJECT, token, null, reason));
    }

    /**
     * Begins the lease anew.
     *
     * <pre>{@code
     * long timer = vertx.setPeriodic(10_000, tick -> acks.extend(event.delivery().token())); // while it is at work
     * }</pre>
     *
     * @param token its token
     * @return what became of it
     */
    public Future<AckOutcome> extend(String token) {
        return add(new Item(Kind.EXTEND, token, null, null));
    }

    /**
     * Sends what waits.
     *
     * <pre>{@code
     * listening.close();
     * acks.flush().compose(sent -> client.close());
     * }</pre>
     *
     * @return completes when nothing waits or is on the way any more, however it went
     */
    public Future<Void> flush() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(ignored -> {
            send();
            if (departures.onTheWay() == 0) {
                done.complete();
                return;
            }
            Promise<Void> all = idle;
            if (all == null) {
                all = Promise.promise();
                idle = all;
            }
            all.future().onComplete(done);
        });
        return done.future();
    }

    private Future<AckOutcome> add(Item item) {
        Contexts.run(context, () -> enqueue(item));
        return item.outcome.future();
    }

    private void enqueue(Item item) {
        if (waiting.size() >= MAX_WAITING) {
            item.outcome.fail(ApiException.of(
                    ErrorType.UNAVAILABLE, "more than " + MAX_WAITING + " acknowledgements wait to be sent"));
            return;
        }
        waiting.add(item);
        if (waiting.size() >= MAX_BATCH) {
            send();
        } else {
            departures.wanted();
        }
    }

    private void send() {
        while (!waiting.isEmpty() && departures.onTheWay() < MAX_ON_THE_WAY) {
            List<Item> batch = new ArrayList<>(Math.min(waiting.size(), MAX_BATCH));
            while (batch.size() < MAX_BATCH && !waiting.isEmpty()) {
                batch.add(waiting.poll());
            }
            departures.left();
            attempt(request(batch), 1)
                    .onComplete(result -> Contexts.run(context, () -> {
                        if (result.succeeded()) {
                            settled(batch, result.result());
                        } else {
                            batch.forEach(item -> item.outcome.fail(result.cause()));
                        }
                        departures.back();
                        reportIdle();
                    }));
        }
    }

    private void reportIdle() {
        Promise<Void> all = idle;
        if (departures.onTheWay() == 0 && all != null) {
            idle = null;
            all.complete();
        }
    }

    private Future<AckReceipt> attempt(AckRequest request, int tries) {
        return settle.apply(request).recover(cause -> {
            if (tries >= MAX_TRIES || !mayGetBetter(cause)) {
                return Future.failedFuture(cause);
            }
            Promise<AckReceipt> again = Promise.promise();
            vertx.setTimer(
                    RETRY_MILLIS << (tries - 1),
                    ignored -> attempt(request, tries + 1).onComplete(again));
            return again.future();
        });
    }

    private static boolean mayGetBetter(Throwable cause) {
        return cause instanceof UnreachableException || (cause instanceof ApiException e && e.status() >= 500);
    }

    private AckRequest request(List<Item> batch) {
        List<String> ack = new ArrayList<>();
        List<AckRequest.Nack> nack = new ArrayList<>();
        List<AckRequest.Reject> reject = new ArrayList<>();
        List<String> extend = new ArrayList<>();
        for (Item item : batch) {
            switch (item.kind) {
                case ACK -> ack.add(item.token);
                case NACK -> nack.add(new AckRequest.Nack(item.token, item.delay, item.reason));
                case REJECT -> reject.add(new AckRequest.Reject(item.token, item.reason));
                case EXTEND -> extend.add(item.token);
            }
        }
        return new AckRequest(group, ack, nack, reject, extend);
    }

    private static void settled(List<Item> batch, AckReceipt receipt) {
        Set<String> stale = new HashSet<>(receipt.stale());
        Set<String> unknown = new HashSet<>(receipt.unknown());
        for (Item item : batch) {
            AckOutcome outcome = AckOutcome.SETTLED;
            if (stale.contains(item.token)) {
                outcome = AckOutcome.STALE;
            } else if (unknown.contains(item.token)) {
                outcome = AckOutcome.UNKNOWN;
            }
            item.outcome.complete(outcome);
        }
    }

    private enum Kind {
        ACK,
        NACK,
        REJECT,
        EXTEND
    }

    /** One lease to settle, and who waits to hear of it. */
    private static final class Item {
        private final Kind kind;
        private final String token;
        private final @Nullable Duration delay;
        private final @Nullable String reason;
        private final Promise<AckOutcome> outcome = Promise.promise();

        Item(Kind kind, String token, @Nullable Duration delay, @Nullable String reason) {
            this.kind = kind;
            this.token = token;
            this.delay = delay;
            this.reason = reason;
        }
    }
}
