package com.busdk.workers.containers;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.client.worker.Payload;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads the payload of a run request. Stateless. */
final class RunPayload {
    private RunPayload() {}

    /**
     * The run that a request asks for.
     *
     * @param request a delivered {@value ContainerEvents#RUN}
     * @param runId the run's id
     * @param owner whose run it is
     * @param options profiles, and how long a run may take
     * @throws ApiException {@code bad_request} if it is none; the message says what to write
     */
    static RunRequest read(Envelope request, String runId, String owner, ContainerRunOptions options) {
        JsonNode payload = object(request);
        List<String> command = command(payload);
        try {
            return new RunRequest(
                    runId,
                    owner,
                    image(payload, command, options),
                    command,
                    timeout(payload, options),
                    requestedAt(request));
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Most bytes of an output that the request wants back.
     *
     * @param request a delivered {@value ContainerEvents#RUN}
     * @param options the limit that it cannot exceed, and has unless it wants less
     * @throws ApiException {@code bad_request} if it is no number above zero
     */
    static int outputLimit(Envelope request, ContainerRunOptions options) {
        JsonNode limit = object(request).path("output_limit");
        if (isAbsent(limit)) {
            return options.outputLimit();
        }
        if (!limit.isIntegralNumber() || !limit.canConvertToLong() || limit.longValue() < 1) {
            throw wrong("output_limit is a whole number of bytes above zero");
        }
        return (int) Math.min(limit.longValue(), options.outputLimit());
    }

    /**
     * Refuses what is no payload of a request that says all with its name. Fields are not looked at: a newer caller may
     * have some.
     *
     * @param request a delivered request
     * @throws ApiException {@code bad_request} if its payload is neither an object nor missing
     */
    static void checkBare(Envelope request) {
        boolean missing = request.payload().equals("null");
        if (!missing && !Payload.as(request, JsonNode.class).isObject()) {
            throw wrong("payload is an object, such as {}");
        }
    }

    private static JsonNode object(Envelope request) {
        JsonNode payload = Payload.as(request, JsonNode.class);
        if (!payload.isObject()) {
            throw wrong("payload is an object such as {\"profile\":\"codex\",\"command\":[\"true\"]}");
        }
        return payload;
    }

    private static String image(JsonNode payload, List<String> command, ContainerRunOptions options) {
        JsonNode image = payload.path("image");
        JsonNode profile = payload.path("profile");
        boolean hasImage = !isAbsent(image);
        if (hasImage == !isAbsent(profile)) {
            throw wrong("give one of profile and image");
        }
        JsonNode given = hasImage ? image : profile;
        if (!given.isTextual()) {
            throw wrong((hasImage ? "image" : "profile") + " is a text");
        }
        if (!hasImage) {
            return options.imageOf(given.textValue())
                    .orElseThrow(() -> wrong("there is no profile " + Echo.quote(given.textValue())
                            + ": this worker has " + ContainerRunOptions.CODEX));
        }
        if (command.isEmpty()) {
            throw wrong("an image needs a command");
        }
        return given.textValue();
    }

    private static List<String> command(JsonNode payload) {
        String field = isAbsent(payload.path("command")) ? "args" : "command";
        JsonNode words = payload.path(field);
        if (isAbsent(words)) {
            return List.of();
        }
        if (!words.isArray() || words.size() > RunRequest.MAX_ARGUMENTS) {
            throw wrong(field + " is a list of at most " + RunRequest.MAX_ARGUMENTS + " texts");
        }
        List<String> command = new ArrayList<>(words.size());
        for (JsonNode word : words) {
            if (!word.isTextual()) {
                throw wrong(field + " is a list of texts, nothing else");
            }
            command.add(word.textValue());
        }
        return command;
    }

    private static Duration timeout(JsonNode payload, ContainerRunOptions options) {
        JsonNode seconds = payload.path("timeout_seconds");
        if (isAbsent(seconds)) {
            return options.timeout();
        }
        long longest = options.timeout().toSeconds();
        if (!seconds.isIntegralNumber() || !seconds.canConvertToLong() || seconds.longValue() < 0) {
            throw wrong("timeout_seconds is a whole number, not below zero");
        }
        if (seconds.longValue() > longest) {
            throw wrong("timeout_seconds is at most " + longest + " with this worker (its --container-run-timeout)");
        }
        return seconds.longValue() == 0 ? options.timeout() : Duration.ofSeconds(seconds.longValue());
    }

    private static Instant requestedAt(Envelope request) {
        Instant at = request.createdAt();
        return at == null ? Instant.EPOCH : at;
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static ApiException wrong(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }
}
