package com.busdk.cli.term;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Takes out of an answer what a table shows. What is missing shows as {@code -}: an older service may not have it, and a
 * table is no place to fail. Stateless.
 */
public final class Fields {
    private static final String NONE = "-";

    private Fields() {}

    /** The text of a field; of an object its JSON, and {@code -} for an empty one. */
    public static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        boolean nothing = value.isMissingNode() || value.isNull() || value.isContainerNode() && value.isEmpty();
        return nothing ? NONE : value.isValueNode() ? value.asText() : value.toString();
    }
}
