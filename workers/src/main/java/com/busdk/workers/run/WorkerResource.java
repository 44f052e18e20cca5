package com.busdk.workers.run;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/**
 * Something that a worker needs as long as it works, such as the history or a program to talk to. Started
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
     * Whether its start needs nothing but this machine or a database, so that it is tried before the worker leaves
     * anything at the events service: a worker that can never work should have no group that collects requests.
     *
     * @return true if it does not listen to events, and may well fail
     */
    default boolean comesBeforeGroups() {
        return false;
    }

    /**
     * Whether it can be relied on now.
     *
     * @return false while the worker is not ready because of it
     */
    default boolean ready() {
        return true;
    }

    /**
     * How far it has got with what its start takes its time for.
     *
     * @return a number that only grows, such as of events that were read; 0 where there is nothing to count
     */
    default long progress() {
        return 0;
    }

    /**
     * What is to be done before it begins anew with another log, where it does; told before the start. There the groups of
     * the worker are gone as well.
     *
     * @param groups makes them; fails if they never can be
     */
    default void beforeAnotherLog(Supplier<Future<Void>> groups) {}

    /**
     * When it cannot go on.
     *
     * @return fails with the reason, which ends the worker; stays open otherwise
     */
    default Future<Void> broken() {
        return Promise.<Void>promise().future();
    }
}
