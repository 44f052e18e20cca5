package com.busdk.broker.backend.embedded;

import java.util.Arrays;

/**
 * The idempotency keys of the last minutes: 128-bit hash → sequence. Keys leave in the order in which they came, when
 * they are older than the window; a table that is full of younger ones takes no more, since forgetting a key early
 * would store a repeated event twice.
 *
 * <p>A ring holds the keys in order; an open-addressed table of ring places finds them. 28 bytes a key.
 *
 * <p>Thread: the log's writer (before that, the opener).
 */
public final class KeyTable {
    /** {@link #find} of an unknown key. */
    public static final long NONE = -1;

    private static final int FREE = -1;

    private final long windowMicros;
    private final int capacity;
    private long[] high;
    private long[] low;
    private long[] sequences;
    private long[] times;
    private int[] table;
    private int oldest;
    private int size;
    private int staged;

    /** @param capacity keys at most; grows up to that */
    public KeyTable(long windowMicros, int capacity) {
        this.windowMicros = windowMicros;
        this.capacity = capacity;
        int room = Math.min(capacity, 1024);
        high = new long[room];
        low = new long[room];
        sequences = new long[room];
        times = new long[room];
        table = emptyTable(room);
    }

    int size() {
        return size;
    }

    /** The sequence stored under that key within the window, or {@link #NONE}. */
    public long find(long keyHigh, long keyLow, long nowMicros) {
        int mask = table.length - 1;
        for (int i = home(keyLow, mask); table[i] != FREE; i = (i + 1) & mask) {
            int at = table[i];
            if (high[at] == keyHigh && low[at] == keyLow) {
                return nowMicros - times[at] < windowMicros ? sequences[at] : NONE;
            }
        }
        return NONE;
    }

    /** Whether so many keys can be added now. */
    public boolean hasRoom(int more, long nowMicros) {
        expire(nowMicros);
        return size + more <= capacity;
    }

    /** Adds a key whose event is staged, not yet committed. */
    void stage(long keyHigh, long keyLow, long sequence, long nowMicros) {
        add(keyHigh, keyLow, sequence, nowMicros);
        staged++;
    }

    /** What was staged is durable. */
    void commit() {
        staged = 0;
    }

    /** Forgets what was staged since the last commit. */
    void rollback() {
        while (staged > 0) {
            int newest = (oldest + size - 1) % high.length;
            removeFromTable(newest);
            size--;
            staged--;
        }
    }

    /** Adds a key that is durable, at recovery: should the table be too small for all, the oldest make room. */
    public void restore(long keyHigh, long keyLow, long sequence, long timeMicros) {
        if (size == capacity) {
            removeFromTable(oldest);
            oldest = (oldest + 1) % high.length;
            size--;
        }
        add(keyHigh, keyLow, sequence, timeMicros);
    }

    /** A repeated key replaces the older. */
    private void add(long keyHigh, long keyLow, long sequence, long timeMicros) {
        if (size == high.length) {
            grow();
        }
        int known = findPlace(keyHigh, keyLow);
        if (known >= 0) {
            // An expired twin: it stays in the ring until its turn, but is no longer found.
            removeFromTable(known);
        }
        int at = (oldest + size) % high.length;
        high[at] = keyHigh;
        low[at] = keyLow;
        sequences[at] = sequence;
        times[at] = timeMicros;
        size++;
        insert(at);
    }

    private void expire(long nowMicros) {
        while (size > staged && nowMicros - times[oldest] >= windowMicros) {
            removeFromTable(oldest);
            oldest = (oldest + 1) % high.length;
            size--;
        }
    }

    private int findPlace(long keyHigh, long keyLow) {
        int mask = table.length - 1;
        for (int i = home(keyLow, mask); table[i] != FREE; i = (i + 1) & mask) {
            if (high[table[i]] == keyHigh && low[table[i]] == keyLow) {
                return table[i];
            }
        }
        return FREE;
    }

    private void insert(int at) {
        int mask = table.length - 1;
        int i = home(low[at], mask);
        while (table[i] != FREE) {
            i = (i + 1) & mask;
        }
        table[i] = at;
    }

    /** Takes a ring place out of the table and closes the gap, so that probing still finds what lay behind it. */
    private void removeFromTable(int at) {
        int mask = table.length - 1;
        int gap = home(low[at], mask);
        while (table[gap] != at) {
            if (table[gap] == FREE) {
                return; // already replaced by a younger twin
            }
            gap = (gap + 1) & mask;
        }
        int i = gap;
        while (true) {
            i = (i + 1) & mask;
            if (table[i] == FREE) {
                break;
            }
            int home = home(low[table[i]], mask);
            boolean mayMove = gap <= i ? home <= gap || home > i : home <= gap && home > i;
            if (mayMove) {
                table[gap] = table[i];
                gap = i;
            }
        }
        table[gap] = FREE;
    }

    private void grow() {
        int room = (int) Math.min(capacity, high.length * 2L);
        if (room == high.length) {
            throw new IllegalStateException("the key table is full");
        }
        high = unrolled(high, room);
        low = unrolled(low, room);
        sequences = unrolled(sequences, room);
        times = unrolled(times, room);
        oldest = 0;
        table = emptyTable(room);
        for (int at = 0; at < size; at++) {
            int twin = findPlace(high[at], low[at]);
            if (twin >= 0) {
                removeFromTable(twin);
            }
            insert(at);
        }
    }

    private long[] unrolled(long[] ring, int room) {
        long[] straight = new long[room];
        int firstPart = Math.min(size, ring.length - oldest);
        System.arraycopy(ring, oldest, straight, 0, firstPart);
        System.arraycopy(ring, 0, straight, firstPart, size - firstPart);
        return straight;
    }

    private static int[] emptyTable(int room) {
        int[] empty = new int[Math.max(4, Integer.highestOneBit(room) * 4)];
        Arrays.fill(empty, FREE);
        return empty;
    }

    private static int home(long keyLow, int mask) {
        return (int) (keyLow ^ (keyLow >>> 32)) & mask;
    }
}
