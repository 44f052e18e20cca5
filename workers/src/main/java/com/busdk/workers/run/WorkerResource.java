package com.busdk.workers.run;

import io.vertx.core.Future;
import io.vertx.core.Promise;

/**
 * Something that a worker needs as long as it works, such as a view of the history or a program to talk to. Started
 * before the worker takes its first request and stopped after its last. Any thread may call.
 */
public interface WorkerResource {
    /**
     * Starts it; once only.
     *
     * @return completes when requests may come; fails if they never may
     */
    Future<Void> start();

    /**
     * Stops it and lets go of all it holds; also after a start that failed.
     *
     * @return completes when it is over, whatever went wrong
     */
    Future<Void> stop();

    /**
     * Whether it can be relied on now.
     *
     * @return false while the worker is not ready because of it
     */
    default boolean ready() {
        return true;
    }

    /**
     * When it cannot go on.
     *
     * @return fails with the reason, which ends the worker; stays open otherwise
     */
    default Future<Void> broken() {
        return Promise.<Void>promise().future();
    }
}
