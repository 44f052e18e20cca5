package com.busdk.gateway;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;

/**
 * Lets scripts of other origins in, where the operator names those (the Fetch standard, "CORS protocol"). Tokens travel in
 * a header that the script sets, never in a cookie, so credentials are not allowed. Immutable.
 *
 * @param origins the allowed origins, or {@code *}; empty switches it off
 */
record Cors(Set<String> origins) {
    private static final String SECONDS_REMEMBERED = "600";

    /** Marks an answer; true if the request was a preflight, which is answered with that. */
    boolean handle(HttpServerRequest request) {
        if (origins.isEmpty()) {
            return false;
        }
        HttpServerResponse response = request.response();
        response.putHeader("Vary", "Origin");
        String origin = request.getHeader("Origin");
        boolean all = origins.contains("*");
        if (origin == null || !all && !origins.contains(origin)) {
            return false;
        }
        response.putHeader("Access-Control-Allow-Origin", all ? "*" : origin);
        boolean preflight = request.method().equals(HttpMethod.OPTIONS)
                && request.getHeader("Access-Control-Request-Method") != null;
        if (preflight) {
            response.putHeader("Access-Control-Allow-Methods", "GET, POST, DELETE")
                    .putHeader(
                            "Access-Control-Allow-Headers",
                            "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id")
                    .putHeader("Access-Control-Max-Age", SECONDS_REMEMBERED)
                    .setStatusCode(204)
                    .end();
        } else {
            response.putHeader("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, Bus-Replay-Truncated");
        }
        return preflight;
    }
}
