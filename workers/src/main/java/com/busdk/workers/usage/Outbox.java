package com.busdk.workers.usage;

import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.workers.run.WorkerResource;
import com.busdk.workers.store.Store;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the exports that the tables hold, each until it is published, and then forgets it. A process that dies in
 * between leaves them there: the next to look, or this one when it is back, publishes them again, under the same
 * idempotency key, so that they remain one event.
 *
 * <p>One round is on its way at a time: it claims some exports, publishes them together, and settles them. Any thread may
 * call; guarded by itself, never for long.
 */
final class Outbox implements WorkerResource {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /** Exports of a round: they are in memory together, and published at once. */
    static final int MAX_ROUND = 256;

    /** How long a claim holds: longer than the client tries to publish. */
    static final Duration CLAIM = Duration.ofMinutes(2);

    /** How long what could not be published rests. */
    static final Duration REST = Duration.ofSeconds(5);

    /** How often is looked for what others left behind, or what has rested. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** Longest wait, at a stop, for the last round. What is left then is published by the next process. */
    private static final Duration LAST_ROUND = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final EventsClient client;
    private final Store store;
    private final Clock clock;
    private final Promise<Void> broken = Promise.promise();

    // Guarded by this.
    private @Nullable Promise<Void> running;
    private boolean wanted;
    private boolean stopped;
    private long timer;

    Outbox(Vertx vertx, EventsClient client, Store store, Clock clock) {
        this.vertx = vertx;
        this.client = client;
        this.store = store;
        this.clock = clock;
    }

    @Override
    public synchronized Future<Void> start() {
        timer = vertx.setPeriodic(1, LOOK.toMillis(), _ -> wake());
        return Future.succeededFuture();
    }

    /** Publishes what is there, within a time. */
    @Override
    public Future<Void> stop() {
        Future<Void> last = wake();
        synchronized (this) {
            stopped = true;
            vertx.cancelTimer(timer);
        }
        Promise<Void> over = Promise.promise();
        long limit = vertx.setTimer(LAST_ROUND.toMillis(), _ -> over.tryComplete());
        last.onComplete(_ -> over.tryComplete());
        return over.future().onComplete(_ -> vertx.cancelTimer(limit));
    }

    /** A token that may not publish them ends the worker, as any refused token does. */
    @Override
    public Future<Void> broken() {
        return broken.future();
    }

    /**
     * There may be something to publish.
     *
     * @return completes when all that was there at this moment has been tried
     */
    Future<Void> wake() {
        Promise<Void> now;
        synchronized (this) {
            if (stopped) {
                return Future.succeededFuture();
            }
            if (running != null) {
                wanted = true;
                return running.future();
            }
            now = Promise.promise();
            running = now;
        }
        round(now);
        return now.future();
    }

    private void round(Promise<Void> now) {
        drain().onComplete(done -> {
            if (done.failed()) {
                LOG.warn("exports wait in the store: {}", done.cause().getMessage());
            }
            boolean again;
            synchronized (this) {
                // What was wanted before a stop is still done; what is left then is published by the next process.
                again = wanted || (done.succeeded() && done.result() && !stopped);
                wanted = false;
                if (!again) {
                    running = null;
                }
            }
            if (again) {
                round(now);
            } else {
                now.complete();
            }
        });
    }

    /** One round. Comes to true if there may be more. */
    private Future<Boolean> drain() {
        Instant begun = clock.instant();
        return store.write(connection -> UsageTables.claim(connection, begun, begun.plus(CLAIM), MAX_ROUND))
                .compose(claimed -> claimed.isEmpty()
                        ? Future.succeededFuture(false)
                        : publish(claimed).map(published -> published == MAX_ROUND));
    }

    private Future<Integer> publish(List<UsageExport> claimed) {
        List<Future<?>> publishing = new ArrayList<>();
        claimed.forEach(export -> publishing.add(client.publish(export.envelope())));
        return Future.join(publishing).transform(_ -> {
            List<String> published = new ArrayList<>();
            List<String> failed = new ArrayList<>();
            for (int i = 0; i < claimed.size(); i++) {
                Future<?> one = publishing.get(i);
                (one.succeeded() ? published : failed).add(claimed.get(i).eventId());
                if (one.failed()) {
                    failed(one.cause());
                }
            }
            if (!failed.isEmpty()) {
                LOG.warn("{} of {} exports could not be published and wait", failed.size(), claimed.size());
            }
            Instant again = clock.instant().plus(REST);
            return store.write(connection -> UsageTables.settle(connection, published, failed, again));
        });
    }

    private void failed(Throwable cause) {
        LOG.debug("an export was not published: {}", cause.getMessage());
        if (cause instanceof ApiException e && (e.status() == 401 || e.status() == 403)) {
            broken.tryFail(cause);
        }
    }
}
