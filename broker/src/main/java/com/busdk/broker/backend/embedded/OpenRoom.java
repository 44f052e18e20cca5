package com.busdk.broker.backend.embedded;

/**
 * The account of the events that the groups of one home have taken from the log and not settled. It says how many more
 * a group may take, so that groups that are behind cost a bounded amount of memory, however many they are.
 *
 * <p>A group may have as many as are left for all others, and each may have a few: so a single one has half of all, and
 * what groups have that nobody listens to any more never keeps the others from theirs. (Dynamic thresholds, as switches
 * share their buffers: Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998.)
 *
 * <p>Thread: the home's loop.
 */
final class OpenRoom {
    /** What a group may have whatever others have: some four KiB of memory. */
    static final int LEAST = 16;

    private final long limit;
    private long count;

    /** @param limit events that all groups have together at most, beside the few of each */
    OpenRoom(long limit) {
        this.limit = limit;
    }

    /** How many more a group may take at once that has so many. */
    int room(int open) {
        long fair = (limit - count - open + 1) / 2; // each that it takes leaves one less to the others
        return Math.clamp(Math.max(fair, LEAST - open), 0, Group.MAX_OPEN);
    }

    void add(int more) {
        count += more;
    }

    long count() {
        return count;
    }
}
