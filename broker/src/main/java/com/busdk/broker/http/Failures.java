package com.busdk.broker.http;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that turns failures into answers. What is not meant for the caller becomes a 500 that says nothing, and a
 * line in the log.
 *
 * <p>Thread: the event loop of the connection; no state but counters.
 */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("retry-after");
    private static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("www-authenticate");

    private final ServiceStats stats;

    Failures(ServiceStats stats) {
        this.stats = stats;
    }

    /** Answers with what went wrong, unless an answer has been begun: then the connection is cut. */
    void answer(HttpServerRequest request, Throwable failure) {
        ApiException error = publicError(request, failure);
        stats.error(error.type());
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            Future<Void> _ = response.reset();
            return;
        }
        head(response, error);
        boolean unread = UnreadBody.isLeftBy(request);
        if (unread) {
            UnreadBody.announceClose(request);
        }
        Answers.end(response, Buffer.buffer(error.toJsonBytes()));
        if (unread) {
            UnreadBody.discard(request);
        }
    }

    private static void head(HttpServerResponse response, ApiException error) {
        response.setStatusCode(error.status());
        response.putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON);
        error.retryAfter().ifPresent(seconds -> response.putHeader(RETRY_AFTER, String.valueOf(seconds)));
        error.allow().ifPresent(methods -> response.putHeader(HttpHeaders.ALLOW, methods));
        if (error.status() == ErrorType.INVALID_AUTH.status()) {
            response.putHeader(WWW_AUTHENTICATE, "Bearer");
        }
    }

    /** Answers a request that is not HTTP; the connection is closed behind it, since its end cannot be known. */
    void answerInvalid(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        ApiException error = invalid(cause);
        stats.error(error.type());
        HttpServerResponse response = request.response();
        head(response, error);
        response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        Future<Void> _ = response.end(Buffer.buffer(error.toJsonBytes()))
                .eventually(() -> request.connection().close());
    }

    /** Counts a body whose chunks are none, and gives the answer's body. */
    byte[] badChunk() {
        ApiException error = ApiException.of(
                ErrorType.BAD_REQUEST,
                "the body's chunks are wrong: send it as HTTP/1.1 has it (RFC 9112, section 7.1)");
        stats.error(error.type());
        return error.toJsonBytes();
    }

    private static ApiException invalid(@Nullable Throwable cause) {
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

    private static ApiException publicError(HttpServerRequest request, Throwable failure) {
        if (failure instanceof ApiException error) {
            return error;
        }
        LOG.error("{} {} failed", request.method(), request.path(), failure);
        return ApiException.of(
                ErrorType.INTERNAL, "the service failed to do this: try again, and tell its operator if it stays so");
    }
}
