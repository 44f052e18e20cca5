package com.busdk.broker.backend.embedded;

import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.atomic.SpscUnboundedAtomicArrayQueue;

/**
 * One event loop's side of the hub: gets its finished requests back from the writer, and the news that the log has
 * grown, both at once and once for all that came since it last looked.
 *
 * <p>An event for a thousand listeners is a thousand writes, whose cost hardly depends on how much each carries. A loop
 * that has just written so many small pieces therefore rests for a moment, so that the next ones carry more: it spends a
 * bounded share of its time on them, whatever the rate, instead of falling ever further behind. Answers to publishers do
 * not wait for that.
 *
 * <p>Threads: {@link #finished} and {@link #wakeIfConcerned} on the writer, the rest on the loop.
 */
final class Loop {
    /** A pass that took less leaves nothing to gain by waiting, and an event for few listeners is not held up. */
    private static final long LEAST_TO_REST_NANOS = 1_000_000;

    /** Rests so many times as long as it wrote: a third of the loop's time at most goes to small pieces. */
    private static final long REST_TO_WORK = 2;

    /** No event waits longer than this for others to travel with. */
    private static final long MOST_REST_NANOS = 10_000_000;

    private final EventLoop eventLoop;
    private final LiveFeed feed;

    /** Finished requests. Bounded by the writer's queue: every one of them was in it. */
    private final SpscUnboundedAtomicArrayQueue<WriteRequest> finished = new SpscUnboundedAtomicArrayQueue<>(1024);

    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile boolean following;

    /** While this is so, news waits: {@link LiveFeed} has just written many small pieces. */
    private boolean resting;

    private boolean urgent;

    Loop(EventLoop eventLoop, Hub hub) {
        this.eventLoop = eventLoop;
        this.feed = new LiveFeed(this, hub);
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    /** This loop's live listeners. */
    LiveFeed feed() {
        return feed;
    }

    boolean isCurrent() {
        return eventLoop.inEventLoop();
    }

    /** Runs on this loop: now if this is it, else as a task. */
    void run(Runnable task) {
        if (eventLoop.inEventLoop()) {
            task.run();
        } else {
            eventLoop.execute(task);
        }
    }

    /** Whether this loop wants to know when the log grows. */
    void following(boolean yes) {
        following = yes;
    }

    /** On this loop: looks for news as a task of its own, whether it rests or not. */
    void lookSoon() {
        urgent = true;
        if (awake.compareAndSet(false, true)) {
            eventLoop.execute(this::catchUp);
        }
    }

    /** Writer: hands a request back. */
    void finished(WriteRequest request) {
        finished.offer(request);
    }

    /** Writer: after a commit. */
    void wakeIfConcerned() {
        if ((following || !finished.isEmpty()) && !awake.get() && awake.compareAndSet(false, true)) {
            try {
                eventLoop.execute(this::catchUp);
            } catch (RejectedExecutionException e) {
                awake.set(false); // the loop has been shut down, and its connections with it
            }
        }
    }

    private void catchUp() {
        // First take the flag back: what comes from now on wakes again.
        awake.set(false);
        for (WriteRequest request = finished.poll(); request != null; request = finished.poll()) {
            request.settle();
        }
        if (urgent || !resting) {
            urgent = false;
            look();
        }
    }

    private void look() {
        long before = System.nanoTime();
        feed.headMoved();
        long took = System.nanoTime() - before;
        if (!resting && took >= LEAST_TO_REST_NANOS && feed.wroteSmallPieces()) {
            resting = true;
            var _ = eventLoop.schedule(
                    this::rested, Math.min(took * REST_TO_WORK, MOST_REST_NANOS), TimeUnit.NANOSECONDS);
        }
    }

    private void rested() {
        resting = false;
        look();
    }
}
