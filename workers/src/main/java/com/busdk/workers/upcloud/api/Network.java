package com.busdk.workers.upcloud.api;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A network. Names are not unique, and the provider's own utility networks are called "Private …", so that name and type
 * both count. Immutable.
 *
 * @param uuid its id
 * @param name what a person calls it
 * @param type {@code public}, {@code utility} or {@code private}
 * @param zone where it is
 */
public record Network(String uuid, String name, String type, String zone) {
    static Network of(JsonNode json) {
        return new Network(
                Lenient.text(json, "uuid"),
                Lenient.text(json, "name"),
                Lenient.text(json, "type"),
                Lenient.text(json, "zone"));
    }

    /**
     * Whether it belongs to the account alone.
     *
     * @return true for type {@code private}
     */
    public boolean isPrivate() {
        return type.equals("private");
    }
}
