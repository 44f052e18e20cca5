package com.busdk.broker.backend.embedded;

import java.util.TreeMap;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a group durably stands: the fold of its internal records. Everything below the frontier is done, but for what
 * is open or dead.
 *
 * <p>Thread: the writer's (the opener's during recovery); a group is built from a {@link #copy}.
 */
public final class GroupProgress {
    private static final long ABSENT = -1;

    /** Kept while nothing is open: a kibibyte, so that a group that does a little all the time need not grow again. */
    private static final int KEPT_SLOTS = 64;

    final int id;
    final GroupKey key;

    /** Where it began: what lies before has never been its own. */
    final long first;

    long frontier;
    long seenMicros;

    /** Handed out or held back, not settled: sequence → deliveries so far. */
    final Long2LongHashMap open = new Long2LongHashMap(ABSENT);

    final TreeMap<Long, DeadMark> dead = new TreeMap<>();

    /** A new one, at its beginning. */
    GroupProgress(int id, GroupKey key, long first, long seenMicros) {
        this(id, key, first, first, seenMicros);
    }

    private GroupProgress(int id, GroupKey key, long first, long frontier, long seenMicros) {
        this.id = id;
        this.key = key;
        this.first = first;
        this.frontier = frontier;
        this.seenMicros = seenMicros;
    }

    /** What makes the group. */
    public GroupKey key() {
        return key;
    }

    /** When somebody listened last, microseconds since 1970. */
    public long seenMicros() {
        return seenMicros;
    }

    void apply(ProgressDelta delta) {
        frontier = Math.max(frontier, delta.frontier);
        seenMicros = Math.max(seenMicros, delta.seenMicros);
        for (int i = 0; i < delta.held.size(); i++) {
            open.put(delta.held.getLong(i), 0);
        }
        for (int i = 0; i < delta.handedOut.size(); i++) {
            open.put(delta.handedOut.getLong(i), 1);
        }
        for (int i = 0; i < delta.redriven.size(); i++) {
            if (dead.remove(delta.redriven.getLong(i)) != null) {
                open.put(delta.redriven.getLong(i), 0);
            }
        }
        for (int i = 0; i < delta.again.size(); i++) {
            long sequence = delta.again.getLong(i);
            long attempts = open.get(sequence);
            if (attempts != ABSENT) {
                open.put(sequence, attempts + 1);
            }
        }
        for (int i = 0; i < delta.done.size(); i++) {
            open.remove(delta.done.getLong(i));
        }
        for (DeadMark mark : delta.dead) {
            open.remove(mark.sequence());
            dead.put(mark.sequence(), mark);
        }
        for (int i = 0; i < delta.purged.size(); i++) {
            dead.remove(delta.purged.getLong(i));
        }
        if (open.isEmpty() && open.capacity() > KEPT_SLOTS) {
            open.compact(); // what grew for many stays large otherwise, for as long as there is the group
        }
    }

    GroupProgress copy() {
        GroupProgress copy = new GroupProgress(id, key, first, frontier, seenMicros);
        copy.open.putAll(open);
        copy.dead.putAll(dead);
        return copy;
    }

    void write(Bytes to) {
        to.number(id).text(key.group()).text(key.owner()).text(key.name());
        to.number(frontier).number(seenMicros).number(open.size());
        open.forEachLong((sequence, attempts) -> to.number(sequence).number(attempts));
        to.number(dead.size());
        dead.values().forEach(mark -> mark.write(to));
    }

    /** One that was {@link #write written} when it was new. */
    static GroupProgress readNew(Bytes.Reader from) {
        return read(from, -1);
    }

    /** @param first where the group began, which is not written here, or -1: where it stands */
    static GroupProgress read(Bytes.Reader from, long first) {
        int id = from.smallNumber();
        String group = text(from.text());
        @Nullable String owner = from.text();
        String name = text(from.text());
        long frontier = from.number();
        GroupProgress progress = new GroupProgress(
                id, new GroupKey(group, owner, name), first < 0 ? frontier : first, frontier, from.number());
        for (long n = from.number(); n > 0; n--) {
            progress.open.put(from.number(), from.number());
        }
        for (long n = from.number(); n > 0; n--) {
            DeadMark mark = DeadMark.read(from);
            progress.dead.put(mark.sequence(), mark);
        }
        return progress;
    }

    private static String text(@Nullable String text) {
        if (text == null) {
            throw new IllegalStateException("a group's progress without its name");
        }
        return text;
    }
}
