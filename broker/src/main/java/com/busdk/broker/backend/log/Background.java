package com.busdk.broker.backend.log;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The thread of a log for what its writer need not wait for: reserving room ahead, writing the index of a segment that
 * is complete, giving memory back, and flushing at intervals where that is the policy. What is handed to it is bounded
 * by those who hand it over: each has at most a few tasks here. Any thread.
 */
final class Background implements Executor {
    private final ScheduledThreadPoolExecutor thread;

    /** @param name of the log, for those who look at threads */
    Background(String name) {
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "bus-log " + name);
            made.setDaemon(true);
            return made;
        });
        thread.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        thread.setKeepAliveTime(10, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
    }

    /** Runs it soon, or at once where this is closed. */
    @Override
    public void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Runs it again and again, until this is closed. */
    void every(long nanos, Runnable task) {
        ScheduledFuture<?> _ = thread.scheduleWithFixedDelay(task, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /** Finishes what was handed over and ends the thread. */
    void close() {
        thread.shutdown();
        boolean interrupted = false;
        while (!thread.isTerminated()) {
            try {
                if (thread.awaitTermination(1, TimeUnit.MINUTES)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
