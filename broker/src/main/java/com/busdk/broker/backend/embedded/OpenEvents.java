package com.busdk.broker.backend.embedded;

import java.util.Collection;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The events that a group has taken from the log and not settled, by their sequence; they count in the
 * {@link OpenRoom} of its home. What many of them have taken is given back when there are none.
 *
 * <p>Thread: the group's home loop.
 */
final class OpenEvents {
    private static final int FIRST_SLOTS = 8;

    /** Sparsely filled: numbers that follow each other lie close together, and with more of them chains get long. */
    private static final float FILL = 0.3f;

    /** Slots that are kept while there are no events: a group that does a little all the time need not grow again. */
    private static final int KEPT_SLOTS = 64;

    private final Long2ObjectHashMap<Entry> entries = new Long2ObjectHashMap<>(FIRST_SLOTS, FILL);
    private final OpenRoom room;

    /** The group is no more. */
    private boolean over;

    OpenEvents(OpenRoom room) {
        this.room = room;
    }

    int size() {
        return entries.size();
    }

    @Nullable
    Entry get(long sequence) {
        return entries.get(sequence);
    }

    /** All of them, in no order. */
    Collection<Entry> values() {
        return entries.values();
    }

    void put(Entry entry) {
        if (entries.put(entry.sequence, entry) == null && !over) {
            room.add(1);
        }
    }

    void remove(long sequence) {
        if (entries.remove(sequence) != null && !over) {
            room.add(-1);
        }
    }

    /** The group is no more: nothing counts of what it has, nor of what a record that is under way gives back to it. */
    void end() {
        if (!over) {
            room.add(-entries.size());
            over = true;
        }
        entries.clear();
    }

    /** What it has memory for. */
    int slots() {
        return entries.capacity();
    }

    /** Gives memory back, if there are no events; called now and then, since what grows again is copied. */
    void shrink() {
        if (entries.isEmpty() && slots() > KEPT_SLOTS) {
            entries.compact();
        }
    }
}
