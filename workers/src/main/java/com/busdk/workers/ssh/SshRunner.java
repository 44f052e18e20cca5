package com.busdk.workers.ssh;

import com.busdk.client.event.Delivery;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenObserver;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.worker.Lease;
import com.busdk.client.worker.Payload;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SSH runner's handler: answers {@code bus.ssh.script.run.request} ({@link ScriptRequest} → {@link ScriptResult}), and
 * heeds {@code bus.ssh.script.cancel.request} {@code {"correlation_id"}}, which goes to every runner: the one that runs
 * the request with that correlation id and of the same identity ends it, on its machine too, and answers {@code
 * {"cancelled":true}}. A request that comes after its cancellation is not begun; one that an earlier attempt may have begun
 * is ended wherever that may be. The answer of a script that was ended by its time, or because it was cancelled, is an error
 * with the payload {@code {"duration_ms"}} where its machine says how long the script ran until then; with none where it had
 * not begun.
 *
 * <p>A script is begun once, however often its request is delivered: see {@link SshExecutor}. A runner that has lost its
 * request before it has begun the script lets it go without an answer. What its machine keeps of it
 * goes when its answer has arrived and its request is acknowledged.
 *
 * <pre>{@code
 * SshRunner runner = SshRunner.create(SshRunnerOptions.read(flags, System.getenv()));
 * Worker worker = Worker.create(vertx, client, SshRunner.workerOptions(options).build(), runner);
 * runner.listenToCancellations(client).onSuccess(caughtUp -> worker.start());
 * runner.deaf().onFailure(cause -> worker.stop());
 * worker.ended().onComplete(ignored -> runner.close());
 * }</pre>
 *
 * <p>Any thread may call; each request runs on a virtual thread of its own.
 */
public final class SshRunner implements RequestHandler {
    /** The worker's name, which also is its group's. */
    public static final String NAME = "ssh-runner";

    /** What it answers. */
    public static final String REQUEST = "bus.ssh.script.run.request";

    /** What ends a run. */
    public static final String CANCEL = "bus.ssh.script.cancel.request";

    private static final String CANCELLED = "bus.ssh.script.cancel.response";

    /** Cancellations that are remembered for requests that are still on their way: many more than a queue is long. */
    static final int MAX_REMEMBERED = 10_000;

    /**
     * Longest time for reading the cancellations so far, from the first connection on. A large log is looked through in
     * much less; a service that takes longer does not get on with it.
     */
    private static final Duration MAX_READING = Duration.ofMinutes(5);

    /**
     * A request that is older than this may have been begun, although it says that it is delivered for the first time: one
     * that was given up and is delivered anew does so. It is long for a request that finds a runner at once, and has room
     * for clocks that differ. Where it is wrong, because the request had to wait, it costs one look at each candidate: a
     * round trip where there is an answer, and the wait for a connection where there is none.
     */
    private static final Duration FIRST_DELIVERY = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(SshRunner.class);

