package com.busdk.gateway.containers;

import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A run as lists show it: without its output, which may be megabytes. Immutable.
 *
 * @param id its id
 * @param owner whose it is
 * @param createdAt when it was asked for
 * @param deadline when it is lost if there is no answer
 * @param end how it ended, null while it goes on
 * @param facts what else there is to show: {@code runner_name}, {@code image}, {@code args} and the like, bounded
 */
record Run(
        String id,
        String owner,
        Instant createdAt,
        Instant deadline,
        @Nullable End end,
        ObjectNode facts) {
    /** How a run ended. */
    sealed interface End {
        /** When. */
        Instant at();

        /** With a result. */
        record Finished(Instant at) implements End {}

        /** Without one. */
        record Failed(Instant at, String type, String message) implements End {}
    }

    /** The same, ended. */
    Run ended(End how, ObjectNode more) {
        ObjectNode all = facts.deepCopy();
        all.setAll(more);
        return new Run(id, owner, createdAt, deadline, how, all);
    }

    /** A word for where it stands: {@code running}, {@code finished}, {@code failed}, {@code cancelled}, {@code lost}. */
    String state(Instant now) {
        return switch (end) {
            case null -> now.isAfter(deadline) ? "lost" : "running";
            case End.Finished _ -> "finished";
            case End.Failed failed -> failed.type().equals("cancelled") ? "cancelled" : "failed";
        };
    }

    /** For the list of runs. */
    ObjectNode toJson(Instant now) {
        ObjectNode json =
                Json.object().put("run_id", id).put("owner_identity_id", owner).put("state", state(now));
        json.put("created_at", createdAt.toString());
        if (end != null) {
            json.put("finished_at", end.at().toString());
            if (!facts.has("duration_ms")) {
                json.put(
                        "duration_ms",
                        Math.max(0, Duration.between(createdAt, end.at()).toMillis()));
            }
        }
        json.setAll(facts);
        if (end instanceof End.Failed failed) {
            json.putObject("error").put("type", failed.type()).put("message", failed.message());
        }
        return json;
    }

    /** For the status: an item beside the runner. */
    ObjectNode toItem(Instant now) {
        ObjectNode item = Json.object().put("id", id).put("state", state(now)).put("owner_identity_id", owner);
        ObjectNode details = item.putObject("details").put("created_at", createdAt.toString());
        JsonNode image = facts.get("image");
        if (image != null) {
            details.set("image", image);
        }
        return item;
    }
}
