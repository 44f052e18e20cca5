package com.busdk.broker.backend.embedded;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which ordering keys are busy in a group, and who waits behind them. A key is busy from the moment its first event is
 * handed out until that is done or dead. The group's home loop.
 */
final class KeyOrder {
    /** Events held back at most; beyond that the group reads no further until a key gets free. */
    static final int MAX_HELD = 10_000;

    private final Map<ByteKey, Deque<Entry>> busy = new HashMap<>();
    private int held;

    int held() {
        return held;
    }

    /** Takes the key for that event; false when it is busy: then the event is held behind it. */
    boolean takeOrHold(ByteKey key, Entry entry) {
        entry.key = key;
        Deque<Entry> queue = busy.get(key);
        if (queue == null) {
            busy.put(key, new ArrayDeque<>(2));
            return true;
        }
        entry.state = Entry.State.HELD;
        queue.add(entry);
        held++;
        return false;
    }

    /** The event is done or dead: the next one of its key, which is no longer held, or null. */
    @Nullable
    Entry release(Entry entry) {
        if (entry.key == null || entry.state == Entry.State.HELD) {
            return null;
        }
        Deque<Entry> queue = busy.get(entry.key);
        Entry next = queue == null ? null : queue.poll();
        if (next == null) {
            busy.remove(entry.key);
            return null;
        }
        held--;
        return next;
    }
}
