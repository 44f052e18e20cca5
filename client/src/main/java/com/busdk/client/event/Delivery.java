package com.busdk.client.event;

import org.jspecify.annotations.Nullable;

/**
 * How an event came to this consumer of a group (unicast only).
 *
 * @param group the consumer group
 * @param consumer the consumer that has the event
 * @param attempt 1 for the first delivery, more for each redelivery
 * @param token the lease's token, by which the event is acknowledged; null unless the stream has {@code ack=explicit}
 */
public record Delivery(
        String group,
        String consumer,
        int attempt,
        @Nullable String token) {
    /** Refuses an attempt below 1. */
    public Delivery {
        if (attempt < 1) {
            throw new IllegalArgumentException("delivery.attempt is " + attempt + ": the first is 1");
        }
    }

    /** Without the token, which is a right to acknowledge and has no place in a log. */
    @Override
    public String toString() {
        return "Delivery[group=" + group + ", consumer=" + consumer + ", attempt=" + attempt + ']';
    }
}
