package com.busdk.workers.ssh;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Somebody's wish that a run ends before its time; the run's waits heed it. Any thread. */
final class StopWish {
    private final CompletableFuture<Reason> asked = new CompletableFuture<>();

    /** Why a run should end. */
    enum Reason {
        /** Its requester wants no more of it. */
        CANCELLED,
        /** The worker is stopping. */
        STOPPING
    }

    /** How a wait ended. */
    enum Wait {
        HAPPENED,
        TIME_UP,
        STOPPED
    }

    /** Asks for the end; the first reason stays. */
    void ask(Reason reason) {
        asked.complete(reason);
    }

    boolean isAsked() {
        return asked.isDone();
    }

    /** Why it was asked for. */
    Reason reason() {
        return asked.getNow(Reason.CANCELLED);
    }

    /** Waits until something happens, time is up or the end is asked for; what has happened counts first. */
    Wait await(CompletableFuture<?> event, Deadline deadline) throws InterruptedException {
        try {
            CompletableFuture.anyOf(event, asked).get(deadline.leftNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return event.isDone() ? Wait.HAPPENED : Wait.TIME_UP;
        } catch (ExecutionException e) {
            throw new IllegalStateException("events do not fail", e);
        }
        return event.isDone() ? Wait.HAPPENED : Wait.STOPPED;
    }
}
