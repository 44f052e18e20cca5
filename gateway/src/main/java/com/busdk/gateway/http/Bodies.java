package com.busdk.gateway.http;

import com.busdk.client.config.ByteSize;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Supplier;

/** Reads bodies that are no longer, and take no longer, than they may. On the event loop of the connection. */
final class Bodies {
    /** A body of a few kilobytes is there in a moment; a client that drips it in does not hold a place for longer. */
    private static final long MAX_MILLIS = 30_000;

    private Bodies() {}

    /**
     * Reads the body of a request that is paused.
     *
     * @param max longest body that is taken; 0 takes none, and reads none
     * @param tooLong makes the failure of a longer one
     */
    static Future<byte[]> read(Vertx vertx, HttpServerRequest request, int max, Supplier<ApiException> tooLong) {
        return read(vertx, request, max, tooLong, MAX_MILLIS);
    }

    static Future<byte[]> read(
            Vertx vertx, HttpServerRequest request, int max, Supplier<ApiException> tooLong, long maxMillis) {
        String announced = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (announced != null && isAbove(announced, max)) {
            return Future.failedFuture(tooLong.get());
        }
        Promise<byte[]> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        long timer = vertx.setTimer(
                maxMillis,
                _ -> whole.tryFail(ApiException.of(
                        408, ErrorType.TIMEOUT.type(), "the body did not come in time: send it without pauses")));
        request.exceptionHandler(whole::tryFail);
        request.handler(chunk -> {
            if (body.length() + chunk.length() > max) {
                whole.tryFail(tooLong.get());
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.endHandler(_ -> whole.tryComplete(body.getBytes()));
        request.resume();
        return whole.future().onComplete(_ -> vertx.cancelTimer(timer));
    }

    private static boolean isAbove(String announced, int max) {
        try {
            return Long.parseLong(announced) > max;
        } catch (NumberFormatException e) {
            return true;
        }
    }

    /** What a body of more than so many bytes is, where there is no more to say about it. */
    static ApiException tooLarge(int max) {
        return max == 0
                ? ApiException.of(ErrorType.BAD_REQUEST, "this takes no body: send none")
                : ApiException.of(
                        ErrorType.PAYLOAD_TOO_LARGE, "the body has at most " + ByteSize.format(max) + " here");
    }
}
