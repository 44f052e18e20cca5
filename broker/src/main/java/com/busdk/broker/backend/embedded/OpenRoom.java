package com.busdk.broker.backend.embedded;

/**
 * The account of the events that the groups of one home have taken from the log and not settled. It says how many more
 * a group may take, so that groups that are behind cost a bounded amount of memory, however many they are.
 *
 * <p>Below its limit a group takes as many as its consumers have room for. Beyond it each may still have a few, so that
 * no group waits for the consumers of another.
 *
 * <p>Thread: the home's loop.
 */
final class OpenRoom {
    /** What a group may have whatever others have: some dozens of KiB for a hundred groups. */
    static final int LEAST = 16;

    private final long limit;
    private long count;

    /** @param limit events from which on each group has {@link #LEAST} at most */
    OpenRoom(long limit) {
        this.limit = limit;
    }

    /** How many more a group may take that has so many. */
    int room(int open) {
        return Math.clamp(Math.max(limit - count, LEAST - open), 0, Group.MAX_OPEN);
    }

    void add(int more) {
        count += more;
    }

    long count() {
        return count;
    }
}
