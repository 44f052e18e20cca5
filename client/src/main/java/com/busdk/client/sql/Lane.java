package com.busdk.client.sql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A bounded queue of work, and threads that take from it, each with a runner of its own. Whoever takes gets all that
 * waits, up to a batch: the busier it is, the more is done by one commit.
 *
 * <p>Threads: any may submit and never waits for longer than a few instructions; runners live on the lane's threads.
 */
final class Lane {
    /** Most works that wait: some tenths of a second of work. More are refused, so that callers learn of it at once. */
    static final int MAX_WAITING = 1_024;

    /** Most works of one transaction: beyond it the flush to disk is no longer what a work costs. */
    static final int MAX_BATCH = 64;

    /** Runs batches on one thread. */
    interface Runner {
        /** Does all jobs, and answers each of them. */
        void run(List<Job<?>> batch);

        /** Lets go of what it holds; on the same thread, after the last batch. */
        void close();
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Job<?>> waiting = new ArrayDeque<>(); // under the lock
    private boolean closed; // under the lock
    private final int maxBatch;
    private final CountDownLatch ended;

    Lane(int threads, int maxBatch, ThreadFactory factory, Supplier<Runner> runners) {
        this.maxBatch = maxBatch;
        this.ended = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            Runner runner = runners.get();
            factory.newThread(() -> work(runner)).start();
        }
    }

    /** Takes a job into the queue. Returns false if there is no room, or the lane is closed. */
    boolean submit(Job<?> job) {
        lock.lock();
        try {
            if (closed || waiting.size() >= MAX_WAITING) {
                return false;
            }
            waiting.add(job);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more; what waits is still done. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until all threads have ended. Blocks. */
    void awaitEnd() throws InterruptedException {
        ended.await();
    }

    private void work(Runner runner) {
        try {
            List<Job<?>> batch = take();
            while (!batch.isEmpty()) {
                runner.run(batch);
                batch = take();
            }
        } finally {
            runner.close();
            ended.countDown();
        }
    }

    /** What waits, oldest first; empty once the lane is closed and nothing waits. */
    private List<Job<?>> take() {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            List<Job<?>> batch = new ArrayList<>();
            while (!waiting.isEmpty() && batch.size() < maxBatch) {
                batch.add(waiting.remove());
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }
}
