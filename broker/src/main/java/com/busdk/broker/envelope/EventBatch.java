package com.busdk.broker.envelope;

import java.util.Arrays;

/**
 * Encoded events on their way into the log.
 *
 * <p>Of each event it holds the <em>tail</em>: the stored line without the prefix that only the log can know. A line is
 *
 * <pre>{"id":"evt_…","sequence":N,"createdAt":"…",  &lt;- prefix, written by the log
 * "name":"a.b","correlationId":"…","identityId":"…","key":"…","metadata":{…},"error":{…},"payload":…}\n  &lt;- tail</pre>
 *
 * <p>Strings that the hub compares (correlation id, owner, key) are encoded in one canonical way (see
 * {@link JsonText}), so that equal strings are equal bytes.
 *
 * <p>Thread: filled by one event loop, then handed over with a publish and never touched again by the one who filled
 * it.
 */
public final class EventBatch {
    /** Where the name starts in every tail: behind {@code "name":"}. */
    public static final int NAME_OFFSET = 8;

    private static final int STRIDE = 10;
    private static final int START = 0;
    private static final int LENGTH = 1;
    private static final int NAME_LENGTH = 2;
    private static final int NAME_HASH = 3;
    private static final int CORRELATION_OFFSET = 4;
    private static final int CORRELATION_LENGTH = 5;
    private static final int OWNER_OFFSET = 6;
    private static final int OWNER_LENGTH = 7;
    private static final int KEY_OFFSET = 8;
    private static final int KEY_LENGTH = 9;

    private byte[] bytes;
    private int size;
    private int count;
    private int[] fields;
    private long[] idempotency = NO_KEYS;
    private static final long[] NO_KEYS = {};

    /** A batch that expects about this many bytes and events; both grow. */
    public EventBatch(int expectedBytes, int expectedEvents) {
        bytes = new byte[Math.max(64, expectedBytes)];
        fields = new int[Math.max(1, expectedEvents) * STRIDE];
    }

    /** Number of events. */
    public int count() {
        return count;
    }

    /** Bytes of all tails together. */
    public int size() {
        return size;
    }

    /** About what it takes in memory, with the room that it has for more. */
    public long memoryBytes() {
        return bytes.length + 4L * fields.length + 8L * idempotency.length;
    }

    /** The array that holds the tails; valid until the next {@link #ensure}. */
    public byte[] bytes() {
        return bytes;
    }

    /** Makes room for that many more bytes and returns the array to write them to, from {@link #size} on. */
    public byte[] ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
        }
        return bytes;
    }

    /**
     * Adds the event whose tail was written from {@link #size} on.
     *
     * @param length bytes of the tail, with its line feed
     * @param correlationOffset where the correlation id's encoded text starts in the tail; length 0 = none
     * @param ownerOffset likewise the owner ({@code identityId})
     * @param keyOffset likewise the ordering key
     */
    public void add(
            int length,
            int nameLength,
            int correlationOffset,
            int correlationLength,
            int ownerOffset,
            int ownerLength,
            int keyOffset,
            int keyLength) {
        int at = count * STRIDE;
        if (at == fields.length) {
            fields = Arrays.copyOf(fields, fields.length * 2);
        }
        fields[at + START] = size;
        fields[at + LENGTH] = length;
        fields[at + NAME_LENGTH] = nameLength;
        fields[at + NAME_HASH] = NameHash.of(bytes, size + NAME_OFFSET, nameLength);
        fields[at + CORRELATION_OFFSET] = correlationOffset;
        fields[at + CORRELATION_LENGTH] = correlationLength;
        fields[at + OWNER_OFFSET] = ownerOffset;
        fields[at + OWNER_LENGTH] = ownerLength;
        fields[at + KEY_OFFSET] = keyOffset;
        fields[at + KEY_LENGTH] = keyLength;
        size += length;
        count++;
    }

    /** Adds the events of another batch, without idempotency keys. */
    public void addAll(EventBatch other) {
        for (int i = 0; i < other.count; i++) {
            int length = other.length(i);
            System.arraycopy(other.bytes, other.start(i), ensure(length), size, length);
            add(
                    length,
                    other.nameLength(i),
                    other.correlationOffset(i),
                    other.correlationLength(i),
                    other.ownerOffset(i),
                    other.ownerLength(i),
                    other.keyOffset(i),
                    other.keyLength(i));
        }
    }

    /**
     * Gives the event added last an idempotency key: a 128-bit hash of the publisher's identity and its key. All zero
     * means none and is never produced by the hash in practice.
     */
    public void idempotencyKey(long high, long low) {
        int need = count * 2;
        if (idempotency.length < need) {
            idempotency = Arrays.copyOf(idempotency, Math.max(need, idempotency.length * 2));
        }
        idempotency[need - 2] = high;
        idempotency[need - 1] = low;
    }

    /** Whether event {@code index} carries an idempotency key. */
    public boolean hasIdempotencyKey(int index) {
        return index * 2 + 1 < idempotency.length && (idempotency[index * 2] | idempotency[index * 2 + 1]) != 0;
    }

    public long idempotencyHigh(int index) {
        return idempotency[index * 2];
    }

    public long idempotencyLow(int index) {
        return idempotency[index * 2 + 1];
    }

    /** Where the tail of event {@code index} starts in {@link #bytes}. */
    public int start(int index) {
        return fields[index * STRIDE + START];
    }

    /** Bytes of the tail, with its line feed. */
    public int length(int index) {
        return fields[index * STRIDE + LENGTH];
    }

    public int nameLength(int index) {
        return fields[index * STRIDE + NAME_LENGTH];
    }

    /** {@link NameHash} of the name. */
    public int nameHash(int index) {
        return fields[index * STRIDE + NAME_HASH];
    }

    public int correlationOffset(int index) {
        return fields[index * STRIDE + CORRELATION_OFFSET];
    }

    public int correlationLength(int index) {
        return fields[index * STRIDE + CORRELATION_LENGTH];
    }

    public int ownerOffset(int index) {
        return fields[index * STRIDE + OWNER_OFFSET];
    }

    public int ownerLength(int index) {
        return fields[index * STRIDE + OWNER_LENGTH];
    }

    public int keyOffset(int index) {
        return fields[index * STRIDE + KEY_OFFSET];
    }

    public int keyLength(int index) {
        return fields[index * STRIDE + KEY_LENGTH];
    }
}
