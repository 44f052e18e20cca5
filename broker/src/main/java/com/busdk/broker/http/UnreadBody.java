package com.busdk.broker.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * What remains of a body whose request has been refused: it is thrown away for a while, so that the client can read the
 * answer (a connection that is closed with unread data behind it is reset, and the answer may be lost with that), and then
 * the connection is closed. Thread: the event loop of the connection.
 */
final class UnreadBody {
    /** A client that reads the answer stops long before that. */
    private static final long MAX_BYTES = 4L << 20;

    /** A client that is slower than that loses the answer. */
    private static final long MAX_MILLIS = 2_000;

    private long bytes;
    private boolean over;

    private UnreadBody() {}

    /** To be called before the answer's head is written: it announces the close. */
    static void discard(HttpServerRequest request) {
        UnreadBody rest = new UnreadBody();
        boolean http1 = request.version() != HttpVersion.HTTP_2;
        if (http1) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        Vertx vertx = Vertx.currentContext().owner();
        long timer = vertx.setTimer(MAX_MILLIS, _ -> rest.close(request, http1));
        Runnable done = () -> {
            vertx.cancelTimer(timer);
            rest.close(request, http1);
        };
        request.handler(chunk -> {
            rest.bytes += chunk.length();
            if (rest.bytes > MAX_BYTES) {
                done.run();
            }
        });
        request.endHandler(_ -> done.run());
        request.exceptionHandler(_ -> vertx.cancelTimer(timer));
        request.resume();
    }

    private void close(HttpServerRequest request, boolean http1) {
        if (over) {
            return;
        }
        over = true;
        if (http1) {
            var _ = request.connection().close();
        } else {
            var _ = request.response().reset(0);
        }
    }
}
