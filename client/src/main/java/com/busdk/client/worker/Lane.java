package com.busdk.client.worker;

import com.busdk.client.event.Delivery;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.AckOutcome;
import com.busdk.client.events.Acks;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenObserver;
import com.busdk.client.events.Listening;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance of a worker: a connection and the requests that came over it. Lives on its verticle's event loop.
 *
 * <p>The way of a request: delivered → claimed in {@link InHand} → handler → response published → remembered as answered
 * → acknowledged → the handler is told → forgotten here. Its lease is extended from the first to the last but one.
 */
final class Lane extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    /** A lease is extended as often as this while it lasts, so that one lost request does not lose it. */
    private static final int EXTENSIONS_PER_LEASE = 3;

    /** Longest wait, at a stop, for the last acknowledgements to be heard. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final Worker worker;
    private final WorkerOptions options;
    private final EventsClient client;
    private final RequestHandler handler;
    private final InHand inHand;
    private final int instance;

    private final Set<Job> jobs = new HashSet<>();
    /** Tokens of requests that came while stopping: never begun, given back at the end. */
    private final List<String> held = new ArrayList<>();

    private final Set<String> lostTokens = new HashSet<>();
    private @Nullable Acks acks;
    private @Nullable Listening listening;
    private @Nullable Responder responder;

    /** Stands for the connection there is; another one for each. */
    private Object connection = new Object();

    private boolean stopping;
    private boolean stopped;

    Lane(Worker worker, int instance) {
        this.worker = worker;
        this.options = worker.options();
        this.client = worker.client();
        this.handler = worker.handler();
        this.inHand = worker.inHand();
        this.instance = instance;
    }

    @Override
    public Future<?> start() {
        acks = client.acks(options.group());
        responder = new Responder(vertx, client, options, () -> stopped);
        vertx.setPeriodic(options.lease().toMillis() / EXTENSIONS_PER_LEASE, ignored -> extend());
        Listening stream = client.listen(options.listen(instance), this::delivered, observer());
        listening = stream;
        stream.connected().onSuccess(ignored -> worker.connected());
        stream.ended().onFailure(worker::failed);
        return Future.succeededFuture();
    }

    /** Finishes what is in hand as long as that may take, and gives back the rest. */
    @Override
    public Future<?> stop() {
        stopping = true;
        Promise<Void> inTime = Promise.promise();
        vertx.setTimer(Math.max(1, worker.drain().toMillis()), ignored -> inTime.tryComplete());
        Future.join(jobs.stream().map(job -> job.finished().future()).toList())
                .onComplete(ignored -> inTime.tryComplete());
        return inTime.future()
                .compose(ignored -> giveBack())
                .compose(ignored -> listening().close().otherwiseEmpty());
    }

    private Future<Void> giveBack() {
        stopped = true;
        List<String> tokens = new ArrayList<>(held);
        jobs.forEach(job -> tokens.add(job.token()));
        if (!tokens.isEmpty()) {
            LOG.info("worker {} gives back {} requests", options.name(), tokens.size());
        }
        tokens.forEach(token -> acks().nack(token, Duration.ZERO, "the worker was stopped"));
        Promise<Void> heard = Promise.promise();
        vertx.setTimer(LAST_WORDS.toMillis(), ignored -> heard.tryComplete());
        acks().flush().onComplete(ignored -> heard.tryComplete());
        return heard.future();
    }

    // --- a request ---

    private Future<Void> delivered(Envelope request) {
        String id = request.id();
        Delivery delivery = request.delivery();
        String token = delivery == null ? null : delivery.token();
        if (id == null || delivery == null || token == null) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.BAD_GATEWAY, "a delivery has no id or lease: the service is not an events service"));
        }
        if (stopping || worker.isStopping()) {
            held.add(token);
            return Promise.<Void>promise().future(); // keeps its place in the window: no more is read
        }
        InHand.Claim claim = inHand.claim(request, id, new Grant(token, delivery.attempt(), connection));
        Job job = claim.job();
        if (job == null) {
            worker.countRedelivered();
            LOG.info("worker {} got request {} again: {}", options.name(), id, claim.kind());
            if (claim.kind() == InHand.Kind.ANSWERED) {
                acks().ack(token).onSuccess(outcome -> acknowledged(request, outcome));
            }
            return Future.succeededFuture();
        }
        begin(job);
        return options.once()
                ? Promise.<Void>promise().future()
                : job.finished().future();
    }

    private void begin(Job job) {
        jobs.add(job);
        call(job)
                .onComplete(reply -> context.runOnContext(ignored -> {
                    if (reply.succeeded()) {
                        answer(job, reply.result());
                    } else {
                        letGo(job);
                    }
                }));
    }

    /** The handler's reply, also where it fails; fails itself where nothing is to be answered. */
    private Future<Reply> call(Job job) {
        Envelope request = job.request();
        Future<Reply> reply;
        try {
            reply = Objects.requireNonNull(handler.handle(request, () -> isHeld(job)), "the handler gave no future");
        } catch (RuntimeException e) {
            reply = Future.failedFuture(e);
        }
        return reply.map(given -> Objects.requireNonNull(given, "the handler gave no reply"))
                .recover(cause -> cause instanceof LeaseLostException
                        ? Future.failedFuture(cause)
                        : Future.succeededFuture(Failures.reply(options.name(), request, cause)));
    }

    /** Nothing was begun for it, since it is somebody else's, or was: then it has come back, and goes on anew. */
    private void letGo(Job job) {
        boolean over = stopping || worker.isStopping();
        Job anew = over ? null : inHand.letGo(job, lostTokens);
        if (anew != null) {
            beginAnew(job, anew);
            return;
        }
        LOG.info("worker {} lets go of request {}: its lease was lost", options.name(), job.id());
        finish(job); // first, so that a further delivery is a new request, and the lease below is the last one
        if (!stopped) {
            acks().nack(job.token(), Duration.ZERO, "it was not begun, as it had been delivered to another worker");
        }
    }

    /** With the lease it has: were it given back, this delivery might have been its last, and nobody have begun it. */
    private void beginAnew(Job job, Job anew) {
        LOG.info("worker {} begins request {} anew: it may have been elsewhere meanwhile", options.name(), job.id());
        anew.finished().future().onComplete(ignored -> job.finished().tryComplete());
        jobs.remove(job);
        begin(anew);
    }

    private void answer(Job job, Reply reply) {
        if (stopped) {
            finish(job); // it was given back: whoever has it now answers it
            return;
        }
        Future<Void> published = publish(job, reply).recover(cause -> {
            if (!(cause instanceof IllegalArgumentException)) {
                return Future.failedFuture(cause);
            }
            LOG.error(
                    "worker {}: the reply to request {} is no event: {}", options.name(), job.id(), cause.getMessage());
            return publish(job, Responder.INVALID);
        });
        published.onComplete(result -> {
            if (result.succeeded()) {
                answered(job, reply);
            } else {
                unanswered(job, result.cause());
            }
        });
    }

    /** Whatever goes wrong is a failed future: a request that is forgotten here would hold its place for ever. */
    private Future<Void> publish(Job job, Reply reply) {
        try {
            return responder().publish(job.request(), reply);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void answered(Job job, Reply reply) {
        inHand.answered(job);
        worker.countAnswered(reply.error() != null);
        if (stopped) {
            finish(job);
            return;
        }
        acks().ack(job.token()).onComplete(outcome -> {
            if (outcome.failed() || outcome.result() != AckOutcome.SETTLED) {
                LOG.info("worker {} answered request {}, but its lease was lost", options.name(), job.id());
            } else {
                acknowledged(job.request(), outcome.result());
            }
            finish(job);
        });
    }

    private void acknowledged(Envelope request, AckOutcome outcome) {
        if (outcome != AckOutcome.SETTLED) {
            return;
        }
        try {
            handler.settled(request);
        } catch (RuntimeException e) {
            LOG.error("worker {} failed after request {} was acknowledged", options.name(), request.id(), e);
        }
    }

    private void unanswered(Job job, Throwable cause) {
        if (stopped) {
            finish(job);
            return;
        }
        LOG.error(
                "worker {} cannot publish the response to request {}: {}",
                options.name(),
                job.id(),
                cause.getMessage());
        boolean denied = cause instanceof ApiException e && (e.status() == 401 || e.status() == 403);
        // Doing the work again would not help: only a wrong token gives another worker a chance.
        Future<AckOutcome> settled = denied
                ? acks().nack(job.token(), null, "the worker may not publish the response")
                : acks().reject(job.token(), "the response cannot be published: " + cause.getMessage());
        settled.onComplete(ignored -> {
            finish(job);
            if (denied) {
                worker.failed(cause);
            }
        });
    }

    private void finish(Job job) {
        inHand.remove(job);
        jobs.remove(job);
        job.finished().tryComplete();
        if (options.once()) {
            worker.stop();
        }
    }

    // --- leases and the connection ---

    private void extend() {
        for (Job job : jobs) {
            Grant grant = job.grant();
            if (!lostTokens.contains(grant.token())) {
                extend(grant);
            }
        }
        if (!lostTokens.isEmpty()) {
            Set<String> current = new HashSet<>();
            jobs.forEach(job -> current.add(job.token()));
            lostTokens.retainAll(current);
        }
    }

    private Future<AckOutcome> extend(Grant grant) {
        long asked = System.nanoTime();
        return acks().extend(grant.token()).onSuccess(outcome -> {
            if (outcome == AckOutcome.SETTLED) {
                grant.confirmed(asked);
            } else {
                lostTokens.add(grant.token());
            }
        });
    }

    /** What a handler's {@link Lease} says; any thread. */
    private Future<Boolean> isHeld(Job job) {
        Promise<Boolean> held = Promise.promise();
        context.runOnContext(ignored -> askWhetherHeld(job, held));
        return held.future();
    }

    private void askWhetherHeld(Job job, Promise<Boolean> held) {
        Grant grant = job.grant();
        if (stopped || job.wasElsewhere() || lostTokens.contains(grant.token())) {
            job.refused(grant);
            held.complete(false);
            return;
        }
        Promise<AckOutcome> heard = Promise.promise();
        long patience = TimeUnit.NANOSECONDS.toMillis(grant.leftNanos(options.lease())) + 1;
        long timer = vertx.setTimer(patience, ignored -> heard.tryFail("the lease may be over"));
        extend(grant).onComplete(outcome -> {
            vertx.cancelTimer(timer);
            if (outcome.succeeded()) {
                heard.tryComplete(outcome.result());
            } else {
                heard.tryFail(outcome.cause());
            }
        });
        heard.future().onComplete(outcome -> {
            if (job.grant() != grant) {
                askWhetherHeld(job, held); // it was delivered here again meanwhile
            } else {
                boolean settled = !stopped && outcome.succeeded() && outcome.result() == AckOutcome.SETTLED;
                if (!settled) {
                    job.refused(grant);
                }
                held.complete(settled);
            }
        });
    }

    private ListenObserver observer() {
        return new ListenObserver() {
            @Override
            public void connected(boolean again) {
                connection = new Object();
                worker.up(instance);
                LOG.info("worker {} is connected, group {}", options.name(), options.group());
            }

            @Override
            public void reconnecting(Throwable cause, Duration delay) {
                worker.down(instance);
                LOG.warn("worker {} tries again in {} ms: {}", options.name(), delay.toMillis(), cause.getMessage());
            }
        };
    }

    private Acks acks() {
        return Objects.requireNonNull(acks, "the lane was not started");
    }

    private Listening listening() {
        return Objects.requireNonNull(listening, "the lane was not started");
    }

    private Responder responder() {
        return Objects.requireNonNull(responder, "the lane was not started");
    }
}
