package com.busdk.broker.backend.nats;

import java.util.concurrent.TimeUnit;

/**
 * How long the two sides of a stream wait for each other, in milliseconds.
 *
 * @param tick how often what is due is looked for, and so how exact the others are
 * @param joinAgain after which a join that was not answered is repeated, once: it was lost, or the answer
 * @param joinAnswer after which a join is given up
 * @param again after which the edge repeats that the stream begins or ends, where the host has not confirmed it
 * @param probe how long the host sees nothing taken of what is out before it asks whether all of it came
 * @param check how long a side hears nothing of the other before it asks whether that is still there
 * @param endOfEvent how long the end of a stream whose edge stops is waited for
 */
record Pace(long tick, long joinAgain, long joinAnswer, long again, long probe, long check, long endOfEvent) {
    /** Checks without an answer after which the other side counts as gone. */
    static final int CHECKS = 3;

    /** Twice a second: a timer that costs nothing. */
    private static final long TICK_MILLIS = 500;

    /** Far more than a join takes, and early enough for a second answer before the caller is refused. */
    private static final long JOIN_AGAIN_MILLIS = 1_500;

    /** As long as a client is left without the head of its answer. */
    private static final long JOIN_ANSWER_MILLIS = 5_000;

    private static final long AGAIN_MILLIS = 1_000;

    /** A message that is lost stops the consumer for so long; a peer that reads slowly costs one message in that time. */
    private static final long PROBE_MILLIS = 2_000;

    /** What an idle stream costs: a message and its answer in that time. */
    private static final long CHECK_MILLIS = 10_000;

    /** As long as the hub leaves its own streams for the end of an event. */
    private static final long END_OF_EVENT_MILLIS = 5_000;

    static final Pace NORMAL = new Pace(
            TICK_MILLIS,
            JOIN_AGAIN_MILLIS,
            JOIN_ANSWER_MILLIS,
            AGAIN_MILLIS,
            PROBE_MILLIS,
            CHECK_MILLIS,
            END_OF_EVENT_MILLIS);

    /** A clock that only goes forward. */
    static long upMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
