package com.busdk.workers.podman;

import com.busdk.client.http.ApiException;
import com.busdk.workers.containers.EndedRun;
import com.busdk.workers.containers.RunRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A run in hand: its process; why it is to end before its end, and when; and whether that is what ended it. Guarded by the
 * object, never for long: a cancellation comes on another thread than the run's.
 */
final class ActiveRun {
    private final RunRequest request;
    private final Promise<Void> gone = Promise.promise();
    private @Nullable ChildProcess child;
    private boolean runs;
    private @Nullable ApiException why;
    private long beganNanos;
    private Duration untilEnd = Duration.ZERO;
    private boolean hadContainer;
    private boolean interrupted;

    ActiveRun(RunRequest request) {
        this.request = request;
    }

    RunRequest request() {
        return request;
    }

    /** A process makes something ready for it. Whoever begins one asks {@link #isEnded} next. */
    synchronized void prepares(ChildProcess process) {
        child = process;
        runs = false;
    }

    /** A process runs its container. Whoever begins one asks {@link #isEnded} next. */
    synchronized void began(ChildProcess process) {
        child = process;
        runs = true;
        beganNanos = System.nanoTime();
    }

    /** Whether its process is one that runs its container. */
    synchronized boolean runsContainer() {
        return runs;
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
        untilEnd = runs ? Duration.ofNanos(System.nanoTime() - beganNanos) : Duration.ZERO;
        return child;
    }

    /** There is a container of it, or was. */
    synchronized void hasContainer() {
        hadContainer = true;
    }

    synchronized boolean isEnded() {
        return why != null;
    }

    /** Its container, or its process, is ended from here, from now on: it does not come to its end by itself. */
    synchronized void interrupt() {
        interrupted = true;
    }

    /** Throws the reason if it was ended from here: one that was to end, and came to its end by itself, was not. */
    void throwIfInterrupted() {
        boolean ended;
        synchronized (this) {
            ended = interrupted;
        }
        if (ended) {
            throwIfEnded();
        }
    }

    /** Throws the reason if it is to end, with how long it ran if there was a container to end. */
    synchronized void throwIfEnded() {
        ApiException reason = why;
        if (reason != null) {
            throw hadContainer ? EndedRun.within(reason, untilEnd, request.timeout()) : reason;
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
