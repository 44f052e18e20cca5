package com.busdk.workers.containers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The runs that the history has told of, oldest first, within bounds for each owner and in all. Whoever exceeds one loses
 * the oldest. For one thread at a time: its user guards it.
 */
final class RunTable {
    /** Most runs of one owner: some weeks of a run every ten minutes, half a megabyte in a status. */
    static final int MAX_RUNS_OF_OWNER = 1_000;

    /** Most runs of all owners: some 50 MB at their longest. */
    static final int MAX_RUNS = 50_000;

    /** Deleted runs that are remembered, so that a late answer does not bring them back. */
    private static final int MAX_DELETED = 10_000;

    private final Map<String, LinkedHashMap<String, Run>> byOwner = new HashMap<>();
    /** Run ids and their owners, oldest first. */
    private final LinkedHashMap<String, String> owners = new LinkedHashMap<>();

    /** With the events that asked for them. */
    private final LinkedHashMap<String, String> deleted = new LinkedHashMap<>();

    void put(Run run) {
        String former = owners.get(run.runId());
        if (former != null && !former.equals(run.owner())) {
            remove(run.runId());
        }
        LinkedHashMap<String, Run> own = byOwner.computeIfAbsent(run.owner(), ignored -> new LinkedHashMap<>());
        own.put(run.runId(), run);
        owners.put(run.runId(), run.owner());
        if (own.size() > MAX_RUNS_OF_OWNER) {
            remove(own.firstEntry().getKey());
        }
        if (owners.size() > MAX_RUNS) {
            remove(owners.firstEntry().getKey());
        }
    }

    Optional<Run> find(String runId) {
        String owner = owners.get(runId);
        LinkedHashMap<String, Run> own = owner == null ? null : byOwner.get(owner);
        return own == null ? Optional.empty() : Optional.ofNullable(own.get(runId));
    }

    /** The owner's open run with that correlation id; the latest, if there are several. */
    Optional<Run> open(@Nullable String owner, @Nullable String correlationId) {
        if (owner == null || correlationId == null) {
            return Optional.empty();
        }
        return of(owner).stream()
                .filter(run -> run.state() == Run.State.RUNNING && correlationId.equals(run.correlationId()))
                .findFirst();
    }

    /** The owner's runs, newest first. */
    List<Run> of(String owner) {
        LinkedHashMap<String, Run> own = byOwner.get(owner);
        return own == null ? List.of() : new ArrayList<>(own.sequencedValues().reversed());
    }

    void delete(Run run) {
        remove(run.runId());
        deleted.put(run.runId(), run.eventId());
        if (deleted.size() > MAX_DELETED) {
            deleted.pollFirstEntry();
        }
    }

    boolean wasDeleted(String runId) {
        return deleted.containsKey(runId);
    }

    /** Whether that event asked for the run of that id, which may be deleted by now. */
    boolean isRequestOf(String runId, @Nullable String eventId) {
        String request = find(runId).map(Run::eventId).orElseGet(() -> deleted.getOrDefault(runId, ""));
        return request.equals(eventId);
    }

    private void remove(String runId) {
        String owner = owners.remove(runId);
        LinkedHashMap<String, Run> own = owner == null ? null : byOwner.get(owner);
        if (own != null) {
            own.remove(runId);
            if (own.isEmpty()) {
                byOwner.remove(owner);
            }
        }
    }
}
