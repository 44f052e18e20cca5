package com.busdk.workers.store;

import com.busdk.client.sql.SqlWork;
import com.busdk.workers.run.WorkerResource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes old rows now and then, a few at a time, so that tables do not grow for ever. Several processes may do it at once:
 * they take turns like all that write. Any thread may start and stop it; sweeps run one after another.
 */
public final class Sweeper implements WorkerResource {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    /** What is swept is days old: an hour more or less is nothing. */
    private static final Duration EVERY = Duration.ofHours(1);

    private final Vertx vertx;
    private final Store store;
    private final SqlWork<Integer> work;
    private final int full;
    private volatile long timer;
    private volatile boolean stopped;

    /**
     * A sweeper that is not started.
     *
     * @param vertx has the timer
     * @param store is swept
     * @param work removes some rows and returns how many
     * @param full so many removed rows say that there may be more
     */
    public Sweeper(Vertx vertx, Store store, SqlWork<Integer> work, int full) {
        this.vertx = vertx;
        this.store = store;
        this.work = work;
        this.full = full;
    }

    @Override
    public Future<Void> start() {
        timer = vertx.setPeriodic(1, EVERY.toMillis(), _ -> sweep());
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        return Future.succeededFuture();
    }

    private void sweep() {
        store.write(work).onComplete(done -> {
            if (done.succeeded() && done.result() >= full && !stopped) {
                sweep();
            } else if (done.failed() && !stopped) {
                LOG.warn(
                        "old rows could not be removed, tried again later: {}",
                        done.cause().getMessage());
            }
        });
    }
}
