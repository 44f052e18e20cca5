package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;

/**
 * State that lives in the log beside the events: the fold of internal records. Its owner folds each record after the
 * commit that made it durable; each new segment begins with a snapshot of it, so that recovery reads one segment.
 *
 * <p>Thread: the log's opener during recovery, then its writer.
 */
public interface LogState {
    /** Recovery, first: the snapshot with which the newest segment begins; not called for a new log. */
    void restore(ByteBuffer snapshot);

    /**
     * Recovery, then: each internal record behind that snapshot, in order.
     *
     * @param sequence the head when it was appended: events below came before it
     */
    void replay(byte kind, long sequence, long timeMicros, ByteBuffer body);

    /** Recovery: each idempotency key that is not older than the log was told to keep. In log order. */
    void idempotencyKey(long high, long low, long sequence, long timeMicros);

    /** The state now, for the start of a new segment; any size, the log splits it over records. */
    ByteBuffer snapshot();

    /** A log whose internal records nobody needs. */
    LogState NONE = new LogState() {
        @Override
        public void restore(ByteBuffer snapshot) {}

        @Override
        public void replay(byte kind, long sequence, long timeMicros, ByteBuffer body) {}

        @Override
        public void idempotencyKey(long high, long low, long sequence, long timeMicros) {}

        @Override
        public ByteBuffer snapshot() {
            return ByteBuffer.allocate(0);
        }
    };
}
