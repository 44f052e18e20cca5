package com.busdk.workers.upcloud.api;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A disk that servers are made from. Immutable.
 *
 * @param uuid its id
 * @param title what a person calls it; an own template may be called as a public one
 * @param state {@code online} if it can be used
 * @param zone where it can be used; empty for everywhere
 * @param sizeGb its size, 0 if unknown
 */
public record Template(String uuid, String title, String state, String zone, long sizeGb) {
    static Template of(JsonNode json) {
        return new Template(
                Lenient.text(json, "uuid"),
                Lenient.text(json, "title"),
                Lenient.text(json, "state"),
                Lenient.text(json, "zone"),
                Lenient.number(json, "size").orElse(0));
    }

    /**
     * Whether a server can be made from it.
     *
     * @param serverZone where the server will be
     * @return true if it is online and can be used there
     */
    public boolean usableIn(String serverZone) {
        return state.equals("online") && (zone.isEmpty() || zone.equals(serverZone));
    }
}
