package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.LogUnavailableException;
import com.busdk.broker.envelope.EventBatch;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** An internal record of a group, with the events (dead letters) that belong into the same commit. */
public final class ProgressRequest extends WriteRequest {
    private final int group;
    private final byte kind;
    private final Bytes body;
    private final @Nullable EventBatch events;
    private final Outcome outcome;

    /** Told on the group's loop what became of it. */
    @FunctionalInterface
    interface Outcome {
        /** @param failure null when the record is durable */
        void settled(@Nullable LogUnavailableException failure);
    }

    ProgressRequest(Loop loop, int group, byte kind, Bytes body, @Nullable EventBatch events, Outcome outcome) {
        super(loop);
        this.group = group;
        this.kind = kind;
        this.body = body;
        this.events = events;
        this.outcome = outcome;
    }

    /** Number of the group. */
    public int group() {
        return group;
    }

    /** One of {@link Progress}'s. */
    public byte kind() {
        return kind;
    }

    /** The record. */
    public ByteBuffer body() {
        return ByteBuffer.wrap(body.array(), 0, body.size());
    }

    /** Events that belong to the record, or null. */
    public @Nullable EventBatch events() {
        return events;
    }

    @Override
    public int bytes() {
        return body.size() + 100 + (events == null ? 0 : events.size() + events.count() * 200);
    }

    @Override
    void stage(LogWriter writer, long nowMicros) throws LogUnavailableException {
        writer.log().appendInternal(kind, body.array(), 0, body.size(), nowMicros);
        if (events != null) {
            for (int i = 0; i < events.count(); i++) {
                writer.log().append(events, i, nowMicros);
            }
        }
    }

    @Override
    void committed(LogWriter writer) {
        writer.progress().apply(kind, new Bytes.Reader(ByteBuffer.wrap(body.array(), 0, body.size())));
    }

    @Override
    void settle() {
        outcome.settled(failure);
    }
}
