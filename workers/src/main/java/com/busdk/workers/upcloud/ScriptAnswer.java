package com.busdk.workers.upcloud;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Optional;

/**
 * How a script ended: the payload of {@code bus.ssh.script.run.response}. Immutable.
 *
 * @param exitCode 0 to 255
 * @param stdout its standard output, from the beginning
 * @param stderr its standard error, from the beginning
 * @param stdoutTruncated whether there was more
 * @param stderrTruncated whether there was more
 * @param durationMs how long it took, in milliseconds, not negative
 */
record ScriptAnswer(
        int exitCode, String stdout, String stderr, boolean stdoutTruncated, boolean stderrTruncated, long durationMs) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** What a shell gives for a program that was killed, when nothing else is known (128 + SIGKILL). */
    private static final int KILLED = 137;

    /** Reads a payload; what is none is the SSH worker's fault and no reason to fail in another way. */
    static ScriptAnswer of(String payload) {
        JsonNode json;
        try {
            json = MAPPER.readTree(payload);
        } catch (JsonProcessingException e) {
            throw wrong();
        }
        JsonNode exit = json.path("exit_code");
        boolean signalled = json.path("signal").isTextual();
        if (!exit.canConvertToInt() && !signalled) {
            throw wrong();
        }
        return new ScriptAnswer(
                exit.canConvertToInt() ? exit.intValue() : KILLED,
                json.path("stdout").asText(""),
                json.path("stderr").asText(""),
                json.path("stdout_truncated").asBoolean(),
                json.path("stderr_truncated").asBoolean(),
                Math.max(0, json.path("duration_ms").asLong()));
    }

    /**
     * How long a script ran that was ended early: from the payload beside the error.
     *
     * @param payload anything
     * @return not negative; empty where it does not say
     */
    static Optional<Duration> ran(String payload) {
        try {
            JsonNode ran = MAPPER.readTree(payload).path("duration_ms");
            return ran.isIntegralNumber() && ran.canConvertToLong() && ran.longValue() >= 0
                    ? Optional.of(Duration.ofMillis(ran.longValue()))
                    : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private static ApiException wrong() {
        return ApiException.of(
                ErrorType.BAD_GATEWAY, "the SSH worker's answer has no exit_code: it is of another version");
    }
}
