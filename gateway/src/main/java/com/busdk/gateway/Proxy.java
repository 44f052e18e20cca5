package com.busdk.gateway;

import com.busdk.client.config.ByteSize;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Failures;
import com.busdk.gateway.http.RequestIds;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes a request on and its answer back, both as streams: each piece as it comes, no faster than the other side takes
 * it, and nothing is kept. The head of an answer goes out before its first byte, since a stream of events may have none
 * for hours and its client waits for the head to know that it listens. When either side goes, the other is let go.
 *
 * <p>This is not the proxy library of the stack, because that one does not pass on a body of unknown length that came
 * over HTTP/2, nor a head on its own.
 *
 * <p>Thread: the event loop of the client's connection; no state but a request's own.
 */
final class Proxy {
    private static final Logger LOG = LoggerFactory.getLogger(Proxy.class);

    /** What the gateway says of its client itself: whatever the client says of that is not passed on. */
    private static final Set<String> OURS = Set.of(
            "host",
            "x-request-id",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "forwarded",
            "x-real-ip");

    private static final Set<String> OF_ANSWER = Set.of("x-request-id");

    private final HttpClient client;
    private final Failures failures;
    private final Counter lost;

    /**
     * A proxy.
     *
     * @param client connects to services
     * @param failures answers where there is no answer to pass on
     * @param lost counts services that could not be reached or went away
     */
    Proxy(HttpClient client, Failures failures, Counter lost) {
        this.client = client;
        this.failures = failures;
        this.lost = lost;
    }

    /**
     * Passes a request on.
     *
     * @param target path and query
     * @param maxBodyBytes longest body, or -1 for any
     */
    void pass(HttpServerRequest request, String requestId, Upstream upstream, String target, long maxBodyBytes) {
        long announced = announced(request);
        if (maxBodyBytes >= 0 && announced > maxBodyBytes) {
            throw tooLarge(maxBodyBytes);
        }
        request.pause();
        Exchange exchange = new Exchange(request, requestId, upstream, maxBodyBytes);
        request.response().closeHandler(_ -> exchange.clientGone());
        RequestOptions to = upstream.request(request.method(), target);
        MultiMap headers = HttpHeaders.headers();
        HopByHop.copy(request.headers(), headers, OURS);
        headers.set(RequestIds.HEADER, requestId);
        forwarded(request, headers);
        to.setHeaders(headers);
        client.request(to).onComplete(connected -> {
            if (connected.succeeded()) {
                exchange.connected(connected.result(), announced);
            } else {
                exchange.notConnected(connected.cause());
            }
        });
    }

    private static void forwarded(HttpServerRequest request, MultiMap headers) {
        if (request.remoteAddress() != null && request.remoteAddress().hostAddress() != null) {
            headers.set("X-Forwarded-For", request.remoteAddress().hostAddress());
        }
        headers.set("X-Forwarded-Proto", request.isSSL() ? "https" : "http");
        String host = request.authority() == null ? null : request.authority().toString();
        if (host != null) {
            headers.set("X-Forwarded-Host", host);
        }
    }

