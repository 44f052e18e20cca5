package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The events of a group that are to be delivered again, each not before its time. As many as there are open entries at
 * most.
 *
 * <p>Thread: the group's home loop. Events are read on a reader thread and come back.
 */
final class Redelivery {
    /** Events read in one go. */
    private static final int MAX_FETCH = 256;

    /** Bytes of them, but for the last: what waits together may be hundreds of the largest events. */
    private static final int MAX_FETCH_BYTES = 1 << 20;

    private final Group group;
    private final GroupHome home;
    private final EventFilter filter;
    private final PriorityQueue<Entry> waiting = new PriorityQueue<>();

    Redelivery(Group group, GroupHome home, EventFilter filter) {
        this.group = group;
        this.home = home;
        this.filter = filter;
    }

    int size() {
        return waiting.size();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** @param notBefore in the time of {@link GroupHome#nowMillis} */
    void add(Entry entry, long notBefore) {
        entry.notBefore = notBefore;
        waiting.add(entry);
        entry.state = Entry.State.WAITING;
    }

    boolean isDue() {
        Entry first = waiting.peek();
        return first != null && first.notBefore <= home.nowMillis();
    }

    /** Whether something is due that lies below that sequence. */
    boolean isDueBelow(long sequence) {
        if (sequence == Long.MAX_VALUE || !isDue()) {
            return isDue();
        }
        long now = home.nowMillis();
        for (Entry entry : waiting) {
            if (entry.sequence < sequence && entry.notBefore <= now) {
                return true;
            }
        }
        return false;
    }

    /** Whether something waits that lies below that sequence. */
    boolean hasBelow(long sequence) {
        for (Entry entry : waiting) {
            if (entry.sequence < sequence) {
                return true;
            }
        }
        return false;
    }

    /** Takes out what is due and lies below that sequence. */
    private List<Entry> takeDue(int most, long below) {
        List<Entry> due = new ArrayList<>();
        List<Entry> others = new ArrayList<>();
        while (isDue() && due.size() < most) {
            Entry next = waiting.remove();
            if (next.sequence < below) {
                next.state = Entry.State.FETCHING;
                due.add(next);
            } else {
                others.add(next);
            }
        }
        waiting.addAll(others);
        return due;
    }

    /**
     * Reads what is due, so many events and bytes at most but for the last, gives each to the group, and tells it when
     * that is done.
     *
     * @param below only those: nobody who has room wants what lies behind, since all of them end before it
     */
    void fetch(int most, int mostBytes, int addedBytes, long below) {
        List<Entry> due = takeDue(Math.min(most, MAX_FETCH), below);
        boolean begun = false;
        try {
            begin(due, Math.min(mostBytes, MAX_FETCH_BYTES), addedBytes);
            begun = true;
        } finally {
            if (!begun) {
                due.forEach(this::later);
            }
        }
    }

    private void begin(List<Entry> due, int maxBytes, int addedBytes) {
        EventLog log = home.hub().log();
        home.reads()
                .begin(
                        chunk -> {
                            GroupRead read = new GroupRead(log, chunk, filter, due.size(), maxBytes, addedBytes);
                            int asked = 0;
                            while (asked < due.size() && read.bytes() < maxBytes) {
                                read.one(due.get(asked++).sequence);
                            }
                            return new Fetched(read, asked);
                        },
                        fetched -> handOut(due, fetched));
    }

    /** @param asked how many of those that were due have been looked for */
    private record Fetched(GroupRead read, int asked) {}

    private void handOut(List<Entry> due, Fetched fetched) {
        GroupRead read = fetched.read();
        boolean someGone = read.failure() == null && read.chunk().count() < fetched.asked();
        try {
            giveBack(due.subList(0, fetched.asked()), read);
        } finally {
            try {
                due.forEach(this::later); // and those whose turn an error cut off
            } finally {
                group.fetched(read.failure(), someGone);
            }
        }
    }

    /** Its turn comes at once, behind what has been read. */
    private void later(Entry entry) {
        if (entry.state == Entry.State.FETCHING) {
            add(entry, entry.notBefore);
        }
    }

    private void giveBack(List<Entry> due, GroupRead read) {
        LineChunk chunk = read.chunk();
        int at = 0;
        for (Entry entry : due) {
            boolean found = at < chunk.count() && chunk.sequence(at) == entry.sequence;
            int index = at;
            at += found ? 1 : 0;
            if (entry.state != Entry.State.FETCHING) {
                continue;
            }
            if (read.failure() != null) {
                add(entry, home.nowMillis());
            } else if (!found) {
                group.gone(entry);
            } else {
                group.handOutAgain(entry, chunk, index);
            }
        }
    }
}
