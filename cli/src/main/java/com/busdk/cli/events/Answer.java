package com.busdk.cli.events;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes out of an answer of the service what a table shows. What is missing shows as {@code -}: an older service may not
 * have it, and a table is no place to fail.
 */
final class Answer {
    private static final String NONE = "-";

    private Answer() {}

    /** The elements of the array of that name, or of the answer itself. */
    static List<JsonNode> items(JsonNode answer, String name) {
        JsonNode array = answer.isArray() ? answer : answer.path(name);
        List<JsonNode> items = new ArrayList<>();
        array.forEach(items::add);
        return items;
    }

    /** The number of a field, which may be a lower bound: people see that before it, programs in a field of its own. */
    static String count(JsonNode node, String field, boolean forPeople) {
        String count = text(node, field);
        return forPeople && node.path(field + "IsAtLeast").asBoolean() ? "≥ " + count : count;
    }

    /** The text of a field. */
    static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isMissingNode() || value.isNull() ? NONE : value.isValueNode() ? value.asText() : value.toString();
    }
}
