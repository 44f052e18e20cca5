package com.busdk.broker.backend.embedded;

/**
 * The leases that were acknowledged last, so that an ack that is repeated (its answer was lost) is told from one that
 * came too late. Holds {@value #SIZE} at most; an older repeat is answered as stale, which is as harmless. The group's
 * home loop.
 */
final class RecentAcks {
    private static final int SIZE = 1024;

    private long[] sequences = {};
    private long[] fences = {};

    void add(long sequence, long fence) {
        if (sequences.length == 0) {
            sequences = new long[SIZE];
            fences = new long[SIZE];
        }
        int at = (int) sequence & SIZE - 1;
        sequences[at] = sequence;
        fences[at] = fence;
    }

    boolean contains(long sequence, long fence) {
        int at = (int) sequence & SIZE - 1;
        return sequences.length > 0 && sequences[at] == sequence && fences[at] == fence;
    }
}
