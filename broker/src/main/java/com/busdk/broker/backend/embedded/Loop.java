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
 * <p>After many small writes it rests ({@link Rest}): news then waits a moment, answers to publishers do not.
 *
 * <p>Threads: {@link #finished} and {@link #wakeIfConcerned} on the writer, the rest on the loop.
 */
final class Loop {
    private final EventLoop eventLoop;
    private final LiveFeed feed;
    private final OutgoingBytes outgoing;
    private final HalfWritten halfWritten = new HalfWritten();

    /** Finished requests. Bounded by the writer's queue: every one of them was in it. */
    private final SpscUnboundedAtomicArrayQueue<WriteRequest> finished = new SpscUnboundedAtomicArrayQueue<>(1024);

    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile boolean following;

    /** While this is so, news waits. On the loop. */
    private boolean resting;

    /** Somebody needs the news at once. On the loop. */
    private boolean urgent;

    Loop(EventLoop eventLoop, Hub hub) {
        this.eventLoop = eventLoop;
        this.feed = new LiveFeed(this, hub);
        this.outgoing = new OutgoingBytes(hub.outgoingBytesOfLoop());
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    /** This loop's live listeners. */
    LiveFeed feed() {
        return feed;
    }

    /** What its streams have been written and their connections have not taken. */
    OutgoingBytes outgoing() {
        return outgoing;
    }

    /** Its streams that are in the middle of an event. */
    HalfWritten halfWritten() {
        return halfWritten;
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
        boolean through = false;
        try {
            for (WriteRequest request = finished.poll(); request != null; request = finished.poll()) {
                request.settle();
            }
            through = true;
        } finally {
            if (!through) {
                lookSoon(); // behind an error of one of them: the others wait for their answers
            }
        }
        if (urgent || !resting) {
            urgent = false;
            look();
        }
    }

    private void look() {
        long before = System.nanoTime();
        feed.headMoved();
        long rest = resting ? 0 : feed.restAfter(System.nanoTime() - before);
        if (rest > 0) {
            resting = true;
            var _ = eventLoop.schedule(this::rested, rest, TimeUnit.NANOSECONDS);
        }
    }

    private void rested() {
        resting = false;
        look();
    }
}
