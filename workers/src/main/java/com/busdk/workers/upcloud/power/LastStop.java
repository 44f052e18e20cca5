package com.busdk.workers.upcloud.power;

import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a server that the cloud still calls {@code started} may be shutting down: from a stop on, until it has left that
 * state, or the stop should have ended it long ago. The API does not tell, and whoever took such a server for started would
 * soon have one that stands. Any thread; guarded by the object, never for long.
 */
public final class LastStop {
    /** Whatever the guest does, its power is cut off after half of this. */
    static final Duration LONGEST = UpCloudClient.SOFT_STOP.multipliedBy(2);

    private final CloudTime time;
    private @Nullable Deadline until;

    /**
     * No stop yet.
     *
     * @param time tells what time it is
     */
    public LastStop(CloudTime time) {
        this.time = time;
    }

    /**
     * A stop was sent, or is about to be.
     *
     * @param ago how long ago, not negative
     */
    public synchronized void sent(Duration ago) {
        Deadline end = Deadline.in(time, LONGEST.minus(ago));
        Deadline known = until;
        until = known == null || known.left().compareTo(end.left()) < 0 ? end : known;
    }

    /** The cloud did not take it. */
    synchronized void refused() {
        until = null;
    }

    /**
     * Somebody has looked.
     *
     * @param server as the cloud tells of it
     */
    public synchronized void seen(Server server) {
        if (server.hasLeftStarted()) {
            until = null;
        }
    }

    /**
     * Whether a server that is {@code started} may be shutting down.
     *
     * @return true if it may
     */
    public synchronized boolean mayBeUnderWay() {
        Deadline end = until;
        return end != null && !end.passed();
    }
}
