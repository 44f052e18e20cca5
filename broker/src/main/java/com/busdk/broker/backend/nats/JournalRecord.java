package com.busdk.broker.backend.nats;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A message of a shard's journal, big-endian: version (u8), kind (u8), 1 where it is the last of its record (u8), the
 * process that wrote it (u64), its number there (u64), the body. A record that is too large for one message is several,
 * one behind the other, which no other message comes between: each is stored only if the one before it is still the last.
 *
 * @param writer the process, as a number
 * @param number the message's own, which a repeat has again
 */
record JournalRecord(Kind kind, boolean last, long writer, long number, byte[] body) {
    /** Bytes before the body. */
    static final int HEADER_BYTES = 19;

    private static final byte VERSION = 1;

    /** What is said. The order is that of the numbers on the wire: add behind, change nothing. */
    enum Kind {
        /** The groups of the shard live in the writer from now on. */
        CLAIM,
        /** They still do. */
        RENEW,
        /** They live nowhere. */
        RELEASE,
        /** Groups have moved on: records of theirs, each as kind (u8), length (u32), bytes. */
        PROGRESS,
        /** What all groups of the shard have come to; everything before may go. */
        SNAPSHOT
    }

    byte[] encode() {
        return ByteBuffer.allocate(HEADER_BYTES + body.length)
                .put(VERSION)
                .put((byte) kind.ordinal())
                .put((byte) (last ? 1 : 0))
                .putLong(writer)
                .putLong(number)
                .put(body)
                .array();
    }

    /** The record in that message; null where it is none that this program knows. */
    static @Nullable JournalRecord decode(byte[] message) {
        if (message.length < HEADER_BYTES || message[0] != VERSION || message[1] < 0) {
            return null;
        }
        Kind[] kinds = Kind.values();
        if (message[1] >= kinds.length) {
            return null;
        }
        ByteBuffer from = ByteBuffer.wrap(message, 2, message.length - 2);
        boolean last = from.get() == 1;
        long writer = from.getLong();
        long number = from.getLong();
        byte[] body = new byte[from.remaining()];
        from.get(body);
        return new JournalRecord(kinds[message[1]], last, writer, number, body);
    }
}