    /** The length of the body that the head tells of, -1 for none. */
    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "Content-Length is not a number");
        }
    }

    private static ApiException tooLarge(long max) {
        return ApiException.of(
                ErrorType.PAYLOAD_TOO_LARGE, "the body has at most " + ByteSize.format(max) + " here: send less");
    }

    /** One request under way. On the event loop of the client's connection. */
    private final class Exchange {
        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final String requestId;
        private final Upstream upstream;
        private final long maxBodyBytes;
        private @Nullable HttpClientRequest onward;
        private long bytes;
        private boolean over;

        Exchange(HttpServerRequest request, String requestId, Upstream upstream, long maxBodyBytes) {
            this.request = request;
            this.response = request.response();
            this.requestId = requestId;
            this.upstream = upstream;
            this.maxBodyBytes = maxBodyBytes;
        }

        void connected(HttpClientRequest to, long announced) {
            onward = to;
            if (over) {
                to.reset(); // the client went while we were connecting
                return;
            }
            to.exceptionHandler(this::upstreamLost);
            to.response().onSuccess(this::answered).onFailure(this::upstreamLost);
            request.exceptionHandler(_ -> clientGone());
            request.handler(chunk -> body(to, chunk, announced));
            request.endHandler(_ -> {
                if (!over) {
                    to.end();
                }
            });
            request.resume();
        }

        private void body(HttpClientRequest to, Buffer chunk, long announced) {
            if (over) {
                return;
            }
            bytes += chunk.length();
            if (maxBodyBytes >= 0 && bytes > maxBodyBytes) {
                fail(tooLarge(maxBodyBytes));
                return;
            }
            if (bytes == chunk.length() && announced < 0) {
                to.setChunked(true); // only now is it known that there is a body
            }
            to.write(chunk);
            if (to.writeQueueFull()) {
                request.pause();
                to.drainHandler(_ -> request.resume());
            }
        }

        private void answered(HttpClientResponse answer) {
            if (over) {
                return;
            }
            response.setStatusCode(answer.statusCode());
            if (answer.headers().contains(HttpHeaders.DATE)) {
                response.headers().remove(HttpHeaders.DATE); // the service's own says when it was made
            }
            HopByHop.copy(answer.headers(), response.headers(), OF_ANSWER);
            Failures.announceRest(request);
            boolean bodiless = request.method().equals(HttpMethod.HEAD)
                    || answer.statusCode() == 204
                    || answer.statusCode() == 304;
            boolean unknownLength = answer.getHeader(HttpHeaders.CONTENT_LENGTH) == null && !bodiless;
            answer.exceptionHandler(this::upstreamLost);
            answer.handler(chunk -> {
                response.write(chunk);
                if (response.writeQueueFull()) {
                    answer.pause();
                    response.drainHandler(_ -> answer.resume());
                }
            });
            answer.endHandler(_ -> {
                if (!over) {
                    over = true;
                    response.end();
                    finishUpload();
                    if ("close".equalsIgnoreCase(answer.getHeader(HttpHeaders.CONNECTION))) {
                        // The pool would give it to the next request where this answer came before the body's end.
                        answer.request().connection().close();
                    }
                }
            });
            if (unknownLength) {
                if (request.version() != HttpVersion.HTTP_1_0) {
                    response.setChunked(true);
                }
                response.writeHead();
            }
        }

        /** An answer may come before all of a body has been sent: the rest has no reader any more. */
        private void finishUpload() {
            if (!request.isEnded()) {
                if (onward != null) {
                    onward.reset();
                }
                failures.discardRest(request);
            }
        }

        void clientGone() {
            if (over) {
                return;
            }
            over = true;
            if (onward != null) {
                onward.reset();
            }
        }

        void notConnected(Throwable cause) {
            lost.increment();
            LOG.warn(
                    "request {}: the {} service cannot be reached: {}", requestId, upstream.name(), cause.getMessage());
            fail(
                    cause instanceof ConnectionPoolTooBusyException
                            ? ApiException.of(
                                            ErrorType.UNAVAILABLE,
                                            "too many requests wait for the " + upstream.name() + " service: try again")
                                    .withRetryAfter(1)
                            : ApiException.of(
                                            ErrorType.BAD_GATEWAY,
                                            "the " + upstream.name()
                                                    + " service behind the gateway cannot be reached: try again")
                                    .withRetryAfter(1));
        }

        private void upstreamLost(Throwable cause) {
            if (over) {
                return;
            }
            lost.increment();
            LOG.warn("request {}: lost the {} service: {}", requestId, upstream.name(), cause.getMessage());
            fail(ApiException.of(
                    ErrorType.BAD_GATEWAY,
                    "the " + upstream.name() + " service behind the gateway went away before its answer:"
                            + " what was asked for may have happened"));
        }

        private void fail(ApiException why) {
            if (over) {
                return;
            }
            over = true;
            if (onward != null) {
                onward.reset();
            }
            failures.answer(request, requestId, why);
        }
    }
}
