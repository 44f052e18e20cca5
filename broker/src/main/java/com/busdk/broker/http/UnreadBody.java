package com.busdk.broker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * What remains of a body whose request has been refused. A short one is passed over, and the connection lives on. Of a
 * long one, or one that may never come, as much is thrown away as a client may send while it reads the answer (a
 * connection that is closed with unread data behind it is reset, and the answer may be lost with that); then the
 * connection is closed.
 *
 * <p>Thread: the event loop of the connection.
 */
final class UnreadBody {
    /** Passed over without further ado: reading it costs less than a new connection. */
    private static final long SHORT_BYTES = 64L << 10;

    /** A client that reads the answer stops long before that. */
    private static final long MAX_BYTES = 4L << 20;

    /** A client that is slower than that loses the answer. */
    private static final long MAX_MILLIS = 2_000;

    private final HttpServerRequest request;
    private final long timer;
    private long bytes;
    private boolean over;

    private UnreadBody(HttpServerRequest request, Vertx vertx) {
        this.request = request;
        this.timer = vertx.setTimer(MAX_MILLIS, _ -> close());
    }

    /** Whether the request is not over, and what is still to come is not short. */
    static boolean isLeftBy(HttpServerRequest request) {
        if (request.isEnded()) {
            return false;
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null) {
            return request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        }
        // Who expects to be told whether to send the body may now leave it out, and the next request would be taken for
        // it.
        return request.getHeader(HttpHeaders.EXPECT) != null || isLong(length);
    }

    private static boolean isLong(String length) {
        try {
            return Long.parseLong(length) > SHORT_BYTES;
        } catch (NumberFormatException e) {
            return true;
        }
    }

    /** Before the answer's head is written. */
    static void announceClose(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Behind the answer. */
    static void discard(HttpServerRequest request) {
        Vertx vertx = Vertx.currentContext().owner();
        UnreadBody rest = new UnreadBody(request, vertx);
        request.handler(chunk -> {
            rest.bytes += chunk.length();
            if (rest.bytes > MAX_BYTES) {
                rest.closeNow(vertx);
            }
        });
        request.endHandler(_ -> rest.closeNow(vertx));
        request.exceptionHandler(_ -> vertx.cancelTimer(rest.timer));
        request.resume();
    }

    private void closeNow(Vertx vertx) {
        vertx.cancelTimer(timer);
        close();
    }

    private void close() {
        if (over) {
            return;
        }
        over = true;
        Future<Void> _ = request.version() == HttpVersion.HTTP_2
                ? request.response().reset(0)
                : request.connection().close();
    }
}
