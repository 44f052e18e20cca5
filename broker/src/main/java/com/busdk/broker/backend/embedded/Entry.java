package com.busdk.broker.backend.embedded;

import org.jspecify.annotations.Nullable;

/**
 * An event that a group has taken from the log and not settled. Lives on the group's home loop.
 *
 * <pre>
 *   HELD ─key free→ WAITING ─handed out→ LEASED ─ack→ SETTLING ─written→ (gone)
 *                      ↑                   │  └─too often, reject→ DYING ─written→ (a dead letter)
 *                      └─nack, lost, late ─┘
 * </pre>
 */
final class Entry implements Comparable<Entry> {
    enum State {
        /** Another event with its key is out. */
        HELD,
        /** To be handed out (again), not before {@link #notBefore}. */
        WAITING,
        /** Its line is being read, to be handed out. */
        FETCHING,
        /** A consumer has it. */
        LEASED,
        /** Acknowledged; that is being written. */
        SETTLING,
        /** Becomes a dead letter; that is being written. */
        DYING
    }

    final Group group;
    final long sequence;
    State state = State.WAITING;

    /** Deliveries so far. */
    int attempts;

    /** The consumer that has it, while leased. */
    @Nullable
    Member member;

    /** Names this delivery: an older one's token is stale. */
    long fence;

    /** Bytes it takes of its consumer's window. */
    int bytes;

    /** Where the wheel has its lease, or {@link #NO_LEASE}; the wheel's own, as the two links. */
    int leaseSlot = NO_LEASE;

    @Nullable
    Entry nextLease;

    @Nullable
    Entry previousLease;

    /** When the lease ends, milliseconds. */
    long deadline;

    /** Earliest next delivery, milliseconds. */
    long notBefore;

    /** Why the last delivery failed. */
    @Nullable
    String reason;

    /** Its ordering key, in a group that keeps keys in order. */
    @Nullable
    ByteKey key;

    static final int NO_LEASE = -1;

    Entry(Group group, long sequence) {
        this.group = group;
        this.sequence = sequence;
    }

    /** Whether its consumer settles it with a token; else it is done when its connection has taken it. */
    boolean isAcknowledged() {
        return member == null || member.spec().explicit();
    }

    @Override
    public int compareTo(Entry other) {
        int byTime = Long.compare(notBefore, other.notBefore);
        return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
}
