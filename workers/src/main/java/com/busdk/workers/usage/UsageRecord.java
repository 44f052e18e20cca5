package com.busdk.workers.usage;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Times;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Something that was used. Immutable; its data is not changed by anybody.
 *
 * @param eventId what tells it from others: a second record with it is the same one
 * @param type one of {@link UsageEvents#TYPES}
 * @param account who used it, a UUID in lower case; empty where nobody knows
 * @param occurredAt when, to the microsecond
 * @param data what else there is to say
 */
record UsageRecord(String eventId, String type, Optional<String> account, Instant occurredAt, ObjectNode data) {
    /** Most characters of the data: facts about one use, not its content. A page has to fit into an event. */
    static final int MAX_DATA_CHARS = 16 * 1024;

    /**
     * Deepest nesting of the data: an event has 500 levels at most, and a page puts some around each record. One that did
     * not fit would keep its whole page from being read.
     */
    static final int MAX_DATA_DEPTH = 100;

    /** Refuses a type that is not the contract's. */
    UsageRecord {
        if (!UsageEvents.TYPES.contains(type)) {
            throw Fields.bad("event_type " + Echo.quote(type) + " is not known: write one of "
                    + String.join(", ", UsageEvents.TYPES.stream().sorted().toList()));
        }
    }

    /**
     * Reads a request. What it does not say is taken from the event, which is the same when it is delivered again.
     *
     * @throws ApiException {@code bad_request} if it is no record; the message names the field
     */
    static UsageRecord read(Envelope request, Clock clock) {
        Fields fields = Fields.of(request);
        String type = fields.text("event_type").orElseThrow(() -> Fields.bad("event_type is missing"));
        String eventId = fields.id("event_id")
                .or(() -> Optional.ofNullable(request.id()))
                .orElseThrow(() -> Fields.bad("event_id is missing"));
        Instant createdAt = request.createdAt();
        Instant occurredAt =
                fields.time("occurred_at").orElseGet(() -> Times.kept(createdAt == null ? clock.instant() : createdAt));
        ObjectNode data = fields.object("data");
        if (!isShallow(data, MAX_DATA_DEPTH)) {
            throw Fields.bad("data is nested more than " + MAX_DATA_DEPTH + " levels deep");
        }
        UsageRecord read = new UsageRecord(eventId, type, fields.uuid("account_id"), occurredAt, data);
        if (read.dataText().length() > MAX_DATA_CHARS) {
            throw Fields.bad("data has more than " + MAX_DATA_CHARS + " characters");
        }
        return read;
    }

    private static boolean isShallow(JsonNode node, int levels) {
        if (!node.isContainerNode()) {
            return true;
        }
        for (JsonNode each : node) {
            if (levels == 1 && each.isContainerNode() || !isShallow(each, levels - 1)) {
                return false;
            }
        }
        return true;
    }

    /** The data as the table has it. */
    String dataText() {
        return Fields.text(data);
    }

    /**
     * The record's own id. It follows from the event id, so that whoever stores it first, and whoever finds it stored,
     * answer alike: a UUID of version 8 (RFC 9562, section 5.8) with bits of a SHA-256.
     */
    String id() {
        try {
            ByteBuffer hash = ByteBuffer.wrap(
                    MessageDigest.getInstance("SHA-256").digest(eventId.getBytes(StandardCharsets.UTF_8)));
            long high = hash.getLong() & ~0xf000L | 0x8000L;
            long low = hash.getLong() & ~(3L << 62) | 2L << 62;
            return new UUID(high, low).toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
