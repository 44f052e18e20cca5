package com.busdk.gateway.usage;

import com.busdk.client.event.Envelope;
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

/**
 * The uses that were requested and have no end, as the records in the history tell. Records may come twice. What is not a
 * provider's own record, and says how long it waits, is passed over.
 *
 * <p>On the context of its {@link UsageSweep}.
 */
final class OpenUses {
    /**
     * Uses that are kept, at some 1 kB each: what two providers give up in a day on which no worker is there, a thousand
     * runs each ({@code Requests}) in three quarters of an hour. So long may one have no end and still get its response.
     */
    static final int MAX_OPEN = 64_000;

    /**
     * Those above that which wait until the sweep has ended them: as many as it does at a time. While there are so many, no
     * further one is taken in.
     */
    static final int MAX_EXCESS = UsageSweep.MAX_ENDS;

    /**
     * The first pause after a look in vain; it doubles. Longer than the one between two sweeps, so that others get their
     * turn.
     */
    static final Duration FIRST_PAUSE = Duration.ofMinutes(1);

    /** What is answered at last is billed so much later at most. A use that nobody answers costs six looks in an hour. */
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

    /**
     * After a look in vain for the end of one of which nobody has said that it has ended. All that there is room for may be
     * such ones, and a sweep looks for {@link UsageSweep#MAX_ENDS}.
     */
    static final Duration BLIND_PAUSE = Duration.ofHours(1);

    /** Longest wait that is believed: records of a provider say at most a day and some minutes. */
    private static final Duration MAX_WAIT = Duration.ofDays(7);

    private final Set<String> kinds;
    private final int most;
    private final int excess;

    /** Oldest first, by operation. */
    private final Map<String, Open> open = new LinkedHashMap<>();

    /**
     * A use without an end.
     *
     * @param use the use
     * @param at when it was requested
     * @param deadline until when its provider waits for the end
     * @param again before that it is not worth another look, where it is known to have ended
     * @param pause after the next such look in vain
     * @param blind before that it is not worth another look, where that is not known
     */
    record Open(Use use, Instant at, Instant deadline, Instant again, Duration pause, Instant blind) {
        private Open looked(Instant now, boolean known) {
            if (!known) {
                return new Open(use, at, deadline, again, pause, now.plus(BLIND_PAUSE));
            }
            Duration next = pause.multipliedBy(2);
            Duration longest = next.compareTo(LONGEST_PAUSE) < 0 ? next : LONGEST_PAUSE;
            return new Open(use, at, deadline, now.plus(pause), longest, blind);
        }
    }

    /**
     * None yet.
     *
     * @param most that are kept, {@link #MAX_OPEN}
     * @param excess that wait above those, {@link #MAX_EXCESS}
     */
    OpenUses(Set<String> kinds, int most, int excess) {
        this.kinds = Set.copyOf(kinds);
        this.most = most;
        this.excess = excess;
    }

    /**
     * Takes in a {@link EventsUsage#REQUEST}.
     *
     * @return false for a use that there is no room for: the record is to be given again when some have ended
     */
    boolean apply(Envelope event) {
        if (kinds.stream().noneMatch(event.payload()::contains)) {
            return true; // most records in a busy log: not worth reading
        }
        return Json.payload(event.payload())
                .map(payload -> apply(event, payload))
                .orElse(true);
    }

    private boolean apply(Envelope event, ObjectNode payload) {
        String type = payload.path("event_type").asText();
        String id = payload.path("event_id").asText();
        int cut = id.lastIndexOf('-');
        int word = type.lastIndexOf('_');
        if (cut <= 0 || word <= 0 || !kinds.contains(type.substring(0, word))) {
            return true;
        }
        String operation = id.substring(0, cut);
        if (!type.endsWith(Use.REQUESTED)) {
            open.remove(operation);
            return true;
        }
        return !id.endsWith(Use.REQUESTED_ID)
                || read(event, payload, type.substring(0, word), operation)
                        .map(this::add)
                        .orElse(true);
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
            Use use = new Use(kind, operation, account, facts);
            return Optional.of(new Open(use, at, at.plusSeconds(seconds), Instant.MIN, FIRST_PAUSE, Instant.MIN));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private boolean add(Open use) {
        String operation = use.use().operation();
        if (open.size() >= most + excess && !open.containsKey(operation)) {
            return false;
        }
        open.putIfAbsent(operation, use);
        return true;
    }

    /** Its end has been recorded. */
    void ended(String operation) {
        open.remove(operation);
    }

    /** Its end was looked for and is not there yet; {@code known} where it is known to have ended. */
    void looked(String operation, Instant now, boolean known) {
        open.computeIfPresent(operation, (_, use) -> use.looked(now, known));
    }

    /** All of them, oldest first. */
    List<Open> list() {
        return List.copyOf(open.values());
    }

    /** How many there are. */
    int count() {
        return open.size();
    }

    /** How many there is no room for any longer. */
    int excess() {
        return Math.max(0, open.size() - most);
    }
}
