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
 * @param body read by its holder alone
 */
record JournalRecord(Kind kind, boolean last, long writer, long number, ByteBuffer body) {
    /** Bytes before the body. */
    static final int HEADER_BYTES = 19;

    private static final byte VERSION = 1;

    /** What is said, with its number on the wire. */
    enum Kind {
        /** The groups of the shard live in the writer from now on. */
        CLAIM(0),
        /** They still do. */
        RENEW(1),
        /** They live nowhere. */
        RELEASE(2),
        /** Groups have moved on: records of theirs, each as kind (u8), length (u32), bytes. */
        PROGRESS(3),
        /** What all groups of the shard have come to; everything before may go. */
        SNAPSHOT(4);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        private static @Nullable Kind of(byte code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            return null;
        }
    }

    byte[] encode() {
        return ByteBuffer.allocate(HEADER_BYTES + body.remaining())
                .put(VERSION)
                .put(kind.code)
                .put((byte) (last ? 1 : 0))
                .putLong(writer)
                .putLong(number)
                .put(body.duplicate())
                .array();
    }

    /** The record in that message; null where it is none that this program knows. */
    static @Nullable JournalRecord decode(byte[] message) {
        Kind kind = message.length < HEADER_BYTES || message[0] != VERSION ? null : Kind.of(message[1]);
        if (kind == null) {
            return null;
        }
        ByteBuffer from = ByteBuffer.wrap(message, 2, message.length - 2);
        boolean last = from.get() == 1;
        long writer = from.getLong();
        long number = from.getLong();
        return new JournalRecord(kind, last, writer, number, from.slice());
    }
}
