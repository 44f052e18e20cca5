package com.busdk.gateway.containers;

import com.busdk.client.event.Envelope;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Replies;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the answer to a run of what its worker says: the fields of the contract, of the right kinds. Stateless. */
final class RunResult {
    static final String REQUEST = "bus.containers.run.request";

    /** In every answer; empty where the worker does not say. */
    private static final List<String> ALWAYS = List.of("runner_name", "image", "runtime");

    private static final List<String> SOMETIMES = List.of("profile", "signal");

    private RunResult() {}

    /**
     * The answer. A worker has to say how the run ended; what else it leaves out is empty, and a run whose time it does not
     * say took as long as it was waited for, so that nothing is free by being left out.
     *
     * @param result the worker's payload, whose owner has been checked
     * @param outputLimit bytes of each output at most
     * @param waited milliseconds from the request to the result
     * @throws com.busdk.client.http.ApiException {@code bad_gateway} if it is no result of a run, or that of another run
     */
    static ObjectNode answer(
            ObjectNode result, String runId, String owner, RunSpec spec, int outputLimit, long waited) {
        ObjectNode outcome = outcome(result, runId, waited);
        ObjectNode answer = Json.object();
        answer.put("run_id", runId);
        answer.put("owner_identity_id", owner);
        ALWAYS.forEach(name -> answer.put(name, result.path(name).asText("")));
        for (String name : SOMETIMES) {
            if (result.path(name).isTextual()) {
                answer.set(name, result.get(name));
            }
        }
        answer.set("args", result.path("args").isArray() ? result.get("args") : spec.commandArray());
        answer.set("exit_code", outcome.get("exit_code"));
        output(answer, result, "stdout", outputLimit);
        output(answer, result, "stderr", outputLimit);
        answer.set("duration_ms", outcome.get("duration_ms"));
        return answer;
    }

    /**
     * How a run ended, as its usage record has it.
     *
     * @param result the worker's payload, whose owner has been checked
     * @param waited milliseconds from the request to the result
     * @return {@code duration_ms} and {@code exit_code}
     * @throws com.busdk.client.http.ApiException {@code bad_gateway} if it is no result of a run, or that of another run
     */
    static ObjectNode outcome(ObjectNode result, String runId, long waited) {
        JsonNode exitCode = result.path("exit_code");
        JsonNode duration = result.path("duration_ms");
        boolean shaped = exitCode.isInt()
                && Stream.of("stdout", "stderr", "run_id").allMatch(name -> isTextOrAbsent(result.path(name)))
                && ALWAYS.stream().allMatch(name -> isTextOrAbsent(result.path(name)))
                && (isAbsent(duration) || duration.canConvertToExactIntegral() && duration.asLong(-1) >= 0)
                && result.path("run_id").asText(runId).equals(runId);
        if (!shaped) {
            throw Replies.malformed(REQUEST);
        }
        ObjectNode outcome = Json.object().put("duration_ms", isAbsent(duration) ? waited : duration.longValue());
        outcome.set("exit_code", exitCode);
        return outcome;
    }

    /**
     * How long a run ran that failed.
     *
     * @param response of the worker
     * @param owner of the run
     * @param runId of the run
     * @return not below zero; empty if the worker does not say, as where nothing ran
     */
    static Optional<Duration> ran(Envelope response, String owner, String runId) {
        return owner.equals(response.identityId())
                ? Json.payload(response.payload())
                        .filter(payload -> payload.path("run_id").asText(runId).equals(runId))
                        .map(payload -> payload.path("duration_ms"))
                        .filter(duration ->
                                duration.isIntegralNumber() && duration.canConvertToLong() && duration.longValue() >= 0)
                        .map(duration -> Duration.ofMillis(duration.longValue()))
                : Optional.empty();
    }

    private static void output(ObjectNode answer, ObjectNode result, String name, int limit) {
        String text = result.path(name).asText("");
        String cut = cut(text, limit);
        answer.put(name, cut);
        if (cut.length() < text.length() || result.path(name + "_truncated").asBoolean(false)) {
            answer.put(name + "_truncated", true);
        }
    }

    /** As many whole characters as fit into so many bytes of UTF-8. */
    static String cut(String text, int bytes) {
        if (text.length() <= bytes / 3) {
            return text; // no character of UTF-16 takes more than three bytes
        }
        CharsetEncoder encoder = StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        CharBuffer characters = CharBuffer.wrap(text);
        encoder.encode(characters, ByteBuffer.allocate(bytes), true);
        return text.substring(0, characters.position());
    }

    private static boolean isTextOrAbsent(JsonNode node) {
        return node.isTextual() || isAbsent(node);
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
