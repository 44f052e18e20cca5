package com.busdk.cli.events;

import com.busdk.cli.term.Fields;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The lists of an answer of the service, and counts that may be lower bounds. Stateless. */
final class Answer {
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
        String count = Fields.text(node, field);
        return forPeople && node.path(field + "IsAtLeast").asBoolean() ? "≥ " + count : count;
    }
}
