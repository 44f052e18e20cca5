package com.busdk.gateway.auth;

import com.busdk.client.auth.Scopes;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;

/** The fields of a request's body, each of the type that it has to have. One for each request, on its event loop. */
final class Fields {
    private final ObjectNode object;

    private Fields(ObjectNode object) {
        this.object = object;
    }

    /** Reads a body; none is an object without fields. */
    static Fields of(byte[] body) {
        return new Fields(body.length == 0 ? Json.object() : Json.body(body));
    }

    Optional<String> text(String name) {
        JsonNode value = object.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw bad(name + " is a text between quotes");
        }
        return Optional.of(value.asText());
    }

    String required(String name) {
        return text(name).orElseThrow(() -> bad(name + " is not there, and is needed"));
    }

    EmailAddress email() {
        return EmailAddress.parse(required("email"));
    }

    /** A time to live in whole seconds, from one to that many. */
    Duration ttl(Duration fallback, Duration most) {
        JsonNode value = object.path("ttl_seconds");
        if (value.isMissingNode() || value.isNull()) {
            return fallback;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw bad("ttl_seconds is a whole number");
        }
        long seconds = value.longValue();
        if (seconds < 1 || seconds > most.toSeconds()) {
            throw bad("ttl_seconds is 1 to " + most.toSeconds());
        }
        return Duration.ofSeconds(seconds);
    }

    /** {@code scope}, or {@code resources}, which is another name for it. */
    Scopes scopes() {
        Optional<String> scope = text("scope");
        Optional<String> resources = text("resources");
        if (scope.isPresent() && resources.isPresent() && !scope.equals(resources)) {
            throw bad("scope and resources say the same: give one of them");
        }
        try {
            return Scopes.parse(scope.or(() -> resources).orElse(""));
        } catch (IllegalArgumentException e) {
            throw bad("scope is words such as vm:read with spaces between them");
        }
    }

    static ApiException bad(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }
}
