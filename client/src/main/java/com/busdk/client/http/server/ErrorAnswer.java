package com.busdk.client.http.server;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/** The HTTP form of an error of the catalogue. Stateless; on the event loop of the connection. */
public final class ErrorAnswer {
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence BEARER = HttpHeaders.createOptimized("Bearer");
    private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("retry-after");
    private static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("www-authenticate");

    private ErrorAnswer() {}

    /**
     * Sets status and headers; the body is {@link ApiException#toJsonBytes()}, and the caller's to send.
     *
     * @param response whose head is not written yet
     * @param error what went wrong
     */
    public static void head(HttpServerResponse response, ApiException error) {
        response.setStatusCode(error.status());
        response.putHeader(HttpHeaders.CONTENT_TYPE, JSON);
        error.retryAfter().ifPresent(seconds -> response.putHeader(RETRY_AFTER, Integer.toString(seconds)));
        error.allow().ifPresent(methods -> response.putHeader(HttpHeaders.ALLOW, methods));
        if (error.status() == ErrorType.INVALID_AUTH.status()) {
            response.putHeader(WWW_AUTHENTICATE, BEARER);
        }
    }

    /**
     * What a request is told that is not HTTP, or has a head beyond the server's limits.
     *
     * @param cause why it could not be read; null if that is not known
     * @return an error for {@link #endConnection}
     */
    public static ApiException unreadable(@Nullable Throwable cause) {
        if (cause instanceof TooLongHttpHeaderException) {
            return ApiException.of(
                    ErrorType.HEADERS_TOO_LARGE, "the request's headers are too large: send fewer or shorter ones");
        }
        if (cause instanceof TooLongHttpLineException) {
            return ApiException.of(
                    414, ErrorType.BAD_REQUEST.type(), "the request's URL is too long: send fewer parameters");
        }
        return ApiException.of(ErrorType.BAD_REQUEST, "this is not a request of HTTP/1.1 or HTTP/2");
    }

    /**
     * Answers a request whose end cannot be known, and closes the connection behind the answer.
     *
     * @param request what there is of it
     * @param error what went wrong
     */
    public static void endConnection(HttpServerRequest request, ApiException error) {
        HttpServerResponse response = request.response();
        head(response, error);
        response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        Future<Void> _ = response.end(Buffer.buffer(error.toJsonBytes()))
                .eventually(() -> request.connection().close());
    }
}
