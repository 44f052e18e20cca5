package com.busdk.gateway.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;

/** JSON as trees, for bodies and payloads that are bounded already. Stateless, any thread. */
public final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonParser.Feature.AUTO_CLOSE_SOURCE)
            .build();

    private Json() {}

    /**
     * An object to be filled.
     *
     * @return an empty object
     */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /**
     * Reads a request's body.
     *
     * @param body UTF-8
     * @return the one object that it is
     * @throws ApiException {@code bad_request} if it is anything else, also with something behind it or a field twice
     */
    public static ObjectNode body(byte[] body) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
            throw bad("the body is not one JSON object" + (at >= 0 ? ": it goes wrong at byte " + at : ""));
        } catch (IOException e) {
            throw bad("the body is not one JSON object");
        }
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw bad("the body is a JSON object, such as {\"profile\":\"codex\"}");
    }

    /**
     * Refuses a body that says something.
     *
     * @param body UTF-8
     * @throws ApiException {@code bad_request} unless it is nothing or an object without fields
     */
    public static void checkEmpty(byte[] body) {
        if (body.length > 0 && !isEmptyObject(body)) {
            throw bad("this takes no body, or an empty object: send nothing, or {}");
        }
    }

    private static boolean isEmptyObject(byte[] body) {
        try {
            return MAPPER.readTree(body) instanceof ObjectNode object && object.isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Reads an event's payload.
     *
     * @param payload JSON text
     * @return the object, or empty if it is something else
     */
    public static Optional<ObjectNode> payload(String payload) {
        try {
            return MAPPER.readTree(payload) instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /**
     * Writes a tree.
     *
     * @param tree anything
     * @return its bytes in UTF-8
     */
    public static byte[] bytes(JsonNode tree) {
        try {
            return MAPPER.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can be written", e);
        }
    }

    private static ApiException bad(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }
}
