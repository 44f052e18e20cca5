package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * State kept in a log's internal records, for tests: the list of all their bodies as numbers. Its snapshot grows with
 * it, so that it takes several records.
 */
final class Ledger implements LogState {
    static final byte KIND = 7;

    private final List<Long> entries = new ArrayList<>();
    private final List<Key> keys = new ArrayList<>();
    private int restored;

    /** A key that recovery has shown. */
    record Key(long high, long low, long sequence) {}

    List<Long> entries() {
        return entries;
    }

    List<Key> keys() {
        return keys;
    }

    int restored() {
        return restored;
    }

    static void append(EventLog log, long value, long timeMicros) throws LogUnavailableException {
        byte[] body = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
        log.appendInternal(KIND, body, 0, body.length, timeMicros);
    }

    @Override
    public void restore(ByteBuffer snapshot) {
        if (!entries.isEmpty()) {
            throw new AssertionError("restored behind a replay");
        }
        restored++;
        while (snapshot.hasRemaining()) {
            entries.add(snapshot.getLong());
        }
    }

    @Override
    public void replay(byte kind, long sequence, long timeMicros, ByteBuffer body) {
        if (kind != KIND || body.remaining() != Long.BYTES) {
            throw new AssertionError("kind " + kind + " with " + body.remaining() + " bytes was never written");
        }
        entries.add(body.getLong());
    }

    @Override
    public void idempotencyKey(long high, long low, long sequence, long timeMicros) {
        keys.add(new Key(high, low, sequence));
    }

    @Override
    public ByteBuffer snapshot() {
        ByteBuffer snapshot = ByteBuffer.allocate(Long.BYTES * entries.size());
        entries.forEach(snapshot::putLong);
        return snapshot.flip();
    }
}
