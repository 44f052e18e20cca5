package com.busdk.broker.backend.embedded;

/**
 * How fast a group that fails goes on. A few failures in a row are the events' own; many without one success between
 * them are the consumers' (their database is down), and then handing out more would only turn the whole backlog into
 * dead letters. So the group pauses, longer with each further failure. The group's home loop.
 */
final class Backoff {
    /** Failures in a row before the group is slowed down. */
    private static final int PATIENCE = 10;

    private static final long FIRST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    /** Between deliveries of one event: none before the second, then this, doubled each time. */
    private static final long RETRY_MILLIS = 100;

    private int failuresInARow;
    private long pausedUntil;

    void succeeded() {
        failuresInARow = 0;
        pausedUntil = 0;
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

    /** How long an event waits that has been delivered that often. */
    static long retryDelay(int attempts) {
        return attempts < 2 ? 0 : Math.min(LONGEST_PAUSE_MILLIS, RETRY_MILLIS << Math.min(attempts - 2, 10));
    }
}
