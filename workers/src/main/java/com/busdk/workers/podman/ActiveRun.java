package com.busdk.workers.podman;

import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A run in hand: its process, and why it is ended before its end, and when, if its container ran by then. Guarded by the object, never for long: a cancellation
 * comes on another thread than the run's.
 */
final class ActiveRun {
    private final RunRequest request;
    private final Promise<Void> gone = Promise.promise();
    private @Nullable ChildProcess child;
    private @Nullable ApiException why;
    private long beganNanos;
    private Duration untilEnd = Duration.ZERO;
    private boolean hadContainer;

    ActiveRun(RunRequest request) {
        this.request = request;
    }

    RunRequest request() {
        return request;
    }

    /** A process works on it. Whoever begins one asks {@link #isEnded} next. */
    synchronized void began(ChildProcess process) {
        child = process;
        beganNanos = System.nanoTime();
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
        untilEnd = child == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - beganNanos);
        return child;
    }

    /** There is a container of it, or was. */
    synchronized void hasContainer() {
        hadContainer = true;
    }

    synchronized boolean isEnded() {
        return why != null;
    }

    /** Throws the reason if it was ended, with how long it ran if there was a container to end. */
    synchronized void throwIfEnded() {
        ApiException reason = why;
        if (reason != null) {
            throw hadContainer ? new EndedRun(reason, shorter(untilEnd, request.timeout())) : reason;
        }
    }

    /** No container runs for longer than it may; the rest is the time until it began. */
    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    void finished() {
        gone.tryComplete();
    }

    /** Completes when nothing is left of it. */
    Future<Void> gone() {
        return gone.future();
    }
}
