package com.busdk.broker.http;

import com.busdk.broker.backend.Backend;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** {@code GET /healthz} and {@code GET /readyz}. Any event loop. */
final class HealthHandlers {
    private static final int RETRY_AFTER_SECONDS = 5;
    private static final Buffer OK = Buffer.buffer("{\"ok\":true}");

    private final Backend backend;
    private final ServiceState state;

    HealthHandlers(Backend backend, ServiceState state) {
        this.backend = backend;
        this.state = state;
    }

    /** Alive: it answers. */
    Future<Void> healthz(HttpServerRequest request) {
        return Answers.json(request, 200, OK);
    }

    /** Ready: a publish now would be taken. */
    Future<Void> readyz(HttpServerRequest request) {
        state.refuseWhenStopping();
        String reason = backend.notReadyBecause();
        if (!reason.isEmpty()) {
            throw ApiException.of(ErrorType.UNAVAILABLE, reason).withRetryAfter(RETRY_AFTER_SECONDS);
        }
        return Answers.json(request, 200, OK);
    }
}
