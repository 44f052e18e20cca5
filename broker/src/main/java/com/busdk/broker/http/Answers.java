package com.busdk.broker.http;

import com.busdk.broker.http.exchange.BodyRoom;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** Writes whole answers. On the event loop of the connection. */
final class Answers {
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private Answers() {}

    /**
     * Answers with a JSON body.
     *
     * @param room has the answer until the peer has taken it
     * @return a future that is complete: nobody waits for the peer to take an answer
     */
    static Future<Void> json(BodyRoom room, HttpServerRequest request, int status, Buffer body) {
        return send(room, request, status, JSON, body);
    }

    static Future<Void> send(BodyRoom room, HttpServerRequest request, int status, CharSequence type, Buffer body) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            return Future.succeededFuture();
        }
        if (status != 200) {
            response.setStatusCode(status);
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, type);
        room.answer(request, body);
        return Future.succeededFuture();
    }
}
