package com.busdk.client.events;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Publishes events one by one, and sends them together: those of one turn of the event loop, and those that come while
 * requests are on the way, are one request and are made durable with one flush. An event that is alone goes as {@link
 * EventsClient#publish} sends it, at once.
 *
 * <p>Each event is told what became of itself. Where the service refuses one of several, those that were sent with it are
 * published once more, each on its own; so <em>every event needs an idempotency key</em>, which makes that harmless.
 *
 * <pre>{@code
 * Sender sender = client.sender();
 * sender.publish(Envelope.builder("example.done").idempotencyKey("done:" + id).build());
 * }</pre>
 *
 * <p>Any thread may call; the state lives on the context on which it was made, and futures complete there.
 */
public final class Sender {
    /** While fewer requests than this are on the way an event does not wait for company: one is answered, one flushed. */
    private static final int FREELY = 2;

    /** Most requests on the way at a time: more than that are none that got no answer, and a few that do. */
    private static final int MAX_ON_THE_WAY = 16;

    /** Most events in one request: a flush more for each so many costs nothing beside them. */
    private static final int MAX_BATCH = 500;

    /** Most bytes in one request, so that small events never wait behind many megabytes of large ones. */
    private static final int MAX_BATCH_BYTES = 256 * 1024;

    /** Most events that wait; more are refused. A worker has far fewer requests in hand. */
    private static final int MAX_WAITING = 10_000;

    /** Most bytes that wait, of whatever size the events are. */
    private static final long MAX_WAITING_BYTES = 64L * 1024 * 1024;

    private static final int TOO_MANY_REQUESTS = 429;

    private final EventsClient client;
    private final Context context;

    // On the context only.
    private final Deque<Item> waiting = new ArrayDeque<>();
    private final Departures departures;
    private long waitingBytes;

    Sender(Vertx vertx, EventsClient client) {
        this.client = client;
        this.context = vertx.getOrCreateContext();
        this.departures = new Departures(vertx, context, FREELY, this::send);
    }

    /** An event, as it is sent, and who waits to hear of it. */
    private record Item(Buffer json, Promise<Void> outcome) {}

    /**
     * Publishes an event.
     *
     * @param event the event, with an idempotency key
     * @return completes when it is durable; fails as {@link EventsClient#publish} does
     * @throws IllegalArgumentException if it has no idempotency key, or cannot be written as UTF-8
     */
    public Future<Void> publish(Envelope event) {
        if (event.idempotencyKey() == null) {
            throw new IllegalArgumentException("an event without an idempotency key cannot be sent twice if need be");
        }
        Item item = new Item(Buffer.buffer(event.toJsonBytes()), Promise.promise());
        Contexts.run(context, () -> enqueue(item));
        return item.outcome.future();
    }

    private void enqueue(Item item) {
        if (waiting.size() >= MAX_WAITING || waitingBytes + item.json.length() > MAX_WAITING_BYTES) {
            item.outcome.fail(ApiException.of(
                    ErrorType.UNAVAILABLE, "too many events wait to be sent: wait for answers before sending more"));
            return;
        }
        waiting.add(item);
        waitingBytes += item.json.length();
        departures.wanted();
    }

    private void send() {
        while (!waiting.isEmpty() && departures.onTheWay() < MAX_ON_THE_WAY) {
            List<Item> batch = next();
            departures.left();
            (batch.size() == 1 ? alone(batch.getFirst()) : together(batch))
                    .onComplete(ignored -> Contexts.run(context, departures::back));
        }
    }

    private List<Item> next() {
        List<Item> batch = new ArrayList<>();
        int bytes = 0;
        while (!waiting.isEmpty() && batch.size() < MAX_BATCH) {
            int more = waiting.getFirst().json.length();
            if (!batch.isEmpty() && bytes + more > MAX_BATCH_BYTES) {
                break;
            }
            batch.add(waiting.removeFirst());
            bytes += more;
            waitingBytes -= more;
        }
        return batch;
    }

    private Future<Void> alone(Item item) {
        return client.publishJson(item.json).<Void>mapEmpty().onComplete(item.outcome);
    }

    /** Completes when the request is back; those that are sent once more on their own are not waited for. */
    private Future<Void> together(List<Item> batch) {
        int bytes = batch.stream().mapToInt(item -> item.json.length() + 1).sum();
        Buffer lines = Buffer.buffer(bytes);
        batch.forEach(item -> lines.appendBuffer(item.json).appendByte((byte) '\n'));
        return client.publishLines(lines)
                .onSuccess(receipt -> batch.forEach(item -> {
                    if (receipt.count() == batch.size()) {
                        item.outcome.complete();
                    } else {
                        alone(item);
                    }
                }))
                .onFailure(cause -> batch.forEach(item -> {
                    if (refusesOne(cause)) {
                        alone(item);
                    } else {
                        item.outcome.fail(cause);
                    }
                }))
                .mapEmpty();
    }

    /** Whether the cause is one of the events: what is wrong with the service or the way to it is wrong for all. */
    private static boolean refusesOne(Throwable cause) {
        return cause instanceof ApiException e
                && e.status() / 100 == 4
                && e.status() != TOO_MANY_REQUESTS
                && e.status() != ErrorType.INVALID_AUTH.status();
    }
}
