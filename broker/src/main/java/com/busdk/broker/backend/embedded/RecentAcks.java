package com.busdk.broker.backend.embedded;

/**
 * The leases of a group that were acknowledged last, so that an ack that is repeated (its answer was lost) is told from
 * one that came too late. Holds {@value #MOST} at most, and {@value #FIRST} where other groups have the {@link Room}; an
 * older repeat is answered as stale, which is as harmless.
 *
 * <p>Thread: the group's home loop.
 */
final class RecentAcks {
    private static final int FIRST = 16;
    private static final int MOST = 1024;

    /** What the groups of one home may remember together, beyond the first few of each. */
    static final class Room {
        /** 4 MiB: enough for 260 groups that are busy at once. */
        private static final int MOST_OF_HOME = 1 << 18;

        private int taken;

        private boolean take(int more) {
            boolean fits = taken + more <= MOST_OF_HOME;
            taken += fits ? more : 0;
            return fits;
        }

        private void giveBack(int less) {
            taken -= less;
        }
    }

    private final Room room;
    private long[] sequences = {};
    private long[] fences = {};

    RecentAcks(Room room) {
        this.room = room;
    }

    void add(long sequence, long fence) {
        if (sequences.length == 0) {
            resize(FIRST);
        }
        while (isTaken(sequence) && sequences.length < MOST && room.take(sequences.length)) {
            resize(2 * sequences.length);
        }
        put(sequence, fence);
    }

    private boolean isTaken(long sequence) {
        return fences[place(sequence)] != 0 && sequences[place(sequence)] != sequence;
    }

    private void resize(int size) {
        long[] oldSequences = sequences;
        long[] oldFences = fences;
        sequences = new long[size];
        fences = new long[size];
        for (int i = 0; i < oldSequences.length; i++) {
            if (oldFences[i] != 0) {
                put(oldSequences[i], oldFences[i]);
            }
        }
    }

    private void put(long sequence, long fence) {
        sequences[place(sequence)] = sequence;
        fences[place(sequence)] = fence;
    }

    private int place(long sequence) {
        return (int) sequence & sequences.length - 1;
    }

    boolean contains(long sequence, long fence) {
        return sequences.length > 0 && sequences[place(sequence)] == sequence && fences[place(sequence)] == fence;
    }

    /** Gives the memory back: whoever might have repeated one has been gone for long. */
    void forget() {
        if (sequences.length > 0) {
            room.giveBack(sequences.length - FIRST);
            sequences = new long[0];
            fences = new long[0];
        }
    }
}
