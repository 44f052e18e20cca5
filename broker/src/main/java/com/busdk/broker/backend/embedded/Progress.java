package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.LogState;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The durable progress of all groups, folded from the log's internal records; what a new segment begins with is its
 * snapshot. Also takes the idempotency keys at recovery.
 *
 * <p>Thread: the opener's during recovery, then the writer's.
 */
public final class Progress implements LogState {
    /** Internal records: a group is made (its progress, empty), has moved on (a delta), or is forgotten (its id). */
    public static final byte CREATED = 1;

    public static final byte MOVED = 2;
    public static final byte FORGOTTEN = 3;

    /** Before each group's progress stands where it began, since version 2. */
    private static final int SNAPSHOT_VERSION = 2;

    private final Map<Integer, GroupProgress> groups = new HashMap<>();
    private final KeyTable keys;
    private int lastId;

    /** @param keys where idempotency keys go at recovery */
    public Progress(KeyTable keys) {
        this.keys = keys;
    }

    /** Groups by id; the highest id ever given is {@link #lastId}. */
    public Map<Integer, GroupProgress> groups() {
        return groups;
    }

    /** The highest id ever given. */
    public int lastId() {
        return lastId;
    }

    @Override
    public void restore(ByteBuffer snapshot) {
        groups.clear();
        if (!snapshot.hasRemaining()) {
            return;
        }
        Bytes.Reader from = new Bytes.Reader(snapshot);
        long version = from.number();
        if (version < 1 || version > SNAPSHOT_VERSION) {
            throw new IllegalStateException("the progress of groups is written in version " + version
                    + ", this program reads versions up to " + SNAPSHOT_VERSION + "; start the version that wrote it");
        }
        lastId = from.smallNumber();
        for (long n = from.number(); n > 0; n--) {
            GroupProgress group = GroupProgress.read(from, version == 1 ? 0 : from.number());
            groups.put(group.id, group);
        }
    }

    @Override
    public void replay(byte kind, long sequence, long timeMicros, ByteBuffer body) {
        apply(kind, new Bytes.Reader(body));
    }

    /** Folds one internal record. */
    public void apply(byte kind, Bytes.Reader body) {
        switch (kind) {
            case CREATED -> {
                GroupProgress group = GroupProgress.readNew(body);
                groups.put(group.id, group);
                lastId = Math.max(lastId, group.id);
            }
            case MOVED -> {
                @Nullable GroupProgress group = groups.get(body.smallNumber());
                if (group != null) {
                    group.apply(ProgressDelta.decode(body));
                }
            }
            case FORGOTTEN -> groups.remove(body.smallNumber());
            default ->
                throw new IllegalStateException("the log has an internal record of kind " + kind
                        + ", which this program does not know; start the version that wrote it");
        }
    }

    @Override
    public void idempotencyKey(long high, long low, long sequence, long timeMicros) {
        keys.restore(high, low, sequence, timeMicros);
    }

    @Override
    public ByteBuffer snapshot() {
        Bytes to = new Bytes().number(SNAPSHOT_VERSION).number(lastId).number(groups.size());
        groups.values().forEach(group -> group.write(to.number(group.first)));
        return ByteBuffer.wrap(to.array(), 0, to.size());
    }
}
