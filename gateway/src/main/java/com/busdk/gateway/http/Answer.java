package com.busdk.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.buffer.Buffer;

/**
 * A whole answer.
 *
 * @param status the HTTP status
 * @param contentType of the body
 * @param body the body
 */
public record Answer(int status, String contentType, Buffer body) {
    /** Media type of JSON. */
    public static final String JSON = "application/json";

    /**
     * A JSON answer.
     *
     * @param status the HTTP status
     * @param tree the body
     * @return the answer
     */
    public static Answer json(int status, JsonNode tree) {
        return new Answer(status, JSON, Buffer.buffer(Json.bytes(tree)));
    }

    /**
     * {@code 200 {"ok":true}}.
     *
     * @return the answer
     */
    public static Answer ok() {
        return new Answer(200, JSON, Buffer.buffer("{\"ok\":true}"));
    }
}
