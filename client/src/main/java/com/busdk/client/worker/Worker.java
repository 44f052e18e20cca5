package com.busdk.client.worker;

import com.busdk.client.events.EventsClient;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A worker: takes requests from a consumer group, has a handler do them, publishes the responses with the requests'
 * correlation ids and owners, and acknowledges each request after its response is durable. It comes back after lost
 * connections; a request that dies with a worker goes to another one. A request that is delivered again while this
 * process works on it, or has answered it lately, is not begun again.
 *
 * <pre>{@code
 * Worker worker = Worker.create(
 *         vertx,
 *         client,
 *         WorkerOptions.named("greeter").answers("example.greet.request").build(),
 *         request -> Future.succeededFuture(Reply.of("{\"hello\":" + request.payload() + "}")));
 * worker.start();
 * Runtime.getRuntime().addShutdownHook(new Thread(() -> worker.stop().await()));
 * }</pre>
 *
 * <p>Any thread may call. A refused token (401, 403) ends it at once; see {@link #ended}.
 */
public final class Worker {
    private final Vertx vertx;
    private final EventsClient client;
    private final WorkerOptions options;
    private final RequestHandler handler;
    private final InHand inHand = new InHand();
    private final Set<Integer> up = ConcurrentHashMap.newKeySet();
    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder redelivered = new LongAdder();
    private final AtomicInteger toConnect;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private volatile Duration drain;
    private final Promise<String> deployed = Promise.promise();
    private final Promise<Void> connected = Promise.promise();
    private final Promise<Void> ended = Promise.promise();

    private Worker(Vertx vertx, EventsClient client, WorkerOptions options, RequestHandler handler) {
        this.vertx = vertx;
        this.client = client;
        this.options = options;
        this.handler = handler;
        this.drain = options.drain();
        this.toConnect = new AtomicInteger(options.instances());
    }

    /**
     * A worker that is not started yet.
     *
     * @param vertx runs it; stays the caller's to close
     * @param client talks to the events service; stays the caller's to close
     * @param options what it is
     * @param handler does the work
     * @return the worker
     */
    public static Worker create(Vertx vertx, EventsClient client, WorkerOptions options, RequestHandler handler) {
        return new Worker(vertx, client, options, handler);
    }

    /**
     * Starts it; once only.
     *
     * @return completes when every instance is connected, however long that takes; fails if that will never be
     */
    public Future<Void> start() {
        AtomicInteger next = new AtomicInteger();
        vertx.deployVerticle(
                        () -> new Lane(this, next.getAndIncrement()),
                        new DeploymentOptions().setInstances(options.instances()))
                .onFailure(this::failed)
                .onComplete(deployed);
        return connected.future();
    }

    /**
     * Stops it: finishes the requests in hand within the drain time, gives back the rest.
     *
     * @return {@link #ended}
     */
    public Future<Void> stop() {
        if (stopping.compareAndSet(false, true)) {
            undeploy().onComplete(result -> {
                up.clear();
                connected.tryFail("stopped before it was connected");
                ended.tryComplete();
            });
        }
        return ended.future();
    }

    /**
     * When it is over.
     *
     * @return succeeds after {@link #stop} or its one request; fails with what ended it, such as an {@link
     *     com.busdk.client.http.ApiException} with status 401
     */
    public Future<Void> ended() {
        return ended.future();
    }

    /**
     * How it fares.
     *
     * @return a snapshot
     */
    public WorkerStatus status() {
        return new WorkerStatus(
                up.size() == options.instances(), inHand.size(), answered.sum(), failed.sum(), redelivered.sum());
    }

    /**
     * What it is.
     *
     * @return as it was created with
     */
    public WorkerOptions options() {
        return options;
    }

    private Future<Void> undeploy() {
        return deployed.future().compose(vertx::undeploy);
    }

    // --- for the lanes ---

    EventsClient client() {
        return client;
    }

    RequestHandler handler() {
        return handler;
    }

    InHand inHand() {
        return inHand;
    }

    /** True from the moment that a stop was asked for, before the lanes hear of it. */
    boolean isStopping() {
        return stopping.get();
    }

    /** How long a stop may wait for requests in hand. */
    Duration drain() {
        return drain;
    }

    void connected() {
        if (toConnect.decrementAndGet() == 0) {
            connected.tryComplete();
        }
    }

    void up(int instance) {
        up.add(instance);
    }

    void down(int instance) {
        up.remove(instance);
    }

    void countAnswered(boolean withError) {
        answered.increment();
        if (withError) {
            failed.increment();
        }
    }

    void countRedelivered() {
        redelivered.increment();
    }

    /** It cannot go on, and could not answer what is in hand either: that is given back at once. */
    void failed(Throwable cause) {
        up.clear();
        connected.tryFail(cause);
        if (stopping.compareAndSet(false, true)) {
            drain = Duration.ZERO;
            undeploy().onComplete(ignored -> ended.tryFail(cause));
        }
    }
}
