package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A whole answer.
 *
 * @param headers values by name in lower case
 */
public record Answer(int status, Map<String, List<String>> headers, String body) {
    /** The header's value, or empty where it is absent. */
    public Optional<String> header(String name) {
        List<String> values = headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
        return values.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", values));
    }

    /** The body as JSON. */
    public JsonNode json() {
        return Json.parse(body);
    }

    /** This answer, which has to have that status. */
    public Answer expect(int wanted) {
        assertEquals(wanted, status, () -> "status of the answer " + Json.shorten(body));
        return this;
    }

    /**
     * Holds an error answer against the contract: status, content type, shape, type and that its message has these
     * words in it.
     *
     * @return the object below {@code error}
     */
    public JsonNode expectError(int wanted, String type, String... words) {
        expect(wanted);
        assertTrue(
                header("content-type").orElse("").startsWith("application/json"),
                () -> "an error is application/json, this was " + header("content-type"));
        JsonNode tree = json();
        assertEquals(List.of("error"), names(tree), "an error body has one field");
        JsonNode error = tree.get("error");
        assertEquals(type, error.path("type").asText(), () -> "type of " + body);
        String message = error.path("message").asText();
        assertTrue(!message.isBlank(), "an error has a message");
        for (String word : words) {
            assertTrue(
                    message.toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT)),
                    () -> "the message has to say \"" + word + "\": " + message);
        }
        return error;
    }

    private static List<String> names(JsonNode tree) {
        return tree.properties().stream().map(Map.Entry::getKey).toList();
    }
}
