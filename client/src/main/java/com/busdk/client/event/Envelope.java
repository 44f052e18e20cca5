package com.busdk.client.event;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One event. The payload is kept as the JSON text it was written in and is never re-encoded: big numbers, key order and
 * escapes survive; only line breaks between its tokens become spaces, so that an envelope is one line.
 *
 * <p>A publisher gives {@code name} and usually {@code payload}; the hub gives {@code id}, {@code sequence},
 * {@code createdAt} and {@code delivery}, and ignores them on publish.
 *
 * <pre>{@code
 * Envelope ping = Envelope.builder("example.ping").payload("{\"ok\":true}").correlationId("c-1").build();
 * String line = ping.toJson();
 * Envelope back = Envelope.parse(line);
 * }</pre>
 *
 * @param name the event name, see {@link EventName}
 * @param payload any JSON value as text, on one line; {@code null} (the JSON word) if there is none
 * @param correlationId what ties a response to its request, at most 255 bytes
 * @param metadata flat strings, at most 32 entries and 4 KiB; empty if there are none
 * @param error set on a response event that tells of a failure
 * @param identityId the owner; on publish only a service token may set it
 * @param key events with the same key are done in order where a group asks for it, at most 255 bytes
 * @param idempotencyKey the same key of the same identity is accepted once, at most 255 bytes; absent in a stream
 * @param id the hub's id {@code evt_…}; ids sort in publish order as plain text
 * @param sequence position in the log
 * @param createdAt when the hub took the event, to the microsecond
 * @param delivery how it came here; unicast only
 */
