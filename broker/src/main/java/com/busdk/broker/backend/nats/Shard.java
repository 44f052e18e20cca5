package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.embedded.GroupKey;
import com.busdk.broker.backend.embedded.KeyTable;
import com.busdk.broker.backend.embedded.Progress;
import com.busdk.broker.backend.embedded.ProgressRequest;
import com.busdk.broker.backend.nats.JournalRecord.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What this process knows of one shard of groups: the fold of its journal, in which process it lives, and what this one
 * is about to write where that is it. {@link Shards} decides what happens.
 *
 * <pre>
 *   AWAY ─claim→ CLAIMING ─own claim arrives→ HERE ─somebody else's claim, or no answer→ LEAVING ─dropped→ AWAY
 *                   └─ somebody was quicker → AWAY
 * </pre>
 *
 * <p>Thread: the cluster's writer.
 */
final class Shard {
    enum State {
        AWAY,
        CLAIMING,
        HERE,
        /** The hub is letting go of its groups. */
        LEAVING
    }

    /** Nobody. */
    static final long NOBODY = 0;

    final int number;
    final Progress progress = new Progress(new KeyTable(1, 1));
    State state = State.AWAY;

    /** The process that claimed it last and has not released it. */
    long owner = NOBODY;

    /** When something of the owner's came last, in this process's time. */
    long ownerSeenNanos;

    /** Sequence of the last message on its subject that has come here. */
    long lastSequence;

    /** Groups that others may ask about: a copy of the fold's keys that is never changed. Any thread reads it. */
    volatile Set<GroupKey> known = Set.of();

    /** What is being put together of a record in several messages. */
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream(0);

    private long partsFrom = -1;

    // ---- while it is here

    /** Progress that waits to be written; bounded by the writer's queue. */
    final ArrayDeque<ProgressRequest> waiting = new ArrayDeque<>();

    /** What is on its way, or null. */
    @Nullable
    Writing writing;

    /** When the last message was sent that has come back. */
    long provenNanos;

    long messagesSinceSnapshot;
    long bytesSinceSnapshot;
    long lastSnapshotBytes;

    /** Who waits to know where it lives; bounded by the requests of one process. */
    final List<Asked> asked = new ArrayList<>();

    /** Somebody needs it here although nobody asks: to forget groups. */
    boolean wanted;

    /** @param answer is told whether it lives here; called on the writer's thread */
    record Asked(long deadlineNanos, Consumer<Answer> answer) {}

    /**
     * Where it lives.
     *
     * @param process here where that is this one; {@link #NOBODY} where that could not be found out in time
     */
    record Answer(long process) {}

    /** A record on its way, in one message or several. */
    static final class Writing {
        final Kind kind;
        final byte[] body;
        final List<ProgressRequest> requests;

        /** How much of the body has come back. */
        int written;

        /** Of the message that is under way. */
        byte[] message = {};

        long messageNumber;
        int messageBody;
        long expected;

        /** When the message was sent first. */
        long sentNanos;

        long retryNanos = Long.MAX_VALUE;

        /** Sequence of the record's first message, when that has come back. */
        long firstSequence = -1;

        /** Events that go before it have been stored. */
        boolean told;

        Writing(Kind kind, byte[] body, List<ProgressRequest> requests) {
            this.kind = kind;
            this.body = body;
            this.requests = List.copyOf(requests);
        }
    }

    Shard(int number) {
        this.number = number;
    }

    /** Takes a message in; the whole record when it is the last of it, else null. */
    @Nullable
    Whole take(long sequence, JournalRecord message) {
        lastSequence = sequence;
        if (message.kind() == Kind.CLAIM || message.kind() == Kind.RELEASE) {
            parts.reset(); // whoever wrote the rest will not go on
            partsFrom = -1;
        }
        if (message.last() && parts.size() == 0) {
            return new Whole(message.kind(), message.writer(), message.body(), sequence);
        }
        partsFrom = parts.size() == 0 ? sequence : partsFrom;
        byte[] part = new byte[message.body().remaining()];
        message.body().duplicate().get(part);
        parts.writeBytes(part);
        if (!message.last()) {
            return null;
        }
        Whole whole = new Whole(message.kind(), message.writer(), ByteBuffer.wrap(parts.toByteArray()), partsFrom);
        parts.reset();
        return whole;
    }

    /** @param firstSequence of its first message */
    record Whole(Kind kind, long writer, ByteBuffer body, long firstSequence) {}
}
