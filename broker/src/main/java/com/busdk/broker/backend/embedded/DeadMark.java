package com.busdk.broker.backend.embedded;

import org.jspecify.annotations.Nullable;

/**
 * A dead letter of a group, as its progress keeps it; the event itself stays in the log.
 *
 * @param attempts deliveries it had
 * @param reason the last one that a consumer gave, or why the hub gave up
 * @param timeMicros when it died
 */
public record DeadMark(
        long sequence, int attempts, @Nullable String reason, long timeMicros) {
    /** What one takes of a record at most: three bytes for each character of its reason, and four numbers. */
    static final int MAX_BYTES = 3 * DeadLetters.MAX_REASON_CHARS + 4 * Bytes.MAX_NUMBER_BYTES;

    public void write(Bytes to) {
        to.number(sequence).number(attempts).text(reason).number(timeMicros);
    }

    public static DeadMark read(Bytes.Reader from) {
        return new DeadMark(from.number(), from.smallNumber(), from.text(), from.number());
    }
}
