package com.busdk.workers.billing;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How an account stands. Immutable.
 *
 * @param status in a word of the contract
 * @param plan what was subscribed to
 * @param features what it entitles to while it is active
 * @param occurredAt when it became so, to the microsecond
 * @param sequence tells apart what happened at one time, at least 0; the greater one is later
 */
record Subscription(Status status, Optional<String> plan, List<String> features, Instant occurredAt, long sequence) {
    /** The states of a subscription; an account without one is {@code missing}. */
    enum Status {
        /** It was begun and is not paid. */
        INCOMPLETE,
        /** It may be used. */
        ACTIVE,
        /** Its payment is late. */
        PAST_DUE,
        /** It is over. */
        CANCELED;

        /** As answers and tables have it. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Status> find(String word) {
            for (Status status : values()) {
                if (status.word().equals(word)) {
                    return Optional.of(status);
                }
            }
            return Optional.empty();
        }
    }

    /** Keeps a copy. */
    Subscription {
        features = List.copyOf(features);
    }

    boolean isActive() {
        return status == Status.ACTIVE;
    }

    /** Whether this is how things stood before another; what is of the same moment is not before. */
    boolean isBefore(Subscription other) {
        int time = occurredAt.compareTo(other.occurredAt);
        return time < 0 || time == 0 && sequence < other.sequence;
    }
}
