package com.busdk.broker.backend.embedded;

/**
 * How fast a group that fails goes on. A few failures in a row are the events' own; many without one success between
 * them are the consumers' (their database is down), and then handing out more would only turn the whole backlog into
 * dead letters. So the group pauses, longer with each further failure, and consumers that come and end again and again
 * are given one event each. The group's home loop.
 */
final class Backoff {
    /** Failures in a row before the group is slowed down. */
    private static final int PATIENCE = 10;

    private static final long FIRST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    /** Between deliveries of one event: none before the second, then this, doubled each time. */
    private static final long RETRY_MILLIS = 100;

    /**
     * Consumers in a row that went without having done anything, before their successors are tried with one event each.
     * Each of them costs all that it had one of its deliveries, so it is less than the deliveries that an event has.
     */
    private static final int LOST_PATIENCE = 3;

    private int failuresInARow;
    private int lostInARow;

    /** When the last consumer was lost that counted, in the order of {@link GroupHome#nextMoment}. */
    private long lastLoss;

    private long pausedUntil;

    void succeeded() {
        failuresInARow = 0;
        lostInARow = 0;
        pausedUntil = 0;
    }

    /**
     * A consumer's connection has ended while it had events. That is one failure however many it had, and one for all
     * the consumers that were there when the first went: a machine that ends takes all of its own with it.
     *
     * @param since when the consumer came
     * @param now both in the order of {@link GroupHome#nextMoment}
     */
    void lost(long since, long now, long nowMillis) {
        if (since > lastLoss) {
            lastLoss = now;
            lostInARow++;
            failed(nowMillis);
        }
    }

    /** Whether consumers end again and again: then each is given one event, so that not all that wait die with it. */
    boolean probing() {
        return lostInARow >= LOST_PATIENCE;
    }

    void failed(long nowMillis) {
        failuresInARow++;
        int beyond = failuresInARow - PATIENCE;
        if (beyond >= 0) {
            pausedUntil = nowMillis + Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(beyond, 10));
        }
    }

    boolean pausing(long nowMillis) {
        return nowMillis < pausedUntil;
    }

    /**
     * How long an event waits whose consumer has gone: not at all the first time, then as long as connections take that
     * end together.
     */
    static long lostDelay(int attempts) {
        return attempts < 2 ? 0 : RETRY_MILLIS;
    }

    /** How long an event waits that has been delivered that often. */
    static long retryDelay(int attempts) {
        return attempts < 2 ? 0 : Math.min(LONGEST_PAUSE_MILLIS, RETRY_MILLIS << Math.min(attempts - 2, 10));
    }
}
