package com.busdk.broker.contract.harness;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** JSON as the tests read and write it, with no limits of its own. */
public final class Json {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(10_000)
                    .maxNumberLength(10_000_000)
                    .maxStringLength(100_000_000)
                    .build())
            .build();

    private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

    private Json() {}

    /** The tree of a text that has to be one JSON value. */
    public static JsonNode parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            JsonNode tree = MAPPER.readTree(parser);
            if (tree == null || parser.nextToken() != null) {
                throw new AssertionError("this is not one JSON value: " + shorten(text));
            }
            return tree;
        } catch (IOException e) {
            throw new AssertionError("this is not JSON: " + shorten(text), e);
        }
    }

    /** A string with its quotes, escaped as far as JSON needs it. */
    public static String quote(String text) {
        try {
            return MAPPER.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The very text of a field of the outermost object, cut out of it byte for byte; null where there is none. */
    public static String rawField(String object, String field) {
        byte[] bytes = object.getBytes(StandardCharsets.UTF_8);
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = parser.currentName().equals(field);
                JsonToken token = parser.nextToken();
                long start = parser.currentTokenLocation().getByteOffset();
                long end;
                if (token.isStructStart() || token == JsonToken.VALUE_STRING) {
                    parser.skipChildren();
                    parser.finishToken();
                    end = parser.currentLocation().getByteOffset();
                } else {
                    end = start + parser.getText().length();
                }
                if (wanted) {
                    return new String(Arrays.copyOfRange(bytes, (int) start, (int) end), StandardCharsets.UTF_8);
                }
            }
            return null;
        } catch (IOException e) {
            throw new AssertionError("this is not a JSON object: " + shorten(object), e);
        }
    }

    /** Fails where an object has a field twice, not looking into its values. */
    static void requireDistinctFields(String object) {
        Set<String> seen = new HashSet<>();
        try (JsonParser parser = FACTORY.createParser(object)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                if (!seen.add(parser.currentName())) {
                    throw new AssertionError(parser.currentName() + " is there twice: " + shorten(object));
                }
                parser.nextToken();
                parser.skipChildren();
            }
        } catch (IOException e) {
            throw new AssertionError("this is not a JSON object: " + shorten(object), e);
        }
    }

    static String shorten(String text) {
        return text.length() <= 500 ? text : text.substring(0, 500) + "… (" + text.length() + " characters)";
    }
}
