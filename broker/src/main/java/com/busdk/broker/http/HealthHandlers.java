package com.busdk.broker.http;

import com.busdk.broker.backend.Backend;
import com.busdk.broker.http.exchange.BodyRoom;
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
    private final BodyRoom room;

    HealthHandlers(Backend backend, ServiceState state, BodyRoom room) {
        this.backend = backend;
        this.state = state;
        this.room = room;
    }

    /** Alive: it answers. */
    Future<Void> healthz(HttpServerRequest request) {
        return Answers.json(room, request, 200, OK);
    }

    /** Ready: a publish now would be taken. */
    Future<Void> readyz(HttpServerRequest request) {
        state.refuseWhenStopping();
        String reason = backend.notReadyBecause();
        if (!reason.isEmpty()) {
            throw ApiException.of(ErrorType.UNAVAILABLE, reason).withRetryAfter(RETRY_AFTER_SECONDS);
        }
        return Answers.json(room, request, 200, OK);
    }
}
