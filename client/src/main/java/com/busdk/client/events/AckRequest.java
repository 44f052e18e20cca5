package com.busdk.client.events;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settles leases of a group.
 *
 * <p>Example: {@code client.settle(AckRequest.ack("workers", tokens))}.
 *
 * @param group the consumer group
 * @param ack tokens of events that are done
 * @param nack leases to give back
 * @param reject leases whose events become dead letters at once
 * @param extend tokens whose leases begin anew
 */
public record AckRequest(String group, List<String> ack, List<Nack> nack, List<Reject> reject, List<String> extend) {
    /** Keeps copies. */
    public AckRequest {
        ack = List.copyOf(ack);
        nack = List.copyOf(nack);
        reject = List.copyOf(reject);
        extend = List.copyOf(extend);
    }

    /**
     * Acknowledges events.
     *
     * @param group the consumer group
     * @param tokens their leases' tokens
     * @return the request
     */
    public static AckRequest ack(String group, List<String> tokens) {
        return new AckRequest(group, tokens, List.of(), List.of(), List.of());
    }

    /** How many leases it is about. */
    int size() {
        return ack.size() + nack.size() + reject.size() + extend.size();
    }

    /**
     * A lease to give back.
     *
     * @param token the lease's token
     * @param delay how long the event waits before it goes to another consumer; null for the group's own back-off
     * @param reason why, for the dead letter it may become; null for none
     */
    public record Nack(
            String token,
            @Nullable Duration delay,
            @Nullable String reason) {
        /** Refuses a negative delay. */
        public Nack {
            if (delay != null && delay.isNegative()) {
                throw new IllegalArgumentException("a delay is not negative");
            }
        }
    }

    /**
     * A lease whose event nobody can do.
     *
     * @param token the lease's token
     * @param reason why, for the dead letter; null for none
     */
    public record Reject(String token, @Nullable String reason) {}
}
