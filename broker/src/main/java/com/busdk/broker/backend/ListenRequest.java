package com.busdk.broker.backend;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a stream wants.
 *
 * @param names exact names, or patterns where {@code wildcards}
 * @param wildcards names are patterns: {@code *} stands for one word, a last {@code >} for one or more
 * @param ownerView only events of that owner, null for all
 * @param correlationId only events with it, null for all
 * @param start where to begin (a group that exists already goes on where it stands)
 * @param follow go on with live events after the history
 * @param limit end after so many events, 0 for no limit
 * @param group the group to compete in, null for broadcast
 */
public record ListenRequest(
        List<String> names,
        boolean wildcards,
        @Nullable String ownerView,
        @Nullable String correlationId,
        Start start,
        boolean follow,
        long limit,
        Framing framing,
        @Nullable GroupMember group) {
    public ListenRequest {
        names = List.copyOf(names);
        if (names.isEmpty() || limit < 0) {
            throw new IllegalArgumentException("a stream has a name and no negative limit");
        }
    }

    /** Where a stream begins. */
    public sealed interface Start {
        /** With the next event. */
        record Live() implements Start {}

        /** With the oldest retained one. */
        record Oldest() implements Start {}

        /** Behind that one. */
        record After(EventId id) implements Start {}

        /** With the first one created then or later. */
        record Since(long timeMicros) implements Start {}
    }

    /** How an event is framed on the wire. */
    public enum Framing {
        /** The stored line. */
        NDJSON,
        /** {@code id:}, {@code event:}, {@code data:} and an empty line. */
        SSE
    }

    /**
     * A consumer of a group.
     *
     * @param identity the subject whose tokens these leases are
     * @param explicit acknowledged by the consumer, else by the delivery itself
     * @param ordered events with the same key one at a time
     * @param maxInFlight events out at this consumer at most
     * @param ackWait how long a lease lasts
     * @param maxDeliveries deliveries before an event becomes a dead letter
     */
    public record GroupMember(
            String group,
            String consumer,
            String identity,
            boolean explicit,
            boolean ordered,
            int maxInFlight,
            Duration ackWait,
            int maxDeliveries) {}
}
