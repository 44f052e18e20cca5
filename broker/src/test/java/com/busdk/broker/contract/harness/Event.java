package com.busdk.broker.contract.harness;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * An envelope as a stream had it.
 *
 * @param line the very line
 * @param tree the same, read
 */
public record Event(String line, JsonNode tree) {
    public Event(String line) {
        this(line, Json.parse(line));
        Json.requireDistinctFields(line);
    }

    public String id() {
        return text("id");
    }

    public String name() {
        return text("name");
    }

    public long sequence() {
        return tree.path("sequence").asLong(-1);
    }

    /** The payload's very text. */
    public String payload() {
        return Json.rawField(line, "payload");
    }

    /** A text field, empty where it is absent. */
    public String text(String field) {
        return tree.path(field).asText("");
    }

    /** The token of a lease, empty where the event has none. */
    public String token() {
        return tree.path("delivery").path("token").asText("");
    }

    /** Which try of delivering it this is, 0 where it is not said. */
    public int attempt() {
        return tree.path("delivery").path("attempt").asInt(0);
    }

    public boolean has(String field) {
        return tree.has(field);
    }

    @Override
    public String toString() {
        return Json.shorten(line);
    }
}
