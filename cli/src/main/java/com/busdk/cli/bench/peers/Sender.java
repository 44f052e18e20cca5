package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.LoadResult;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Publishes over one connection as far as a {@link Limit} lets it go and a window of events that are not acknowledged
 * yet. It is the same for all systems. Lives on the loop of its connection; figures are to be read when it is done.
 */
final class Sender implements Follower {
    private final Publishing publishing;
    private final int window;
    private final int batch;
    private final Limit limit;
    private final long[] due;
    private final Histogram latency = LoadResult.histogram();
    private final CompletableFuture<Long> done = new CompletableFuture<>();
    private long sent;
    private long acknowledged;
    private long lastAt;
    private boolean ended;
    private @Nullable ScheduledFuture<?> asking;

    /**
     * A sender.
     *
     * @param window events that may be out at once, where each is acknowledged
     * @param batch events in a write at most
     */
    Sender(Publishing publishing, int window, int batch, Limit limit) {
        this.publishing = publishing;
        this.window = publishing.acknowledgesEach() ? window : Integer.MAX_VALUE;
        this.batch = batch;
        this.limit = limit;
        this.due = new long[publishing.acknowledgesEach() ? window : 0];
    }

    /** The loop that it lives on. Any thread. */
    EventLoop loop() {
        return publishing.conversation().loop();
    }

    /** Begins. On the loop. */
    void start() {
        publishing.conversation().follow(this);
        publishing.start();
        pump();
    }

    /** How many were published, once all of them are acknowledged. */
    CompletableFuture<Long> done() {
        return done;
    }

    /** When the last acknowledgement came, as {@link System#nanoTime} gives it. */
    long lastAt() {
        return lastAt;
    }

    /** From when each event was due, or where it was not paced was sent, to its acknowledgement. */
    Histogram latency() {
        return latency;
    }

    @Override
    public void acknowledged(int count) {
        lastAt = System.nanoTime();
        if (due.length > 0) {
            for (int i = 0; i < count; i++) {
                latency.recordValue(Math.max(0, lastAt - due[(int) ((acknowledged + i) % due.length)]));
            }
        }
        acknowledged += count;
        if (!ended) {
            pump();
        }
        if (ended && acknowledged >= sent) {
            done.complete(sent);
        }
    }

    @Override
    public void writable() {
        pump();
    }

    private void pump() {
        Conversation to = publishing.conversation();
        boolean wrote = false;
        while (!ended && to.isWritable()) {
            long now = System.nanoTime();
            if (limit.isOver(sent, now)) {
                ended = true;
                publishing.end();
                wrote = true;
                break;
            }
            long may = limit.allowed(now);
            if (may <= sent) {
                askAgain(limit.pause(sent, now));
                break;
            }
            int count = (int) Math.min(Math.min(batch, may - sent), window - (sent - acknowledged));
            if (count <= 0) {
                break;
            }
            for (int i = 0; i < count && due.length > 0; i++) {
                due[(int) ((sent + i) % due.length)] =
                        limit.pace().isPaced() ? limit.pace().due(sent + i) : now;
            }
            to.write(publishing.events(sent, count));
            sent += count;
            wrote = true;
        }
        if (wrote) {
            to.flush();
        }
        if (ended && sent == acknowledged) {
            done.complete(sent);
        }
    }

    private void askAgain(long nanos) {
        if (asking == null) {
            asking = publishing.conversation().loop().schedule(this::ask, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void ask() {
        asking = null;
        if (!ended) {
            pump();
        }
    }
}
