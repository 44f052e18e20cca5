package com.busdk.workers.store;

import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.sql.Database;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.client.sql.Schema;
import com.busdk.client.sql.SqlWork;
import com.busdk.workers.run.WorkerResource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker's tables, opened with the worker and closed after its last request.
 *
 * <p>Any thread may call; futures complete on the caller's Vert.x context.
 */
public final class Store implements WorkerResource {
    private static final Logger LOG = LoggerFactory.getLogger(Store.class);

    /** A server that restarts is back within seconds; who waits longer asks twice a minute. */
    private static final RetryPolicy AGAIN =
            new RetryPolicy(true, Duration.ofMillis(200), Duration.ofSeconds(30), true);

    /**
     * Deliveries, before it is a dead letter, of what nobody would send a second time. While a database is away it stays
     * with the workers that hold it, and each that is stopped or loses its connection meanwhile costs one: with the
     * default of 5, a few restarts would lose what was used and paid. These are one in a minute and a half, all day long;
     * an event that takes its worker with it each time comes to its end all the same.
     */
    public static final int MAX_DELIVERIES = 1_000;

    private final Vertx vertx;
    private final DatabaseLocation location;
    private final Schema schema;
    private volatile @Nullable Database database;
    private volatile boolean stopped;
    private volatile boolean failing;

    /**
     * A store that is not open yet.
     *
     * @param vertx on whose contexts callers are answered
     * @param location where it is
     * @param schema its tables
     */
    public Store(Vertx vertx, DatabaseLocation location, Schema schema) {
        this.vertx = vertx;
        this.location = location;
        this.schema = schema;
    }

    @Override
    public Future<Void> start() {
        return Database.open(vertx, location, schema).compose(opened -> {
            database = opened;
            // A stop that came meanwhile found nothing to close.
            return stopped ? opened.close() : Future.succeededFuture();
        });
    }

    @Override
    public boolean comesBeforeGroups() {
        return true;
    }

    @Override
    public Future<Void> stop() {
        stopped = true;
        Database opened = database;
        return opened == null ? Future.succeededFuture() : opened.close();
    }

    /** Not while writes that may not be given up are held back. */
    @Override
    public boolean ready() {
        return database != null && !failing;
    }

    /**
     * Reads, in one transaction.
     *
     * @param <T> what comes out
     * @param work as for {@link Database#read}
     * @return as {@link Database#read}
     */
    public <T> Future<T> read(SqlWork<T> work) {
        Database opened = database;
        return opened == null ? notOpen() : opened.read(work);
    }

    /**
     * Writes, in one transaction, and gives up where the database cannot be used at the moment.
     *
     * @param <T> what comes out
     * @param work as for {@link Database#write}
     * @return as {@link Database#write}
     */
    public <T> Future<T> write(SqlWork<T> work) {
        Database opened = database;
        return opened == null ? notOpen() : opened.write(work);
    }

    /**
     * Writes, again and again while the database cannot be used: for what nobody would send a second time. How much may
     * wait here is bounded by what the worker has in hand, and who sent it finds the worker slow rather than its event
     * lost; a worker that is stopped gives the event back.
     *
     * @param <T> what comes out
     * @param work as for {@link Database#write}, and doing it twice has to be the same as doing it once: a try of which
     *     nobody knows whether it holds is followed by another
     * @return what it returned; fails with what it threw, or with {@code unavailable} once the worker is stopped
     */
    public <T> Future<T> insist(SqlWork<T> work) {
        return attempt(work, 1);
    }

    private <T> Future<T> attempt(SqlWork<T> work, int tries) {
        return write(work).onSuccess(_ -> failing = false).recover(failure -> {
            if (stopped || !isUnavailable(failure)) {
                return Future.failedFuture(failure);
            }
            failing = true;
            Duration delay = AGAIN.delay(tries, ThreadLocalRandom.current());
            LOG.warn("{} cannot be written to, tried again in {} ms", location, delay.toMillis());
            Promise<T> again = Promise.promise();
            vertx.setTimer(delay.toMillis(), _ -> attempt(work, tries + 1).onComplete(again));
            return again.future();
        });
    }

    /** Whether the database cannot work at the moment, and nothing is wrong with the values that it was given. */
    static boolean isUnavailable(Throwable failure) {
        return failure instanceof ApiException e && e.type().equals(ErrorType.UNAVAILABLE.type());
    }

    private static <T> Future<T> notOpen() {
        return Future.failedFuture(ApiException.of(ErrorType.UNAVAILABLE, "the store is not open yet: try again"));
    }
}
