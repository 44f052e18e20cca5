package com.busdk.broker.backend.embedded;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When leases end: a wheel of slots, each with a list of the leases that end in its tick, this time round or a later one.
 * Beginning and ending a lease takes the same time however many there are, also when all of them began at once and end
 * in one tick, as those of a fast consumer do; and it makes no garbage, since the entries themselves are linked.
 *
 * <p>Thread: its home loop.
 */
final class LeaseWheel {
    /** How exact leases are. */
    static final long TICK_MILLIS = 64;

    /** Once round is a minute; a longer lease is looked at once a minute. */
    private static final int SLOTS = 1024;

    /** Behind the others: leases that end in this call of {@link #advance}, or did in one that an error has cut off. */
    private static final int LATE = SLOTS;

    /** The head of each slot's list, by the number of its first tick. */
    private final @Nullable Entry[] slots = new @Nullable Entry[SLOTS + 1];

    /** The first tick that has not been looked at. */
    private long tick;

    LeaseWheel(long nowMillis) {
        this.tick = nowMillis / TICK_MILLIS;
    }

    /** Notes that a lease ends then; the entry has none. */
    void begin(Entry entry, long deadline) {
        entry.deadline = deadline;
        // Behind the deadline, never before it; and what is late already ends with the next tick.
        long ends = Math.max(tick, Math.floorDiv(deadline, TICK_MILLIS) + 1);
        add(entry, (int) (ends & SLOTS - 1));
    }

    private void add(Entry entry, int slot) {
        Entry next = slots[slot];
        entry.leaseSlot = slot;
        entry.nextLease = next;
        if (next != null) {
            next.previousLease = entry;
        }
        slots[slot] = entry;
    }

    /** The entry's lease, if it has one, ends now. */
    void end(Entry entry) {
        int slot = entry.leaseSlot;
        if (slot == Entry.NO_LEASE) {
            return;
        }
        Entry previous = entry.previousLease;
        Entry next = entry.nextLease;
        if (previous == null) {
            slots[slot] = next;
        } else {
            previous.nextLease = next;
        }
        if (next != null) {
            next.previousLease = previous;
        }
        entry.leaseSlot = Entry.NO_LEASE;
        entry.previousLease = null;
        entry.nextLease = null;
    }

    /**
     * Ends the leases whose time has come, and tells of each. Whoever is told may begin and end leases. Where that
     * fails it is told of that one again with a later tick, and of the others with the next call.
     */
    void advance(long nowMillis, Consumer<Entry> ended) {
        tellOfLate(ended); // first those that wait already: one that always fails is not ahead of them again
        long now = nowMillis / TICK_MILLIS;
        // Once round sees them all, however long nobody looked.
        for (long at = Math.max(tick, now - SLOTS + 1); at <= now; at++) {
            takeLate((int) (at & SLOTS - 1), nowMillis);
        }
        tick = now + 1;
        tellOfLate(ended);
    }

    private void tellOfLate(Consumer<Entry> ended) {
        for (Entry entry = slots[LATE]; entry != null; entry = slots[LATE]) {
            end(entry);
            boolean told = false;
            try {
                ended.accept(entry);
                told = true;
            } finally {
                if (!told && entry.leaseSlot == Entry.NO_LEASE) {
                    begin(entry, entry.deadline);
                }
            }
        }
    }

    private void takeLate(int slot, long nowMillis) {
        for (Entry entry = slots[slot]; entry != null; ) {
            Entry next = entry.nextLease;
            if (entry.deadline <= nowMillis) {
                end(entry);
                add(entry, LATE);
            }
            entry = next;
        }
    }
}
