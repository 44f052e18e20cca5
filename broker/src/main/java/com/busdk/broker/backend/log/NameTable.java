package com.busdk.broker.backend.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The names of the segment that is being written, each with its frames: an open hash table that one thread adds to
 * while others read it without a lock. A name itself is not copied: it is read from the first frame that has it.
 *
 * <p>The hash is seeded per table: whoever may publish chooses names, and must not be able to choose ones that all fall
 * into one place.
 */
final class NameTable {
    private static final int FIRST_SLOTS = 64;
    private static final long K1 = 0x9E3779B97F4A7C15L;
    private static final long K2 = 0xD1B54A32D192ED03L;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer segment;

    /** The name that is being added; the writing thread's. */
    private final byte[] scratch = new byte[255];

    private final long seed = ThreadLocalRandom.current().nextLong();
    private volatile AtomicReferenceArray<@Nullable Entry> slots = new AtomicReferenceArray<>(FIRST_SLOTS);
    private volatile int count;
    private volatile Entry[] sorted = {};

    /** @param segment the bytes that offsets refer to */
    NameTable(ByteBuffer segment) {
        this.segment = segment;
    }

    int count() {
        return count;
    }

    /**
     * Adds a frame to its name; the writing thread only.
     *
     * @param source where the name can be read, at {@code start}
     * @param offset the frame's offset in the segment
     */
    void add(ByteBuffer source, int start, int length, int offset) {
        source.get(start, scratch, 0, length);
        Entry found = find(scratch, 0, length);
        if (found == null) {
            insert(new Entry(hash(scratch, 0, length), length, offset));
        } else {
            found.add(offset);
        }
    }

    private void insert(Entry entry) {
        AtomicReferenceArray<@Nullable Entry> table = slots;
        int slot = (int) entry.hash & (table.length() - 1);
        while (table.getPlain(slot) != null) {
            slot = (slot + 1) & (table.length() - 1);
        }
        table.setRelease(slot, entry);
        int now = count + 1;
        count = now;
        if (now * 2 > table.length()) {
            slots = grown(table);
        }
    }

    private static AtomicReferenceArray<@Nullable Entry> grown(AtomicReferenceArray<@Nullable Entry> table) {
        AtomicReferenceArray<@Nullable Entry> larger = new AtomicReferenceArray<>(table.length() * 2);
        for (int i = 0; i < table.length(); i++) {
            Entry entry = table.getPlain(i);
            if (entry != null) {
                int slot = (int) entry.hash & (larger.length() - 1);
                while (larger.getPlain(slot) != null) {
                    slot = (slot + 1) & (larger.length() - 1);
                }
                larger.setPlain(slot, entry);
            }
        }
        return larger;
    }

    /** The frames of a name, or null. */
    @Nullable
    Entry find(byte[] source, int start, int length) {
        long hash = hash(source, start, length);
        AtomicReferenceArray<@Nullable Entry> table = slots;
        int mask = table.length() - 1;
        for (int slot = (int) hash & mask; ; slot = (slot + 1) & mask) {
            Entry entry = table.getAcquire(slot);
            if (entry == null || entry.hash == hash && entry.length == length && same(entry, source, start)) {
                return entry;
            }
        }
    }

    private boolean same(Entry entry, byte[] source, int start) {
        int other = nameStart(entry);
        int length = entry.length;
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (segment.getLong(other + i) != (long) LONG.get(source, start + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (segment.get(other + i) != source[start + i]) {
                return false;
            }
        }
        return true;
    }

    private int nameStart(Entry entry) {
        return RecordView.nameStart(segment, entry.get(0));
    }

    /** Multiplies eight bytes at a time with the seed into 128 bits and folds them; the last eight overlap. */
    private long hash(byte[] source, int start, int length) {
        long hash = seed ^ length;
        int at = start;
        int end = start + length;
        for (; end - at > Long.BYTES; at += Long.BYTES) {
            hash = fold(hash ^ (long) LONG.get(source, at), K1 ^ seed);
        }
        long rest = 0;
        if (length >= Long.BYTES) {
            rest = (long) LONG.get(source, end - Long.BYTES);
        } else {
            for (; at < end; at++) {
                rest = rest << Byte.SIZE | source[at] & 0xFF;
            }
        }
        return fold(hash ^ rest, K2 ^ seed);
    }

    private static long fold(long a, long b) {
        return a * b ^ Math.multiplyHigh(a, b);
    }

    /** All names in order. Sorted anew only when one was added since. */
    Entry[] sorted() {
        Entry[] known = sorted;
        if (known.length == count) {
            return known;
        }
        AtomicReferenceArray<@Nullable Entry> table = slots;
        Entry[] all = new Entry[table.length()];
        int size = 0;
        for (int i = 0; i < table.length(); i++) {
            Entry entry = table.getAcquire(i);
            if (entry != null) {
                all[size++] = entry;
            }
        }
        Entry[] result = Arrays.copyOf(all, size);
        Arrays.sort(result, Comparator.comparing(this::name));
        sorted = result;
        return result;
    }

    String name(Entry entry) {
        byte[] name = new byte[entry.length];
        segment.get(nameStart(entry), name);
        return new String(name, StandardCharsets.US_ASCII);
    }

    /** A name's frames. */
    static final class Entry extends IntList {
        private final long hash;
        private final int length;

        Entry(long hash, int length, int offset) {
            super(2);
            this.hash = hash;
            this.length = length;
            add(offset);
        }
    }
}
