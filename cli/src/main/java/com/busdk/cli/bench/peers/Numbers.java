package com.busdk.cli.bench.peers;

/**
 * Whether each event of several publishers came, once and in order. Publisher {@code p} of {@code n} numbers its events
 * {@code p}, {@code p + n}, {@code p + 2 n} and so on, and publishes each after the one before was acknowledged; between
 * publishers there is no order. Lives on one thread.
 */
final class Numbers {
    private final long[] next;
    private long inOrder;
    private long repeated;

    Numbers(int publishers) {
        next = new long[publishers];
    }

    /** An event of that number, from 0 on, has come. */
    void take(long number) {
        int publisher = (int) (number % next.length);
        long turn = number / next.length;
        if (turn < next[publisher]) {
            repeated++;
        } else {
            inOrder++;
            next[publisher] = turn + 1;
        }
    }

    /** Events that came before any later one of the same publisher, each counted once. */
    long inOrder() {
        return inOrder;
    }

    /** Events that came again, or after a later one of the same publisher. */
    long repeated() {
        return repeated;
    }
}
