package com.busdk.cli.events;

import com.busdk.broker.backend.EventId;
import com.busdk.cli.term.Json;
import com.busdk.client.event.EventLimits;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * A line of an export, and what is published for it elsewhere. All that a publisher gives is copied byte for byte; what the
 * hub gave (id, sequence, time) is left out, and id and time go into the metadata where that has room for them. The
 * idempotency key is made of the id, so that publishing it again publishes nothing. Immutable.
 *
 * @param id its id at the old hub
 * @param name its name
 * @param label the {@link #OLD_ID} in its metadata; null where the metadata had no room
 * @param movedBefore the metadata had one already, of a hub further back, and keeps it
 * @param line the envelope to publish, with a line break
 */
record HistoryEvent(String id, String name, @Nullable String label, boolean movedBefore, Buffer line) {
    /** The metadata's entry with the id at the hub where the event was published first. */
    static final String OLD_ID = "bus_id";

    /** The metadata's entry with the time at which it was published there. */
    static final String OLD_TIME = "bus_created_at";

    private static final String KEY_PREFIX = "import:";

    /** Far above what any service takes; strings and numbers are passed through, whatever their length. */
    private static final int MAX_TEXT = 64 * 1024 * 1024;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES) // names of strangers do not belong into the string pool
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(EventLimits.MAX_NESTING)
                    .maxNumberLength(MAX_TEXT)
                    .maxStringLength(MAX_TEXT)
                    .maxNameLength(MAX_TEXT)
                    .build())
            .build();

    /**
     * Reads a line.
     *
     * @param bytes hold it, without its line break
     * @throws IllegalArgumentException if no export has such a line; the message says why
     */
    static HistoryEvent read(byte[] bytes, int fromInclusive, int toExclusive) {
        // The parser would guess other encodings, and take what is in front of the object.
        if (toExclusive - fromInclusive < 2 || bytes[fromInclusive] != '{' || bytes[fromInclusive + 1] != '"') {
            throw new IllegalArgumentException("it does not begin with {\"");
        }
        try (JsonParser parser = JSON.createParser(bytes, fromInclusive, toExclusive - fromInclusive)) {
            Fields fields = new Fields(bytes, fromInclusive, toExclusive);
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                fields.read(field, parser);
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("something follows the envelope");
            }
            return fields.event();
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What has been read of one line, and what has been written for it. */
    private static final class Fields {
        private static final int ADDED_BYTES = 200;

        private final byte[] bytes;
        private final int start;
        private final Buffer out;
        private @Nullable String id;
        private @Nullable String name;
        private @Nullable String createdAt;

        private int metadataFrom;
        private int metadataTo;
        private int entries;
        private int metadataBytes;
        private @Nullable String oldId;
        private boolean oldTime;

        Fields(byte[] bytes, int from, int to) {
            this.bytes = bytes;
            this.start = from;
            this.out = Buffer.buffer(to - from + ADDED_BYTES).appendByte((byte) '{');
        }

        void read(String field, JsonParser parser) throws IOException {
            switch (field) {
                case "id" -> id = text(field, parser);
                case "createdAt" -> createdAt = text(field, parser);
                case "sequence", "delivery", "idempotencyKey" -> parser.skipChildren();
                case "metadata" -> metadata(parser);
                case "name" -> {
                    name = text(field, parser);
                    copy(field, parser);
                }
                default -> copy(field, parser);
            }
        }

        private static String text(String field, JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw new IllegalArgumentException(field + " is not a string");
            }
            return parser.getText();
        }

        private void copy(String field, JsonParser parser) throws IOException {
            int from = tokenStart(parser);
            parser.skipChildren();
            int to = tokenEnd(parser);
            out.appendString(Json.quote(field)).appendByte((byte) ':').appendBytes(bytes, from, to - from);
            out.appendByte((byte) ',');
        }

        private int tokenStart(JsonParser parser) {
            return start + Math.toIntExact(parser.currentTokenLocation().getByteOffset());
        }

        private int tokenEnd(JsonParser parser) throws IOException {
            parser.finishToken();
            return start + Math.toIntExact(parser.currentLocation().getByteOffset());
        }

        private void metadata(JsonParser parser) throws IOException {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return;
            }
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("metadata is not an object");
            }
            metadataFrom = tokenStart(parser);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String entry = parser.currentName();
                parser.nextToken();
                String value = text("metadata", parser);
                entries++;
                metadataBytes += EventLimits.utf8Length(entry) + EventLimits.utf8Length(value);
                if (entry.equals(OLD_ID)) {
                    oldId = value;
                } else if (entry.equals(OLD_TIME)) {
                    oldTime = true;
                }
            }
            metadataTo = tokenEnd(parser);
        }

        HistoryEvent event() {
            String given = id;
            String called = name;
            String time = createdAt;
            if (given == null || EventId.parse(given) == null) {
                throw new IllegalArgumentException("it has no id of a hub");
            }
            if (called == null || time == null) {
                throw new IllegalArgumentException("it has no " + (called == null ? "name" : "createdAt"));
            }
            boolean movedBefore = oldId != null || oldTime;
            int more = EventLimits.utf8Length(OLD_ID + given + OLD_TIME + time);
            boolean room = entries + 2 <= EventLimits.MAX_METADATA_ENTRIES
                    && metadataBytes + more <= EventLimits.MAX_METADATA_BYTES;
            boolean labelled = !movedBefore && room;
            writeMetadata(labelled ? given : null, time);
            out.appendString("\"idempotencyKey\":\"" + KEY_PREFIX + given + "\"}\n");
            return new HistoryEvent(given, called, labelled ? given : oldId, movedBefore, out);
        }

        private void writeMetadata(@Nullable String label, String time) {
            if (metadataTo == 0 && label == null) {
                return;
            }
            out.appendString("\"metadata\":");
            if (metadataTo == 0) {
                out.appendByte((byte) '{');
            } else {
                out.appendBytes(bytes, metadataFrom, metadataTo - 1 - metadataFrom); // without its closing brace
            }
            if (label != null) {
                out.appendString((entries > 0 ? "," : "") + '"' + OLD_ID + "\":\"" + label + "\",\"" + OLD_TIME + "\":"
                        + Json.quote(time));
            }
            out.appendString("},");
        }
    }
}
