package com.busdk.cli.events;

import com.busdk.client.events.LineBatch;
import com.busdk.client.events.LineBatchHandler;
import com.busdk.client.events.Listening;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings lines from the event loop to the command's thread, where writing them may block. The next batch is read only
 * when the last one is dealt with, so at most one batch and the end are in the queue.
 */
final class LineHandover implements LineBatchHandler {
    private static final int MOST_QUEUED = 4;

    /** So long after the last line somebody may look whether the reader is still there. */
    private static final long IDLE_NANOS = Duration.ofSeconds(1).toNanos();

    private final LinkedBlockingQueue<Item> queue = new LinkedBlockingQueue<>(MOST_QUEUED);

    private sealed interface Item {
        record Lines(LineBatch batch, Promise<Void> done) implements Item {}

        record End(@Nullable Throwable cause) implements Item {}
    }

    /** On the event loop. */
    @Override
    public Future<Void> handle(LineBatch batch) {
        Promise<Void> done = Promise.promise();
        queue.add(new Item.Lines(batch, done));
        return done.future();
    }

    /**
     * On the command's thread: gives all lines to {@code taker} until the listening ends.
     *
     * @param timeout longest time for all of it, or null
     * @return false when the time was over first
     */
    boolean run(Listening listening, LineTaker taker, @Nullable Duration timeout)
            throws IOException, InterruptedException {
        long deadline = timeout == null ? Long.MAX_VALUE : System.nanoTime() + timeout.toNanos();
        listening.ended().onComplete(ended -> queue.add(new Item.End(ended.cause())));
        try {
            while (true) {
                long left = timeout == null ? IDLE_NANOS : Math.max(0, deadline - System.nanoTime());
                switch (queue.poll(Math.min(IDLE_NANOS, left), TimeUnit.NANOSECONDS)) {
                    case null -> {
                        if (left <= IDLE_NANOS && timeout != null) {
                            return false;
                        }
                        taker.idle();
                    }
                    case Item.Lines(var batch, var done) -> {
                        taker.take(batch);
                        done.complete();
                    }
                    case Item.End(var cause) -> {
                        if (cause != null) {
                            taker.end();
                            throw EventsFailures.explain(cause);
                        }
                        return true;
                    }
                }
            }
        } finally {
            listening.close();
        }
    }
}