public record Envelope(
        String name,
        String payload,
        @Nullable String correlationId,
        Map<String, String> metadata,
        @Nullable EventError error,
        @Nullable String identityId,
        @Nullable String key,
        @Nullable String idempotencyKey,
        @Nullable String id,
        @Nullable Long sequence,
        @Nullable Instant createdAt,
        @Nullable Delivery delivery) {

    /**
     * Refuses what the contract refuses.
     *
     * @throws IllegalArgumentException if the name, the payload or a length is wrong; the message says what to do
     */
    public Envelope {
        EventName.check(name);
        payload = EnvelopeJson.onOneLine(payload);
        checkLength("correlationId", correlationId);
        checkLength("key", key);
        checkLength("idempotencyKey", idempotencyKey);
        metadata = checkedCopy(metadata);
    }

    /**
     * Starts an envelope.
     *
     * @param name its event name
     * @return a builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Reads an envelope; unknown fields are skipped, {@code correlation_id} is read as {@code correlationId}.
     *
     * @param json one JSON object
     * @return the envelope
     * @throws IllegalArgumentException if it is not an envelope; the message names the field or the offset
     */
    public static Envelope parse(String json) {
        byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
        return EnvelopeJson.read(utf8, 0, utf8.length);
    }

    /**
     * Reads an envelope from UTF-8.
     *
     * @param utf8 one JSON object
     * @return the envelope
     * @throws IllegalArgumentException if it is not an envelope
     */
    public static Envelope parse(byte[] utf8) {
        return EnvelopeJson.read(utf8, 0, utf8.length);
    }

    /**
     * Reads an envelope from a part of an array.
     *
     * @param bytes holds the UTF-8 form
     * @param offset first byte
     * @param length number of bytes
     * @return the envelope
     * @throws IllegalArgumentException if it is not an envelope
     */
    public static Envelope parse(byte[] bytes, int offset, int length) {
        return EnvelopeJson.read(bytes, offset, length);
    }

    /**
     * The envelope as one line of JSON without a line break; absent fields are left out.
     *
     * @return JSON text
     */
    public String toJson() {
        return new String(toJsonBytes(), StandardCharsets.UTF_8);
    }

    /**
     * As {@link #toJson}, in UTF-8.
     *
     * @return JSON text
     */
    public byte[] toJsonBytes() {
        return EnvelopeJson.write(this);
    }

    /**
     * A builder that starts with everything this envelope has.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder(name);
        builder.payload = payload;
        builder.correlationId = correlationId;
        builder.metadata.putAll(metadata);
        builder.error = error;
        builder.identityId = identityId;
        builder.key = key;
        builder.idempotencyKey = idempotencyKey;
        builder.id = id;
        builder.sequence = sequence;
        builder.createdAt = createdAt;
        builder.delivery = delivery;
        return builder;
    }

    /** Names and ids only: a payload may be a stranger's and has no place in a log. */
    @Override
    public String toString() {
        return "Envelope[name=" + name + ", id=" + id + ", correlationId=" + correlationId + ", payload of "
                + payload.length() + " chars]";
    }

    private static void checkLength(String field, @Nullable String value) {
        if (value != null && EventLimits.utf8Length(value) > EventLimits.MAX_ID_BYTES) {
            throw new IllegalArgumentException(field + " is longer than " + EventLimits.MAX_ID_BYTES + " bytes");
        }
    }

    private static Map<String, String> checkedCopy(Map<String, String> metadata) {
        if (metadata.size() > EventLimits.MAX_METADATA_ENTRIES) {
            throw new IllegalArgumentException(
                    "metadata has more than " + EventLimits.MAX_METADATA_ENTRIES + " entries");
        }
        int bytes = 0;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            bytes += EventLimits.utf8Length(entry.getKey()) + EventLimits.utf8Length(entry.getValue());
        }
        if (bytes > EventLimits.MAX_METADATA_BYTES) {
            throw new IllegalArgumentException("metadata has more than " + EventLimits.MAX_METADATA_BYTES + " bytes");
        }
        return metadata.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** Collects the fields of an envelope. For one thread; {@link #build} checks. */
    public static final class Builder {
        private final String name;
        private String payload = "null";
        private @Nullable String correlationId;
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private @Nullable EventError error;
        private @Nullable String identityId;
        private @Nullable String key;
        private @Nullable String idempotencyKey;
        private @Nullable String id;
        private @Nullable Long sequence;
        private @Nullable Instant createdAt;
        private @Nullable Delivery delivery;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the payload.
         *
         * @param json any JSON value as text
         * @return this
         */
        public Builder payload(String json) {
            this.payload = json;
            return this;
        }

        /**
         * Sets the correlation id.
         *
         * @param value at most 255 bytes, or null for none
         * @return this
         */
        public Builder correlationId(@Nullable String value) {
            this.correlationId = value;
            return this;
        }

        /**
         * Adds an entry to the metadata.
         *
         * @param metadataKey its key
         * @param value its value
         * @return this
         */
        public Builder metadata(String metadataKey, String value) {
            metadata.put(metadataKey, value);
            return this;
        }

        /**
         * Adds entries to the metadata.
         *
         * @param entries keys and values
         * @return this
         */
        public Builder metadata(Map<String, String> entries) {
            metadata.putAll(entries);
            return this;
        }

        /**
         * Sets the error of a response event.
         *
         * @param value why it failed, or null
         * @return this
         */
        public Builder error(@Nullable EventError value) {
            this.error = value;
            return this;
        }

        /**
         * Sets the owner; heeded by the hub from a service token only.
         *
         * @param value the owner's identity, or null for the token's own
         * @return this
         */
        public Builder identityId(@Nullable String value) {
            this.identityId = value;
            return this;
        }

        /**
         * Sets the ordering key.
         *
         * @param value at most 255 bytes, or null for none
         * @return this
         */
        public Builder key(@Nullable String value) {
            this.key = value;
            return this;
        }

        /**
         * Sets the idempotency key: repeating a publish with it does not publish twice.
         *
         * @param value at most 255 bytes, or null for none
         * @return this
         */
        public Builder idempotencyKey(@Nullable String value) {
            this.idempotencyKey = value;
            return this;
        }

        /**
         * Sets the id, as a hub does.
         *
         * @param value {@code evt_…}
         * @return this
         */
        public Builder id(@Nullable String value) {
            this.id = value;
            return this;
        }

        /**
         * Sets the position in the log, as a hub does.
         *
         * @param value the position
         * @return this
         */
        public Builder sequence(@Nullable Long value) {
            this.sequence = value;
            return this;
        }

        /**
         * Sets the time, as a hub does.
         *
         * @param value when the event was taken
         * @return this
         */
        public Builder createdAt(@Nullable Instant value) {
            this.createdAt = value;
            return this;
        }

        /**
         * Sets the delivery, as a hub does.
         *
         * @param value how the event reaches its consumer
         * @return this
         */
        public Builder delivery(@Nullable Delivery value) {
            this.delivery = value;
            return this;
        }

        /**
         * Makes the envelope.
         *
         * @return the envelope
         * @throws IllegalArgumentException if a field is wrong
         */
        public Envelope build() {
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
    }
}
