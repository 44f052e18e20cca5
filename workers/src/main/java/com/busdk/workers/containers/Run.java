package com.busdk.workers.containers;

import com.busdk.client.event.EventError;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the history says of a run.
 *
 * @param runId the run
 * @param owner whose it is
 * @param eventId id of the event that asked for it; empty if only its end is still retained
 * @param state how far it is
 * @param correlationId of its request, null for none
 * @param requestedAt when it was asked for; null if only its end is still retained
 * @param endedAt when it was answered; null before that
 * @param image image or profile as asked for, cut if it is long; empty if not known
 * @param exitCode the container's; null unless it finished
 * @param durationMs how long it ran; null unless it finished
 * @param error why it failed; null unless it did
 */
public record Run(
        String runId,
        String owner,
        String eventId,
        State state,
        @Nullable String correlationId,
        @Nullable Instant requestedAt,
        @Nullable Instant endedAt,
        String image,
        @Nullable Integer exitCode,
        @Nullable Long durationMs,
        @Nullable EventError error) {
    /** How far a run is. */
    public enum State {
        /** Asked for and not answered: it waits or runs. */
        RUNNING,
        /** Its container ended by itself, with whatever exit code. */
        FINISHED,
        /** It could not be run, or was ended before its end. */
        FAILED,
        /** No answer came in all the time that a run may take: no worker will give one. */
        LOST;

        /**
         * The word in answers.
         *
         * @return in lower case
         */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The run as an item of the container status.
     *
     * @return {@code {"id","state","owner_identity_id","details"}}
     */
    public ObjectNode toJson() {
        ObjectNode json = new ObjectNode(JsonNodeFactory.instance);
        json.put("id", runId).put("state", state.word()).put("owner_identity_id", owner);
        ObjectNode details = json.putObject("details");
        if (!image.isEmpty()) {
            details.put("image", image);
        }
        put(details, "requested_at", requestedAt);
        put(details, "ended_at", endedAt);
        if (exitCode != null) {
            details.put("exit_code", exitCode);
        }
        if (durationMs != null) {
            details.put("duration_ms", durationMs);
        }
        if (error != null) {
            details.putObject("error").put("type", error.type()).put("message", error.message());
        }
        return json;
    }

    private static void put(ObjectNode json, String field, @Nullable Instant time) {
        if (time != null) {
            json.put(field, time.toString());
        }
    }

    Run lost() {
        return new Run(
                runId,
                owner,
                eventId,
                State.LOST,
                correlationId,
                requestedAt,
                endedAt,
                image,
                exitCode,
                durationMs,
                error);
    }
}
