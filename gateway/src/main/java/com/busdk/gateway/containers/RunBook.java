package com.busdk.gateway.containers;

import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.text.Echo;
import com.busdk.gateway.containers.Run.End;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The runs of all callers, as the history of events tells of them: so every provider, and one that was started a moment
 * ago, shows the same. A run is written down when a provider announces it, ends with its response, and goes when its
 * deletion is answered. Events may come twice, and a response before the announcement of its run: the provider that has
 * asked writes down what it is answered before it passes it on, so that its lists are never behind its answers.
 *
 * <p>Any thread; guarded by itself, never for long.
 */
final class RunBook {
    /** A provider says so before it asks: requests themselves are for workers alone to hear. */
    static final String ACCEPTED = "bus.containers.run.accepted";

    /** A provider says so when nobody took what it has announced. */
    static final String REFUSED = "bus.containers.run.refused";

    static final String RESPONSE = "bus.containers.run.response";
    static final String DELETED = "bus.containers.delete.response";

    /** What has to be listened to. */
    static final List<String> NAMES = List.of(ACCEPTED, REFUSED, RESPONSE, DELETED);

    /** Runs of all callers that are kept, at some 4 kB each at most; the oldest give way. */
    static final int MAX_RUNS = 20_000;

    /** Runs of one caller that are kept, so that nobody crowds out the others. */
    static final int MAX_RUNS_PER_OWNER = 1_000;

    /** Deleted runs that are remembered: the response of one that was cancelled comes behind its deletion. */
    private static final int MAX_DELETED = 10_000;

    /** Most characters of arguments that a list shows. */
    private static final int MAX_ARGS_CHARS = 1_000;

    /** Until when a run is awaited whose announcement is not known: its response is all there is. */
    private static final Duration UNKNOWN = Duration.ofMinutes(1);

    /** What lists show of a result. */
    private static final List<String> FACTS =
            List.of("runner_name", "image", "profile", "exit_code", "signal", "duration_ms", "runtime");

    /** Oldest first. */
    private final Map<String, Run> runs = new LinkedHashMap<>();

    private final Map<String, LinkedHashMap<String, Run>> byOwner = new LinkedHashMap<>();

    /** Of the runs those whose announcement is still to come. */
    private final Set<String> unannounced = new HashSet<>();

