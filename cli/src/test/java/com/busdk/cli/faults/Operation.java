package com.busdk.cli.faults;

import java.util.List;

/**
 * Something that a client did or saw. The order in which the {@link History} has them is that of one clock: what stands
 * before another was over, or had begun, before that began, or was seen.
 */
sealed interface Operation {
    /** A publish is about to be sent, perhaps again with the same idempotency key. Whether it counts is not known yet. */
    record Sent(Value value) implements Operation {}

    /**
     * A publish was answered with 202.
     *
     * @param id as answered; empty where the answer to many has no id for each
     */
    record Accepted(Value value, String id) implements Operation {}

    /** A broadcast listener, which goes on behind its last event when its connection breaks, read an event. */
    record Heard(String listener, Line line) implements Operation {}

    /** Somebody is about to read all that is stored. */
    record ReadBegun(int read) implements Operation {}

    /** That reading came to its proper end. */
    record ReadEnded(int read, List<Line> lines) implements Operation {
        public ReadEnded {
            lines = List.copyOf(lines);
        }
    }

    /**
     * A consumer of the group got a lease.
     *
     * @param life which process of the service gave it, counted from 0
     * @param attempt as the delivery has it
     * @param token of the lease
     */
    record Delivered(int life, String consumer, Line line, int attempt, String token) implements Operation {}

    /** An acknowledgement is about to be sent, perhaps again. */
    record AckSent(String token) implements Operation {}

    /** An acknowledgement was answered, and counted. */
    record AckTaken(String token) implements Operation {}
}
