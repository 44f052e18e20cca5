package com.busdk.gateway.usage;

import io.vertx.core.Future;
import java.time.Duration;

/** Takes records of what was used. Any thread. */
public interface Usage {
    /** Records nothing. */
    Usage NONE = new Usage() {
        @Override
        public Future<Void> before(UsageRecord usage) {
            return Future.succeededFuture();
        }

        @Override
        public void after(UsageRecord usage) {
            // nobody wants to know
        }
    };

    /** What {@code --usage-backend} takes. */
    enum Backend {
        /** Nothing is recorded. */
        NONE,
        /** The usage worker gets events. */
        EVENTS,
        /** Kept in this process, for trying things. */
        MEMORY
    }

    /**
     * Records that something is about to be used: what cannot be recorded is not begun.
     *
     * @param usage the record
     * @return completes when it is durable; fails with an {@link com.busdk.client.http.ApiException}
     */
    Future<Void> before(UsageRecord usage);

    /**
     * Records how it ended. The answer to the caller does not wait for it; it is sent again while the events service
     * cannot be reached.
     *
     * @param usage the record
     */
    void after(UsageRecord usage);

    /**
     * Records that it is not known how it ended, where nobody else will ever say so: its provider has stopped waiting, and
     * it may still go on. Where a {@link UsageSweep} looks after it, nothing is recorded here. Its end would be the only
     * one that counts, and would hide the one that its worker tells of later.
     *
     * @param usage the record of an end that says nothing of how long it went on
     */
    default void unanswered(UsageRecord usage) {
        after(usage);
    }

    /**
     * Waits for records that are still on their way; nothing is recorded from then on.
     *
     * @param limit how long at most
     * @return completes when all have arrived, or the time is over
     */
    default Future<Void> close(Duration limit) {
        return Future.succeededFuture();
    }
}
