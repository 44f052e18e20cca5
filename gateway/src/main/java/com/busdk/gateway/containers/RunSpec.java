package com.busdk.gateway.containers;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a caller wants to run. Immutable.
 *
 * @param profile name of an image that the worker knows, if it is given; else there is an image
 * @param image an image
 * @param command program and arguments; may be empty with a profile
 * @param timeout longest run in whole seconds, if the caller says
 */
record RunSpec(Optional<String> profile, Optional<String> image, List<String> command, Optional<Duration> timeout) {
    /** Most arguments (runtime-apis). */
    static final int MAX_ARGUMENTS = 256;

    /** Most bytes of all arguments together (runtime-apis): as much as one argument may have on Linux. */
    static final int MAX_ARGUMENT_BYTES = 128 << 10;

    /** Longest body: every byte of the arguments may be written as an escape of six, and there is room for the rest. */
    static final int MAX_BODY_BYTES = 1 << 20;

    /** Longer than anything that a non-persistent run is for. */
    static final Duration MAX_TIMEOUT = Duration.ofHours(24);

    private static final Pattern PROFILE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    /** A reference of the distribution specification, bounded; in any case nothing that begins as an option does. */
    private static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}");

    RunSpec {
        command = List.copyOf(command);
    }

    /** What a body of more than {@link #MAX_BODY_BYTES} is: arguments that may be would have fitted in. */
    static ApiException tooLong() {
        return bad(
                "the body has more than 1MiB, and all arguments together have at most 128KiB: put what is long into a"
                        + " file or a script");
    }

    /**
     * Reads a request's body.
     *
     * @throws ApiException {@code bad_request}, with what to write instead
     */
    static RunSpec parse(byte[] bytes) {
        ObjectNode body = Json.body(bytes);
        Optional<String> profile = word(body, "profile", PROFILE, "1 to 64 of a-z 0-9 . _ -, such as codex");
        Optional<String> image = word(body, "image", IMAGE, "an image, such as docker.io/library/alpine:3.20");
        if (profile.isPresent() == image.isPresent()) {
            throw bad(
                    profile.isPresent() ? "profile and image are both given: give one" : "give a profile or an image");
        }
        JsonNode given = isAbsent(body.path("command")) ? body.path("args") : body.path("command");
        List<String> command = isAbsent(given) ? List.of() : arguments(given);
        if (image.isPresent() && command.isEmpty()) {
            throw bad("an image needs a command: give command, an array of texts");
        }
        return new RunSpec(profile, image, command, timeout(body.path("timeout_seconds")));
    }

    /** What the worker gets. */
    ObjectNode payload(String runId, int outputLimit) {
        ObjectNode payload = Json.object().put("run_id", runId);
        profile.ifPresent(name -> payload.put("profile", name));
        image.ifPresent(name -> payload.put("image", name));
        payload.set("command", commandArray());
        timeout.ifPresent(limit -> payload.put("timeout_seconds", limit.toSeconds()));
        return payload.put("output_limit", outputLimit);
    }

    ArrayNode commandArray() {
        ArrayNode array = Json.object().arrayNode();
        command.forEach(array::add);
        return array;
    }

    private static Optional<String> word(ObjectNode body, String field, Pattern pattern, String form) {
        JsonNode value = body.path(field);
        if (isAbsent(value)) {
            return Optional.empty();
        }
        if (!value.isTextual() || !pattern.matcher(value.asText()).matches()) {
            throw bad(field + " is " + form);
        }
        return Optional.of(value.asText());
    }

    private static List<String> arguments(JsonNode given) {
        if (!given.isArray()) {
            throw bad("command is an array of texts, one for each argument");
        }
        if (given.size() > MAX_ARGUMENTS) {
            throw bad("there are more than " + MAX_ARGUMENTS + " arguments: put the rest into a script");
        }
        List<String> arguments = new ArrayList<>(given.size());
        int bytes = 0;
        for (JsonNode one : given) {
            if (!one.isTextual()) {
                throw bad("each argument is a text: put quotes around numbers");
            }
            String text = one.asText();
            if (text.indexOf('\0') >= 0) {
                throw bad("an argument has a NUL in it, which no program can be given");
            }
            bytes += length(text);
            if (bytes > MAX_ARGUMENT_BYTES) {
                throw bad("the arguments have more than 128KiB: put what is long into a file or a script");
            }
            arguments.add(text);
        }
        if (!arguments.isEmpty() && arguments.getFirst().isEmpty()) {
            throw bad("the first argument is the program to run: it is not empty");
        }
        return arguments;
    }

    private static int length(String text) {
        try {
            return StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(CharBuffer.wrap(text))
                    .remaining();
        } catch (CharacterCodingException e) {
            throw bad("an argument has half a character in it (a lone surrogate): it cannot be written as UTF-8");
        }
    }

    /**
     * Refuses a time that is longer than runs may take, before anybody is charged for it.
     *
     * @throws ApiException {@code bad_request}, with the limit
     */
    void checkTimeout(Duration longest) {
        if (timeout.isPresent() && timeout.get().compareTo(longest) > 0) {
            throw bad("timeout_seconds is at most " + longest.toSeconds() + " here (the service's --run-timeout)");
        }
    }

    private static Optional<Duration> timeout(JsonNode seconds) {
        if (isAbsent(seconds)) {
            return Optional.empty();
        }
        boolean fits = seconds.isIntegralNumber()
                && seconds.canConvertToLong()
                && seconds.longValue() >= 0
                && seconds.longValue() <= MAX_TIMEOUT.toSeconds();
        if (!fits) {
            throw bad("timeout_seconds is a whole number of 1 to " + MAX_TIMEOUT.toSeconds()
                    + "; 0 or none takes the default");
        }
        return seconds.longValue() == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds.longValue()));
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static ApiException bad(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }
}
