package com.busdk.gateway.usage;

import com.busdk.client.event.Envelope;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A kind of use, and how the history of events tells of its end. Called on the sweep's context; does not block. */
public interface UseKind {
    /**
     * What it is called.
     *
     * @return as in {@link Use#kind}
     */
    String word();

    /**
     * Where a worker says how it ended.
     *
     * @return the event's name
     */
    String response();

    /**
     * What the response is known by.
     *
     * @param operation of the use
     * @return its correlation id
     */
    String correlationId(String operation);

    /**
     * Whether it is worth a look for its response before its time is over.
     *
     * @param operation of the use
     * @param before a time of a moment ago
     * @return true if it is said to have ended before that
     */
    boolean mayHaveEnded(String operation, Instant before);

    /**
     * How long a response is still awaited when its provider has stopped waiting for it.
     *
     * @return not below zero
     */
    default Duration patience() {
        return Duration.ZERO;
    }

    /**
     * What its response says, judged as the provider that asked would have done.
     *
     * @param use the use
     * @param requestedAt when it was asked for
     * @param response of the worker
     * @return what a record that it is finished has to say
     * @throws com.busdk.client.http.ApiException if it failed; its type is the word for the record
     */
    ObjectNode outcome(Use use, Instant requestedAt, Envelope response);

    /**
     * How long it went on until it was ended early, as its worker says.
     *
     * @param use the use
     * @param response of the worker, which says that it failed
     * @return not below zero; empty if it does not say
     */
    default Optional<Duration> used(Use use, Envelope response) {
        return Optional.empty();
    }
}
