package com.busdk.client.http.server;

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
public final class UnreadBody {
    /** Passed over without further ado: reading it costs less than a new connection. */
    private static final long SHORT_BYTES = 64L << 10;

    /** A client that reads the answer stops long before that. */
    private static final long MAX_BYTES = 4L << 20;

    /** A client that is slower than that loses the answer. */
    private static final long MAX_MILLIS = 2_000;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final long timer;
    private long bytes;
    private boolean over;

    private UnreadBody(Vertx vertx, HttpServerRequest request) {
        this.request = request;
        this.vertx = vertx;
        this.timer = vertx.setTimer(MAX_MILLIS, _ -> close());
    }

    /**
     * Whether the connection cannot live on: the request is not over, and what is still to come of it is not known to be
     * short. Asked before the answer is written, since afterwards the request may have ended.
     *
     * @param request the request
     * @return true if {@link #announceClose} and, behind the answer, {@link #discard} have to follow
     */
    public static boolean isLeftBy(HttpServerRequest request) {
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

    /**
     * Says, before the answer's head is written, that the connection ends with it.
     *
     * @param request the request
     */
    public static void announceClose(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /**
     * Behind the answer of a request whose rest is long: throws away what comes for a while, then closes.
     *
     * @param vertx for the timer that ends what a refused client goes on sending
     * @param request the request
     */
    public static void discard(Vertx vertx, HttpServerRequest request) {
        UnreadBody rest = new UnreadBody(vertx, request);
        request.handler(chunk -> rest.pass(chunk.length()));
        request.endHandler(_ -> rest.close());
        request.exceptionHandler(_ -> rest.close());
        request.resume();
    }

    /**
     * Behind the answer of a request whose rest is short: reads it, so that the next request can come.
     *
     * @param request the request
     */
    public static void passOver(HttpServerRequest request) {
        if (!request.isEnded()) {
            request.handler(_ -> {});
            request.exceptionHandler(_ -> {});
            request.resume();
        }
    }

    private void pass(int length) {
        bytes += length;
        if (bytes > MAX_BYTES) {
            close();
        }
    }

    private void close() {
        if (over) {
            return;
        }
        over = true;
        vertx.cancelTimer(timer);
        Future<Void> _ = request.version() == HttpVersion.HTTP_2
                ? request.response().reset(0)
                : request.connection().close();
    }
}
