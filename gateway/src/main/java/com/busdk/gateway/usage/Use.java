package com.busdk.gateway.usage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * One use, and its records: that it was requested, and one end. Both ends have the same id, so that a use has one end
 * however many write it: the provider that was asked, and others that believe it dead ({@link UsageSweep}). The first one
 * counts. Immutable.
 *
 * @param kind what is used, such as {@code container_run}; with a word behind it the records' type
 * @param operation tells it from all others; made by a provider, never by its caller
 * @param account the caller's {@code sub}
 * @param facts what all its records say; not changed by anybody
 */
public record Use(String kind, String operation, String account, ObjectNode facts) {
    /** How long its provider waits for the end, in the record of the request: nobody else may end it before. */
    static final String WAIT = "wait_seconds";

    static final String REQUESTED = "_requested";
    static final String REQUESTED_ID = "-requested";
    static final String ENDED_ID = "-ended";

    /** Errors of what went on until somebody ended it, as its worker calls them. */
    private static final Set<String> ENDED_EARLY = Set.of("timeout", "cancelled");

    /**
     * It is asked for, now.
     *
     * @param wait how long its provider waits at most for its end
     * @return the record
     */
    public UsageRecord requested(Duration wait) {
        Duration whole = wait.plusSeconds(1).minusNanos(1); // rounded up
        ObjectNode data = facts.deepCopy().put(WAIT, whole.toSeconds());
        return new UsageRecord(kind + REQUESTED, operation + REQUESTED_ID, account, Instant.now(), data);
    }

    /**
     * It has been used.
     *
     * @param at when it ended
     * @param outcome what there is to say of that
     * @return the record
     */
    public UsageRecord finished(Instant at, ObjectNode outcome) {
        ObjectNode data = facts.deepCopy();
        data.setAll(outcome);
        return new UsageRecord(kind + "_finished", operation + ENDED_ID, account, at, data);
    }

    /**
     * It came to nothing.
     *
     * @param at when that was known
     * @param error a word for why
     * @return the record
     */
    public UsageRecord failed(Instant at, String error) {
        return failed(at, facts.deepCopy().put("error", error));
    }

    /**
     * It came to nothing, or was ended early. Where it was ended by its time or by its owner, and its worker says how long
     * it went on until then, so does the record, so that it can be billed. Time in which nothing went on, as while it waited
     * for a machine, is nobody's to pay for: where the worker says nothing, there is none.
     *
     * @param at when that was known
     * @param error a word for why
     * @param used how long it went on, not below zero, if its worker says so
     * @return the record, with {@code duration_ms} for {@code timeout} and {@code cancelled}
     */
    public UsageRecord failed(Instant at, String error, Optional<Duration> used) {
        ObjectNode data = facts.deepCopy().put("error", error);
        used.filter(_ -> ENDED_EARLY.contains(error)).ifPresent(time -> data.put("duration_ms", time.toMillis()));
        return failed(at, data);
    }

    private UsageRecord failed(Instant at, ObjectNode data) {
        return new UsageRecord(kind + "_failed", operation + ENDED_ID, account, at, data);
    }
}
