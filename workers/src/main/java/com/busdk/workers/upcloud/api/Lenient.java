package com.busdk.workers.upcloud.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads fields as leniently as the API writes them: the same number is a JSON number in one answer and a string in
 * another, and a list stands inside an object of its own or does not. What is absent is unknown. Stateless.
 */
final class Lenient {
    static final ObjectMapper MAPPER = new ObjectMapper();

    /** Longest text of an answer that is kept: titles have 255 characters. */
    private static final int MAX_TEXT_CHARS = 1_024;

    private Lenient() {}

    /** A text, a number as text; empty if it is absent, null or something else. */
    static String text(JsonNode object, String field) {
        JsonNode value = object.path(field);
        String text = value.isTextual() || value.isNumber() ? value.asText() : "";
        return text.length() > MAX_TEXT_CHARS ? "" : text;
    }

    /** A whole number, whether it is written as a number or as a string. */
    static OptionalLong number(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (value.isNumber()) {
            return OptionalLong.of(value.asLong());
        }
        try {
            return value.isTextual()
                    ? OptionalLong.of(Long.parseLong(value.asText().strip()))
                    : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The items of {@code {"outer":{"inner":[…]}}} or {@code {"outer":[…]}}; none if it is absent. */
    static List<JsonNode> items(JsonNode object, String outer, String inner) {
        JsonNode value = object.path(outer);
        JsonNode list = value.isArray() ? value : value.path(inner);
        List<JsonNode> items = new ArrayList<>();
        list.forEach(items::add);
        return items;
    }
}