    private final SshExecutor executor;
    private final Map<Ticket, Set<StopWish>> runs = new HashMap<>(); // guarded by itself, as is what follows
    private final LinkedHashMap<Ticket, Boolean> cancelled = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Ticket, Boolean> eldest) {
            return size() > MAX_REMEMBERED; // it goes by the latest cancellation of each
        }
    };
    private @Nullable Listening listening;
    private boolean closed;
    private final Promise<Void> deaf = Promise.promise();

    private SshRunner(SshExecutor executor) {
        this.executor = executor;
    }

    /** Whose request, and which. */
    private record Ticket(String correlationId, @Nullable String identityId) {}

    /** The payload of a cancellation. */
    record Cancellation(@JsonProperty("correlation_id") String correlationId) {
        Cancellation {
            if (correlationId == null || correlationId.isEmpty()) {
                throw new IllegalArgumentException("correlation_id: there is none");
            }
        }
    }

    /**
     * A runner. Reads the private key, so it blocks.
     *
     * @param options how it works
     * @return the runner, to be closed
     * @throws com.busdk.client.config.ConfigException if the key cannot be used
     */
    public static SshRunner create(SshRunnerOptions options) {
        return with(SshExecutor.create(options));
    }

    static SshRunner with(SshExecutor executor) {
        return new SshRunner(executor);
    }

    /**
     * Deliveries of a request before it is a dead letter. Each runner that is stopped or loses its connection costs one,
     * while the script goes on and only has to be followed: with the default of 5 the end of a script that runs for a day
     * would never be told. These are one in a minute and a half, all day long; a request that takes its runner with it each
     * time comes to its end all the same.
     */
    static final int MAX_DELIVERIES = 1_000;

    /**
     * What the worker is: its name, what it answers, and as many requests at a time as it runs scripts; for one instance.
     *
     * @param options how the runner works
     * @return options to go on with
     */
    public static WorkerOptions.Builder workerOptions(SshRunnerOptions options) {
        return WorkerOptions.named(NAME)
                .answers(REQUEST)
                .concurrency(options.maxSessions())
                .maxDeliveries(MAX_DELIVERIES);
    }

    /**
     * The runner as a worker, which is not started yet.
     *
     * @param vertx runs it
     * @param client talks to the events service
     * @param options see {@link #workerOptions}
     * @return the worker
     */
    public Worker worker(Vertx vertx, EventsClient client, WorkerOptions options) {
        return Worker.create(vertx, client, options, this);
    }

    /**
     * Begins to heed cancellations, those of before too, and comes back to it after lost connections; once only. A request
     * may have waited for a runner, and been cancelled meanwhile: the group keeps it as long as the hub does, and so its
     * cancellation, which is the younger one, is still there whenever the request is.
     *
     * @param client talks to the events service
     * @return completes when all cancellations so far are known, and requests may come. Fails if they cannot be read, five
     *     minutes after the first connection at the latest: then nothing may be run, since it may have been cancelled
     * @see #deaf
     */
    public Future<Void> listenToCancellations(EventsClient client) {
        return listenToCancellations(client, MAX_READING);
    }

    Future<Void> listenToCancellations(EventsClient client, Duration maxReading) {
        Promise<Void> caughtUp = Promise.promise();
        return listen(client, caughtUp)
                .connected()
                .compose(ignored -> caughtUp.future().timeout(maxReading.toMillis(), TimeUnit.MILLISECONDS))
                .recover(SshRunner::unread);
    }

    private Listening listen(EventsClient client, Promise<Void> caughtUp) {
        Promise<Void> known = Promise.promise(); // what this stream has of the past
        ListenOptions options = ListenOptions.of(CANCEL)
                .replay()
                .retry(RetryPolicy.DEFAULT.includingFirstConnect())
                .build();
        Listening stream = client.listen(
                options,
                event -> {
                    cancel(client, event, known.future().isComplete());
                    return Future.succeededFuture();
                },
                new ListenObserver() {
                    @Override
                    public void caughtUp() {
                        known.tryComplete();
                        caughtUp.tryComplete();
                    }
                });
        boolean late;
        synchronized (runs) {
            listening = stream;
            late = closed;
        }
        if (late) {
            stream.close();
        }
        stream.ended().onComplete(result -> {
            if (isOfAnotherLog(result.cause()) && stream.lastId().isPresent()) {
                LOG.warn("the events service has another history than before: its cancellations are read anew");
                listen(client, caughtUp);
                return;
            }
            if (result.failed()) {
                LOG.error(
                        "cancellations are not heard any more, so no script is run: {}",
                        result.cause().getMessage());
                deaf.tryFail(result.cause());
            }
            caughtUp.tryFail(
                    result.failed() ? result.cause() : new IllegalStateException("closed before it had caught up"));
        });
        return stream;
    }

    /** The id of the last event is unknown where the log has been lost, or an older one has been restored. */
    private static boolean isOfAnotherLog(@Nullable Throwable cause) {
        return cause instanceof ApiException refusal && refusal.isUnknownPosition();
    }

    /**
     * When cancellations are not heard any more, nor will be: nothing may be run from then on, since it may have been
     * cancelled. Lost connections are none of it, as they come back; nor is another log, which is read anew.
     *
     * @return fails with the reason, such as an {@link ApiException} with status 401; stays open otherwise
     */
    public Future<Void> deaf() {
        return deaf.future();
    }

    private static Future<Void> unread(Throwable cause) {
        if (!(cause instanceof TimeoutException)) {
            return Future.failedFuture(cause);
        }
        String message = "the cancellations so far could not be read in time, so no script is run, as it may have been"
                + " cancelled: check the events service, and start the worker again";
        LOG.error(message);
        return Future.failedFuture(ApiException.of(ErrorType.UNAVAILABLE, message));
    }

    @Override
    public Future<Reply> handle(Envelope request) {
        return handle(request, Lease.KEPT);
    }

    @Override
    public Future<Reply> handle(Envelope request, Lease lease) {
        ScriptRequest script = Payload.as(request, ScriptRequest.class);
        String id = Objects.requireNonNullElseGet(
                request.id(), () -> UUID.randomUUID().toString());
        String correlationId = Objects.requireNonNullElse(request.correlationId(), id);
        Ticket ticket = new Ticket(correlationId, request.identityId());
        Earlier earlier = earlier(request, Instant.now());
        StopWish stop = enter(ticket);
        Promise<Reply> reply = Promise.promise();
        Thread.ofVirtual()
                .name("ssh-run-" + id)
                .start(() -> answer(reply, () -> {
                    try {
                        return run(script, id, earlier, lease, stop);
                    } finally {
                        // Before the reply: who has it finds the run over, and its cancellation is answered as too
                        // late.
                        leave(ticket, stop);
                    }
                }));
        return reply.future();
    }

    /** Answers in any case, also where a class is missing: the lease of a request would be extended for ever. */
    static void answer(Promise<Reply> reply, Callable<Reply> work) {
        try {
            reply.complete(work.call());
        } catch (Exception | Error e) {
            reply.fail(e);
        }
    }

    /** Whether an earlier attempt may have begun it. */
    static Earlier earlier(Envelope request, Instant now) {
        Delivery delivery = request.delivery();
        if (delivery != null && delivery.attempt() > 1) {
            return Earlier.LIKELY;
        }
        Instant created = request.createdAt();
        return created != null && created.isBefore(now.minus(FIRST_DELIVERY)) ? Earlier.UNLIKELY : Earlier.NONE;
    }

    /** What the machine has kept of the request, for those to whom it might have been delivered again, is taken away. */
    @Override
    public void settled(Envelope request) {
        String id = request.id();
        if (id != null) {
            executor.forget(id);
        }
    }

    /**
     * Lets go of every run: scripts go on at their machines, for the runner that gets their requests next. To be called
     * when the worker has ended.
     *
     * @return completes when nothing is left, after half a minute at most
     */
    public Future<Void> close() {
        Listening open;
        synchronized (runs) {
            open = listening;
            this.closed = true;
        }
        Promise<Void> closed = Promise.promise();
        Thread.ofVirtual().name("ssh-close").start(() -> {
            executor.close();
            closed.complete();
        });
        Future<Void> unheard =
                open == null ? Future.succeededFuture() : open.close().otherwiseEmpty();
        return Future.join(unheard, closed.future()).mapEmpty();
    }

    private Reply run(ScriptRequest script, String id, Earlier earlier, Lease lease, StopWish stop)
            throws InterruptedException {
        try {
            return Reply.of(Payload.of(executor.run(script, id, earlier, lease, stop)));
        } catch (EndedScript e) {
            LOG.info(
                    "request {} failed: {} after {} ms",
                    id,
                    e.error().type(),
                    e.ran().toMillis());
            EventError error = new EventError(e.error().type(), e.error().message());
            return new Reply(Payload.of(Map.of("duration_ms", e.ran().toMillis())), error, false);
        } catch (ApiException e) {
            LOG.info("request {} failed: {}", id, e.type());
            throw e;
        }
    }

    private StopWish enter(Ticket ticket) {
        StopWish stop = new StopWish();
        synchronized (runs) {
            if (cancelled.containsKey(ticket)) {
                stop.ask(StopWish.Reason.CANCELLED);
            }
            runs.computeIfAbsent(ticket, unknown -> new HashSet<>()).add(stop);
        }
        return stop;
    }

    private void leave(Ticket ticket, StopWish stop) {
        synchronized (runs) {
            Set<StopWish> left = runs.get(ticket);
            if (left != null && left.remove(stop) && left.isEmpty()) {
                runs.remove(ticket);
            }
        }
    }

    private void cancel(EventsClient client, Envelope event, boolean live) {
        try {
            String correlationId = Payload.as(event, Cancellation.class).correlationId();
            if (cancel(correlationId, event.identityId())) {
                LOG.info("cancelled what request {} names", event.id());
                answer(client, event, Reply.of("{\"cancelled\":true}"));
            }
        } catch (ApiException e) {
            // One of the past was answered when it came, and would be again at each start.
            if (live) {
                answer(client, event, Reply.failed(e.type(), e.message()));
            }
        }
    }

    /** Ends what an identity has asked for; whether any of it was running here. */
    boolean cancel(String correlationId, @Nullable String identityId) {
        Ticket ticket = new Ticket(correlationId, identityId);
        List<StopWish> found;
        synchronized (runs) {
            cancelled.putLast(ticket, Boolean.TRUE);
            found = List.copyOf(runs.getOrDefault(ticket, Set.of()));
        }
        found.forEach(stop -> stop.ask(StopWish.Reason.CANCELLED));
        return !found.isEmpty();
    }

    /** Whether a cancellation of it is remembered. */
    boolean isCancelled(String correlationId, @Nullable String identityId) {
        synchronized (runs) {
            return cancelled.containsKey(new Ticket(correlationId, identityId));
        }
    }

    private static void answer(EventsClient client, Envelope event, Reply reply) {
        Envelope response = Envelope.builder(CANCELLED)
                .payload(reply.payload())
                .error(reply.error())
                .correlationId(event.correlationId())
                .identityId(event.identityId())
                .idempotencyKey("response:" + NAME + ':' + event.id())
                .build();
        client.publish(response)
                .onFailure(cause -> LOG.warn("cannot answer cancellation {}: {}", event.id(), cause.getMessage()));
    }
}
