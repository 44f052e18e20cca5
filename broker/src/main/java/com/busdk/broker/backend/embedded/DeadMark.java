package com.busdk.broker.backend.embedded;

import org.jspecify.annotations.Nullable;

/**
 * A dead letter of a group, as its progress keeps it; the event itself stays in the log.
 *
 * @param attempts deliveries it had
 * @param reason the last one that a consumer gave, or why the hub gave up
 * @param timeMicros when it died
 */
record DeadMark(long sequence, int attempts, @Nullable String reason, long timeMicros) {
    /** The same, of which it is not kept why it died. */
    DeadMark withoutReason() {
        return new DeadMark(sequence, attempts, null, timeMicros);
    }

    void write(Bytes to) {
        to.number(sequence).number(attempts).text(reason).number(timeMicros);
    }

    static DeadMark read(Bytes.Reader from) {
        return new DeadMark(from.number(), from.smallNumber(), from.text(), from.number());
    }
}
