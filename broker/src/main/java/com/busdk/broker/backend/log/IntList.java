package com.busdk.broker.backend.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A growing list of numbers that one thread appends to while others read it without a lock: a number is in its array
 * before the size says so.
 */
class IntList implements Postings {
    private static final VarHandle SIZE;

    static {
        try {
            SIZE = MethodHandles.lookup().findVarHandle(IntList.class, "size", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int[] items;

    @SuppressWarnings("UnusedVariable") // read and written through the handle
    private int size;

    IntList(int expected) {
        items = new int[expected];
    }

    /** Appends; the writing thread only. */
    final void add(int item) {
        int at = size;
        if (at == items.length) {
            items = Arrays.copyOf(items, Math.max(4, at + (at >> 1) + 1));
        }
        items[at] = item;
        SIZE.setRelease(this, at + 1);
    }

    @Override
    public final int size() {
        return (int) SIZE.getAcquire(this);
    }

    /** The number at a place below a {@link #size} that the caller has read. */
    @Override
    public final int get(int index) {
        return items[index];
    }
}
