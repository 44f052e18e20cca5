package com.busdk.gateway.usage;

import com.busdk.client.event.Envelope;
import com.busdk.client.text.Echo;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The uses that were requested and have no end, as the records in the history tell. Records may come twice. What is not a
 * provider's own record, and says how long it waits, is passed over.
 *
 * <p>On the context of its {@link UsageSweep}.
 */
final class OpenUses {
    /** Uses that are kept, at some 1 kB each; ten times as many as two providers have open at once ({@code Requests}). */
    static final int MAX_OPEN = 20_000;

    /** Longest wait that is believed: records of a provider say at most a day and some minutes. */
    private static final Duration MAX_WAIT = Duration.ofDays(7);

    private static final Logger LOG = LoggerFactory.getLogger(OpenUses.class);

    private final Set<String> kinds;

    /** Oldest first, by operation, but for those that were looked for in vain. */
    private final Map<String, Open> open = new LinkedHashMap<>();

    /**
     * A use without an end.
     *
     * @param use the use
     * @param at when it was requested
     * @param deadline until when its provider waits for the end
     */
    record Open(Use use, Instant at, Instant deadline) {}

    OpenUses(Set<String> kinds) {
        this.kinds = Set.copyOf(kinds);
    }

    /** Takes in a {@link EventsUsage#REQUEST}. */
    void apply(Envelope event) {
        if (kinds.stream().noneMatch(event.payload()::contains)) {
            return; // most records in a busy log: not worth reading
        }
        Json.payload(event.payload()).ifPresent(payload -> {
            String type = payload.path("event_type").asText();
            String id = payload.path("event_id").asText();
            int cut = id.lastIndexOf('-');
            int word = type.lastIndexOf('_');
            if (cut <= 0 || word <= 0 || !kinds.contains(type.substring(0, word))) {
                return;
            }
            String operation = id.substring(0, cut);
            if (!type.endsWith(Use.REQUESTED)) {
                open.remove(operation);
            } else if (id.endsWith(Use.REQUESTED_ID)) {
                read(event, payload, type.substring(0, word), operation).ifPresent(this::add);
            }
        });
    }

    private static Optional<Open> read(Envelope event, ObjectNode payload, String kind, String operation) {
        String account = event.identityId();
        JsonNode wait = payload.path("data").path(Use.WAIT);
        if (account == null || account.isBlank() || !wait.canConvertToLong() || !wait.isIntegralNumber()) {
            return Optional.empty();
        }
        ObjectNode facts = payload.path("data").deepCopy();
        facts.remove(Use.WAIT);
        long seconds = Math.clamp(wait.longValue(), 0, MAX_WAIT.toSeconds());
        try {
            Instant at = Instant.parse(payload.path("occurred_at").asText());
            return Optional.of(new Open(new Use(kind, operation, account, facts), at, at.plusSeconds(seconds)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private void add(Open use) {
        open.putIfAbsent(use.use().operation(), use);
        if (open.size() > MAX_OPEN) {
            String eldest = open.keySet().iterator().next();
            open.remove(eldest);
            LOG.error("more than {} uses have no end: the record of {} stays without one", MAX_OPEN, Echo.of(eldest));
        }
    }

    /** Its end has been recorded. */
    void ended(String operation) {
        open.remove(operation);
    }

    /** Its end was looked for and is not there yet: the others come first from now on. */
    void looked(String operation) {
        Open use = open.remove(operation);
        if (use != null) {
            open.put(operation, use);
        }
    }

    /** All of them, oldest first, but for those that were looked for in vain. */
    List<Open> list() {
        return List.copyOf(open.values());
    }
}
