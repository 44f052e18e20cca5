package com.busdk.broker.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** Writes whole answers. On the event loop of the connection. */
public final class Answers {
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private Answers() {}

    /**
     * Answers with a JSON body.
     *
     * @return a future that is complete: nobody waits for the peer to take an answer
     */
    public static Future<Void> json(HttpServerRequest request, int status, Buffer body) {
        return send(request, status, JSON, body);
    }

    static Future<Void> send(HttpServerRequest request, int status, CharSequence type, Buffer body) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            return Future.succeededFuture();
        }
        if (status != 200) {
            response.setStatusCode(status);
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, type);
        end(response, body);
        return Future.succeededFuture();
    }

    /** Ends the response; whether the peer takes it is its own affair, and seen by the connection's close. */
    static void end(HttpServerResponse response, Buffer body) {
        Future<Void> _ = response.end(body);
    }
}
