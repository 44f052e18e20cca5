package com.busdk.workers.podman;

import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.RunRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * A run in hand: its process, and why it is ended before its end. Guarded by the object, never for long: a cancellation
 * comes on another thread than the run's.
 */
final class ActiveRun {
    private final RunRequest request;
    private final Promise<Void> gone = Promise.promise();
    private @Nullable ChildProcess child;
    private @Nullable ApiException why;

    ActiveRun(RunRequest request) {
        this.request = request;
    }

    RunRequest request() {
        return request;
    }

    /** A process works on it. Whoever begins one asks {@link #isEnded} next. */
    synchronized void began(ChildProcess process) {
        child = process;
    }

    /**
     * It is to end; the first reason counts.
     *
     * @return the process that is to be ended, or null if there is none or somebody is at it
     */
    synchronized @Nullable ChildProcess end(ApiException reason) {
        if (why != null) {
            return null;
        }
        why = reason;
        return child;
    }

    synchronized boolean isEnded() {
        return why != null;
    }

    /** Throws the reason if it was ended. */
    synchronized void throwIfEnded() {
        if (why != null) {
            throw why;
        }
    }

    void finished() {
        gone.tryComplete();
    }

    /** Completes when nothing is left of it. */
    Future<Void> gone() {
        return gone.future();
    }
}
