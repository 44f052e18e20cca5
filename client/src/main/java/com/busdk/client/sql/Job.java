package com.busdk.client.sql;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that waits for its turn, and what came of it. Made by the caller; from then on the thread of its lane alone
 * touches it.
 *
 * @param <T> what comes out
 */
final class Job<T extends @Nullable Object> {
    private static final Logger LOG = LoggerFactory.getLogger(Job.class);

    private final SqlWork<T> work;
    private final Context caller;
    private final Promise<T> promise = Promise.promise();
    private @Nullable T result;

    Job(SqlWork<T> work, Context caller) {
        this.work = work;
        this.caller = caller;
    }

    Future<T> future() {
        return promise.future();
    }

    /** Does the work, whose result is nobody's until {@link #succeed}. */
    void attempt(Connection connection) throws SQLException {
        result = work.apply(connection);
    }

    /** Hands out the result of the last attempt. */
    void succeed() {
        T done = result;
        answer(() -> promise.complete(done));
    }

    void fail(Throwable failure) {
        answer(() -> promise.fail(failure));
    }

    private void answer(Runnable action) {
        try {
            caller.runOnContext(_ -> action.run());
        } catch (RejectedExecutionException e) {
            // The caller's Vert.x is closed: nobody waits, and the works behind this one are not to suffer from it.
            LOG.debug("nobody waits for a work of the store any more", e);
        }
    }
}
