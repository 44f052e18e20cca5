package com.busdk.client.event;

import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and writes envelopes with Jackson's streaming parser; the payload is cut out of the bytes, never rebuilt. */
final class EnvelopeJson {
    /** Numbers are passed through as text, so their length is bounded by the event alone. */
    private static final int MAX_NUMBER_CHARS = 64 * 1024 * 1024;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES) // names of strangers do not belong into the string pool
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(EventLimits.MAX_NESTING)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .build())
            .build();

    private static final DateTimeFormatter MICROSECONDS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private EnvelopeJson() {}

    /** Checks that the text is one JSON value, and turns the line breaks between its tokens into spaces. */
    static String onOneLine(String payload) {
        try (JsonParser parser = JSON.createParser(payload)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("payload is empty: write a JSON value, or null");
            }
            parser.skipChildren();
            parser.finishToken(); // strings are scanned lazily: without this a broken one would pass
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("payload has more than one JSON value");
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("payload is not JSON" + at(e), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lineBreaksToSpaces(payload);
    }

    static Envelope read(byte[] bytes, int offset, int length) {
        if (length >= 2 && (bytes[offset] == 0 || bytes[offset + 1] == 0)) {
            throw new IllegalArgumentException("the envelope is not UTF-8"); // the parser would guess UTF-16 or UTF-32
        }
        try (JsonParser parser = JSON.createParser(bytes, offset, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("the envelope is not a JSON object: write {\"name\":\"…\"}");
            }
            Fields fields = new Fields(bytes, offset);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                fields.read(field, parser);
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("there is more than one JSON value: write one envelope a line");
            }
            return fields.build();
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the envelope is not JSON" + at(e), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] write(Envelope envelope) {
        ByteArrayOutputStream out =
                new ByteArrayOutputStream(256 + envelope.payload().length());
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            text(json, "id", envelope.id());
            json.writeStringField("name", envelope.name());
            Long sequence = envelope.sequence();
            if (sequence != null) {
                json.writeNumberField("sequence", sequence.longValue());
            }
            Instant createdAt = envelope.createdAt();
            if (createdAt != null) {
                json.writeStringField("createdAt", MICROSECONDS.format(createdAt));
            }
            text(json, "identityId", envelope.identityId());
            text(json, "correlationId", envelope.correlationId());
            text(json, "key", envelope.key());
            text(json, "idempotencyKey", envelope.idempotencyKey());
            writeMetadata(json, envelope.metadata());
            writeError(json, envelope.error());
            writeDelivery(json, envelope.delivery());
            json.writeFieldName("payload");
            json.writeRawValue(envelope.payload());
            json.writeEndObject();
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the envelope has half a character in it (a lone surrogate): it cannot be written as UTF-8", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void writeMetadata(JsonGenerator json, Map<String, String> metadata) throws IOException {
        if (metadata.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("metadata");
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private static void writeError(JsonGenerator json, @Nullable EventError error) throws IOException {
        if (error == null) {
            return;
        }
        json.writeObjectFieldStart("error");
        json.writeStringField("type", error.type());
        json.writeStringField("message", error.message());
        json.writeEndObject();
    }

    private static void writeDelivery(JsonGenerator json, @Nullable Delivery delivery) throws IOException {
        if (delivery == null) {
            return;
        }
        json.writeObjectFieldStart("delivery");
        json.writeStringField("group", delivery.group());
        json.writeStringField("consumer", delivery.consumer());
        json.writeNumberField("attempt", delivery.attempt());
        text(json, "token", delivery.token());
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }

    private static String at(JsonProcessingException e) {
        String where = e.getLocation() == null
                ? ""
                : " at offset "
                        + Math.max(
                                e.getLocation().getByteOffset(), e.getLocation().getCharOffset());
        return where + ": " + Echo.of(e.getOriginalMessage());
    }

    private static String lineBreaksToSpaces(String json) {
        // A raw line break is not allowed inside a JSON string, so each one stands between tokens.
        return json.indexOf('\n') < 0 && json.indexOf('\r') < 0
                ? json
                : json.replace('\n', ' ').replace('\r', ' ');
    }

    /** What has been read of one envelope. */
    private static final class Fields {
        private final byte[] bytes;
        private final int start;
        private @Nullable String name;
        private String payload = "null";
        private @Nullable String correlationId;
        private Map<String, String> metadata = Map.of();
        private @Nullable EventError error;
        private @Nullable String identityId;
        private @Nullable String key;
        private @Nullable String idempotencyKey;
        private @Nullable String id;
        private @Nullable Long sequence;
        private @Nullable Instant createdAt;
        private @Nullable Delivery delivery;

        Fields(byte[] bytes, int start) {
            this.bytes = bytes;
            this.start = start;
        }

        void read(String field, JsonParser parser) throws IOException {
            switch (field) {
                case "name" -> name = string(field, parser);
                case "payload" -> payload = slice(parser);
                case "correlationId", "correlation_id" -> correlationId = string(field, parser);
                case "metadata" -> metadata = strings(field, parser);
                case "error" -> error = readError(parser);
                case "identityId" -> identityId = string(field, parser);
                case "key" -> key = string(field, parser);
                case "idempotencyKey" -> idempotencyKey = string(field, parser);
                case "id" -> id = string(field, parser);
                case "sequence" ->
                    sequence = parser.currentToken() == JsonToken.VALUE_NULL ? null : integer(field, parser);
                case "createdAt" -> createdAt = instant(field, parser);
                case "delivery" -> delivery = readDelivery(parser);
                default -> parser.skipChildren();
            }
        }

        Envelope build() {
            if (name == null) {
                throw new IllegalArgumentException("name is missing: every event has one, such as example.ping");
            }
            return new Envelope(
                    name,
                    payload,
                    correlationId,
                    metadata,
                    error,
                    identityId,
                    key,
                    idempotencyKey,
                    id,
                    sequence,
                    createdAt,
                    delivery);
        }

        private String slice(JsonParser parser) throws IOException {
            int from = start + Math.toIntExact(parser.currentTokenLocation().getByteOffset());
            parser.skipChildren();
            parser.finishToken();
            int to = start + Math.toIntExact(parser.currentLocation().getByteOffset());
            return lineBreaksToSpaces(new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }

        private static @Nullable String string(String field, JsonParser parser) throws IOException {
            return switch (parser.currentToken()) {
                case VALUE_STRING -> parser.getText();
                case VALUE_NULL -> null;
                default -> throw new IllegalArgumentException(field + " is not a string");
            };
        }

        private static long integer(String field, JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw new IllegalArgumentException(field + " is not an integer");
            }
            return parser.getLongValue();
        }

        private static @Nullable Instant instant(String field, JsonParser parser) throws IOException {
            String text = string(field, parser);
            if (text == null) {
                return null;
            }
            try {
                return Instant.parse(text);
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(field + " " + Echo.quote(text) + " is not an RFC 3339 time", e);
            }
        }

        private static Map<String, String> strings(String field, JsonParser parser) throws IOException {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return Map.of();
            }
            startObject(field, parser);
            Map<String, String> out = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String entry = parser.currentName();
                parser.nextToken();
                String value = string(field + "." + Echo.of(entry), parser);
                if (value == null) {
                    throw new IllegalArgumentException(field + "." + Echo.of(entry) + " is not a string");
                }
                out.put(entry, value);
                if (out.size() > EventLimits.MAX_METADATA_ENTRIES) {
                    throw new IllegalArgumentException(
                            field + " has more than " + EventLimits.MAX_METADATA_ENTRIES + " entries");
                }
            }
            return out;
        }

        private static @Nullable EventError readError(JsonParser parser) throws IOException {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return null;
            }
            startObject("error", parser);
            String type = null;
            String message = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "type" -> type = string("error.type", parser);
                    case "message" -> message = string("error.message", parser);
                    default -> parser.skipChildren();
                }
            }
            if (type == null) {
                throw new IllegalArgumentException("error.type is missing: give a word such as unavailable");
            }
            return new EventError(type, message == null ? "" : message);
        }

        private static @Nullable Delivery readDelivery(JsonParser parser) throws IOException {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return null;
            }
            startObject("delivery", parser);
            String group = null;
            String consumer = null;
            String token = null;
            long attempt = 1;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "group" -> group = string("delivery.group", parser);
                    case "consumer" -> consumer = string("delivery.consumer", parser);
                    case "token" -> token = string("delivery.token", parser);
                    case "attempt" -> attempt = integer("delivery.attempt", parser);
                    default -> parser.skipChildren();
                }
            }
            if (group == null || consumer == null) {
                throw new IllegalArgumentException("delivery has no group or consumer");
            }
            if (attempt > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("delivery.attempt is out of range");
            }
            return new Delivery(group, consumer, (int) Math.max(attempt, 0), token);
        }

        private static void startObject(String field, JsonParser parser) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException(field + " is not an object");
            }
        }
    }
}