    /** What was deleted, and for whom: another's run of that name is none of it. */
    private final Map<String, String> deleted = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MAX_DELETED;
        }
    };

    /** Takes in an event of one of {@link #NAMES}; one that makes no sense is passed over. */
    synchronized void apply(Envelope event) {
        String owner = event.identityId();
        if (owner == null) {
            return;
        }
        switch (event.name()) {
            case ACCEPTED -> accepted(event, owner);
            case REFUSED -> Json.payload(event.payload()).ifPresent(refused -> remove(id(refused, event), owner));
            case RESPONSE -> ended(event, owner);
            case DELETED -> deleted(event, owner);
            default -> {} // nothing else was asked for
        }
    }

    /**
     * Takes in the response to a request of {@code owner}, before the history tells of it; none of another, or of another
     * run, is looked at.
     */
    synchronized void tell(Envelope response, String owner, String run) {
        boolean named = Json.payload(response.payload())
                .filter(payload -> payload.path("run_id").isTextual()
                        && !payload.path("run_id").asText().equals(run))
                .isPresent();
        if (owner.equals(response.identityId()) && run.equals(response.correlationId()) && !named) {
            ended(response, owner);
        }
    }

    /** Takes in that a run was deleted for its owner; nothing of another's. */
    synchronized void delete(String id, String owner) {
        if (!isAnothers(id, owner)) {
            remove(id, owner);
            deleted.put(id, owner);
        }
    }

    /** The runs of a caller, newest first, older than {@code after} where that is given; empty if that is not known. */
    synchronized Optional<List<Run>> list(String owner, Optional<String> after, int limit) {
        List<Run> own = new ArrayList<>(
                byOwner.getOrDefault(owner, new LinkedHashMap<>()).values());
        int from = own.size() - 1;
        if (after.isPresent()) {
            while (from >= 0 && !own.get(from).id().equals(after.get())) {
                from--;
            }
            if (from < 0) {
                return Optional.empty();
            }
            from--;
        }
        List<Run> page = new ArrayList<>();
        for (int i = from; i >= 0 && page.size() < limit; i--) {
            page.add(own.get(i));
        }
        return Optional.of(page);
    }

    /** Whether a run is known to be another's. */
    synchronized boolean isAnothers(String id, String owner) {
        Run run = runs.get(id);
        return run != null && !run.owner().equals(owner);
    }

    /** Whether a run is known to have ended, or to have been deleted, before a time. */
    synchronized boolean hasEnded(String id, Instant before) {
        Run run = runs.get(id);
        return run == null
                ? deleted.containsKey(id)
                : run.end() != null && run.end().at().isBefore(before);
    }

    synchronized int size() {
        return runs.size();
    }

    private void accepted(Envelope event, String owner) {
        Json.payload(event.payload()).ifPresent(payload -> {
            String id = id(payload, event);
            Instant at = time(event);
            Run known = runs.get(id);
            if (owner.equals(deleted.get(id))
                    || known != null && !(known.owner().equals(owner) && unannounced.contains(id))) {
                return; // told before, or another's
            }
            Duration wait =
                    Duration.ofSeconds(Math.max(0, payload.path("wait_seconds").asLong(0)));
            Run run = new Run(id, owner, at, at.plus(wait), null, facts(payload, payload.path("command")));
            remove(id, owner); // its place is where it was announced
            put(known == null || known.end() == null ? run : run.ended(known.end(), known.facts()));
        });
    }

    private void ended(Envelope event, String owner) {
        ObjectNode payload = Json.payload(event.payload()).orElseGet(Json::object);
        String id = id(payload, event);
        if (id.isEmpty() || owner.equals(deleted.get(id))) {
            return;
        }
        Instant at = time(event);
        Run known = runs.get(id);
        if (known != null && (!known.owner().equals(owner) || known.end() != null)) {
            return; // another's, or told before
        }
        EventError error = event.error();
        End end = error == null
                ? new End.Finished(at)
                : new End.Failed(at, Echo.of(error.type()), Echo.of(error.message()));
        Run run = known == null ? new Run(id, owner, at, at.plus(UNKNOWN), null, Json.object()) : known;
        String named = payload.path("owner_identity_id").asText("");
        boolean isOwners = named.isEmpty() || named.equals(owner);
        // What it says of another's run is refused to the caller, and is nothing for a list either.
        put(run.ended(end, isOwners ? facts(payload, payload.path("args")) : Json.object()));
        if (known == null) {
            unannounced.add(id);
        }
    }

    private void deleted(Envelope event, String owner) {
        if (event.error() != null) {
            return;
        }
        Json.payload(event.payload())
                .filter(payload -> payload.path("deleted").asBoolean(false))
                .ifPresent(payload -> delete(payload.path("run_id").asText(""), owner));
    }

    private static String id(ObjectNode payload, Envelope event) {
        JsonNode id = payload.path("run_id");
        String correlationId = event.correlationId();
        String text = id.isTextual() ? id.asText() : correlationId == null ? "" : correlationId;
        return RunIds.isId(text) ? text : "";
    }

    private static Instant time(Envelope event) {
        Instant at = event.createdAt();
        return at == null ? Instant.EPOCH : at;
    }

    private static ObjectNode facts(ObjectNode payload, JsonNode args) {
        ObjectNode facts = Json.object();
        for (String name : FACTS) {
            JsonNode value = payload.path(name);
            if (value.isNumber()) {
                facts.set(name, value);
            } else if (value.isTextual()) {
                facts.put(name, Echo.of(value.asText()));
            }
        }
        JsonNode requestId = payload.path("request_id");
        if (requestId.isTextual()) {
            facts.put("request_id", Echo.of(requestId.asText()));
        }
        if (args.isArray()) {
            addArgs(facts, args);
        }
        return facts;
    }

    private static void addArgs(ObjectNode facts, JsonNode args) {
        ArrayNode shown = facts.putArray("args");
        int chars = 0;
        for (JsonNode arg : args) {
            chars += arg.asText().length();
            if (chars > MAX_ARGS_CHARS || shown.size() >= RunSpec.MAX_ARGUMENTS) {
                facts.put("args_truncated", true);
                return;
            }
            shown.add(arg.asText());
        }
    }

    private void put(Run run) {
        if (run.id().isEmpty()) {
            return;
        }
        runs.put(run.id(), run);
        LinkedHashMap<String, Run> own = byOwner.computeIfAbsent(run.owner(), _ -> new LinkedHashMap<>());
        own.put(run.id(), run);
        if (own.size() > MAX_RUNS_PER_OWNER) {
            remove(own.firstEntry().getKey(), run.owner());
        }
        if (runs.size() > MAX_RUNS) {
            Run eldest = runs.values().iterator().next();
            remove(eldest.id(), eldest.owner());
        }
    }

    private void remove(String id, String owner) {
        Run run = runs.get(id);
        if (run == null || !run.owner().equals(owner)) {
            return;
        }
        runs.remove(id);
        unannounced.remove(id);
        LinkedHashMap<String, Run> own = byOwner.get(owner);
        if (own != null) {
            own.remove(id);
            if (own.isEmpty()) {
                byOwner.remove(owner);
            }
        }
    }
}
