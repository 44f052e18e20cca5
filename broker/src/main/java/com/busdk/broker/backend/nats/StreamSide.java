package com.busdk.broker.backend.nats;

import io.vertx.core.Context;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One side of a stream between two processes: lives on one loop, is looked at when it has asked for it, and notices when
 * nothing comes from the other side.
 *
 * <p>Threads: {@link #run} and {@link #lookIfDue} on any, the rest on the loop.
 */
abstract class StreamSide {
    private static final Logger LOG = LoggerFactory.getLogger(StreamSide.class);

    private final Pace pace;
    private final Context loop;

    /** When it wants to be looked at. Taken back by the ticking thread before each look, which then sets it anew. */
    private volatile long due = Long.MAX_VALUE;

    private long heardAt = Pace.upMillis();
    private long checkedAt = heardAt;

    /** Checks since something was heard. */
    private int checks;

    StreamSide(Pace pace, Context loop) {
        this.pace = pace;
        this.loop = loop;
    }

    /** Does what is due, and says when to look again. */
    abstract void look();

    final Pace pace() {
        return pace;
    }

    /** Runs on this side's loop, always as a task of its own, in the order of the calls. */
    final void run(Runnable task) {
        try {
            loop.runOnContext(_ -> task.run());
        } catch (RejectedExecutionException e) {
            LOG.debug("a loop has been shut down, and its streams with it");
        }
    }

    final void lookIfDue(long now) {
        if (due <= now) {
            due = Long.MAX_VALUE;
            run(this::look);
        }
    }

    /** Wants to be looked at then, or earlier. */
    final void lookAt(long moment) {
        if (moment < due) {
            due = moment;
        }
    }

    /** Something came from the other side. */
    final void heard() {
        heardAt = Pace.upMillis();
        checks = 0;
    }

    /** When to ask whether the other side is there, if it says nothing until then. */
    final long nextCheck() {
        // From the last check on as well: a process that stood still asks as often as any other before it gives up.
        return Math.max(heardAt, checkedAt) + pace.check();
    }

    /** Whether the other side has left as many checks unanswered as it may. */
    final boolean silent() {
        return checks >= Pace.CHECKS;
    }

    /** It is asked now. */
    final void checking(long now) {
        checkedAt = now;
        checks++;
    }
}
