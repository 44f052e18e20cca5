package com.busdk.workers.store;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Gathers writes of one kind: while a transaction is on its way, what comes waits, and all of it is the next one. So there
 * is no timer, a single write waits for nobody, and the busier it is the more a commit carries.
 *
 * <p>What the database refuses in a batch is tried one by one, so that nobody suffers from another's write.
 *
 * <p>Any thread may call; guarded by itself, never for long. Futures complete on a context of the database's caller.
 *
 * @param <I> what is written
 * @param <O> what comes of it
 */
public final class Batcher<I, O> {
    /** Beyond this many the commit is no longer what a write costs. */
    static final int MAX_BATCH = 512;

    /** As many as a process has in hand at most: 256 instances with 256 requests each. */
    static final int MAX_WAITING = 65_536;

    /**
     * Writes a batch.
     *
     * @param <I> what is written
     * @param <O> what comes of it
     */
    @FunctionalInterface
    public interface Writing<I, O> {
        /**
         * Does it, in one transaction; may be called more than once for the same, and that has to be the same as once.
         *
         * @param connection in a transaction
         * @param batch at least one, oldest first
         * @return what came of each, in the same order
         * @throws SQLException if the database refuses
         */
        List<O> write(Connection connection, List<I> batch) throws SQLException;
    }

    private record Waiting<I, O>(I input, Promise<O> outcome) {}

    private final Store store;
    private final Writing<I, O> writing;
    private final ArrayDeque<Waiting<I, O>> waiting = new ArrayDeque<>(); // guarded by this
    private boolean busy; // guarded by this

    /**
     * A batcher with nothing in it.
     *
     * @param store is written to
     * @param writing writes
     */
    public Batcher(Store store, Writing<I, O> writing) {
        this.store = store;
        this.writing = writing;
    }

    /**
     * Writes, with what else waits.
     *
     * @param input what is written
     * @return what came of it, once that is committed; fails as {@link Store#insist}, or with {@code unavailable} if too
     *     much waits already
     */
    public Future<O> add(I input) {
        Waiting<I, O> one = new Waiting<>(input, Promise.promise());
        synchronized (this) {
            if (waiting.size() >= MAX_WAITING) {
                return Future.failedFuture(ApiException.of(
                        ErrorType.UNAVAILABLE, "more waits to be stored than the store can take: try again later"));
            }
            waiting.add(one);
            if (busy) {
                return one.outcome().future();
            }
            busy = true;
        }
        next();
        return one.outcome().future();
    }

    private void next() {
        List<Waiting<I, O>> batch = take();
        if (batch.isEmpty()) {
            return;
        }
        together(batch).onComplete(_ -> next());
    }

    /** What waits; if nothing does, the next to come begins anew. */
    private synchronized List<Waiting<I, O>> take() {
        List<Waiting<I, O>> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < MAX_BATCH) {
            batch.add(waiting.remove());
        }
        busy = !batch.isEmpty();
        return batch;
    }

    /** Completes when each of them has its outcome; never fails. */
    private Future<Void> together(List<Waiting<I, O>> batch) {
        List<I> inputs = batch.stream().map(Waiting::input).toList();
        return store.insist(connection -> writing.write(connection, inputs)).transform(done -> {
            if (done.succeeded()) {
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).outcome().complete(done.result().get(i));
                }
                return Future.succeededFuture();
            }
            if (batch.size() == 1 || Store.isUnavailable(done.cause())) {
                batch.forEach(one -> one.outcome().fail(done.cause()));
                return Future.succeededFuture();
            }
            return oneByOne(batch, 0);
        });
    }

    private Future<Void> oneByOne(List<Waiting<I, O>> batch, int from) {
        return from == batch.size()
                ? Future.succeededFuture()
                : together(List.of(batch.get(from))).compose(_ -> oneByOne(batch, from + 1));
    }
}
