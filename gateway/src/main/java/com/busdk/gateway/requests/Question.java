package com.busdk.gateway.requests;

import com.busdk.client.event.EventName;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Map;

/**
 * What a worker is asked.
 *
 * @param name of the request event, ends in {@code .request}
 * @param owner for whom: the {@code sub} of the caller's token
 * @param payload of the request event
 * @param correlationId ties the response to it; unique
 * @param metadata goes with the request
 * @param timeout how long to wait for the response, above zero
 */
public record Question(
        String name,
        String owner,
        ObjectNode payload,
        String correlationId,
        Map<String, String> metadata,
        Duration timeout) {
    /** Refuses what is no request. */
    public Question {
        if (!EventName.isRequest(name)) {
            throw new IllegalArgumentException("a request's name ends in .request");
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("a time-out is above zero");
        }
        metadata = Map.copyOf(metadata);
    }
}
