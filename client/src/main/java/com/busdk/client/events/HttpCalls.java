package com.busdk.client.events;

import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one events service: addresses, tokens, time-outs, and failures in the SDK's own exceptions. Any thread.
 * Streams, and requests that wait for a worker, have connections of their own: many of them never keep a publish waiting,
 * least of all that of the response they wait for.
 */
final class HttpCalls {
    static final String NDJSON = "application/x-ndjson";
    private static final String JSON = "application/json";

    /** An answer that says what became of a request is small. */
    static final int MAX_RECEIPT_BYTES = 64 * 1024;

    /** Error bodies are small; a stranger's page is cut off here. */
    private static final int MAX_ERROR_BYTES = 64 * 1024;

    /** Shorter than any service's own idle time-out, so that a connection is not used while the service closes it. */
    private static final int KEEP_ALIVE_SECONDS = 20;

    /** What is read of a socket at once goes to the handler at once: many lines a time. */
    private static final int CHUNK_BYTES = 64 * 1024;

    /**
     * Requests that wait for a worker's response at a time, twice the thousand that a service has of each kind (long ones
     * and quick ones); as many more as may wait at all wait for their turn.
     */
    private static final int MAX_QUESTIONS = 2_000;

    /** More streams than this in one client are a fault of the program. */
    private static final int MAX_STREAMS = 100_000;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Vertx vertx;
    private final URI collection;
    private final TokenGate tokens;
    private final EventsClientOptions options;
    private final HttpClient requests;
    private final HttpClient questions;
    private final HttpClient streams;

    HttpCalls(Vertx vertx, URI collection, TokenSource source, EventsClientOptions options) {
        this.vertx = vertx;
        this.collection = collection;
        this.tokens = new TokenGate(vertx, source);
        this.options = options;
        HttpClientOptions http = new HttpClientOptions()
                .setConnectTimeout(Math.toIntExact(options.connectTimeout().toMillis()))
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setMaxChunkSize(CHUNK_BYTES);
        this.requests = pool(http, options.maxConnections());
        this.questions = pool(http, MAX_QUESTIONS);
        this.streams = pool(http, MAX_STREAMS);
    }

    private HttpClient pool(HttpClientOptions http, int connections) {
        return vertx.httpClientBuilder()
                .with(http)
                .with(new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(options.maxWaiting()))
                // Whoever uses the connection hears of its loss; while nobody does, a loss is nothing to log.
                .withConnectHandler(connection -> connection.exceptionHandler(ignored -> {}))
                .build();
    }

    Vertx vertx() {
        return vertx;
    }

    URI collection() {
        return collection;
    }

    EventsClientOptions options() {
        return options;
    }

    /** Sends a request below the collection and reads its JSON answer; anything but 2xx is an exception. */
    Future<JsonNode> json(HttpMethod method, String below, @Nullable Buffer body, Duration timeout, int maxBytes) {
        return call(method, below, body, timeout, maxBytes).compose(HttpCalls::tree);
    }

    /** As {@link #json}, but the answer's bytes. */
    Future<Buffer> call(HttpMethod method, String below, @Nullable Buffer body, Duration timeout, int maxBytes) {
        return call(requests, method, below, JSON, body, timeout, maxBytes);
    }

    /** Posts lines to the collection, and reads the JSON answer as {@link #json} does. */
    Future<JsonNode> lines(Buffer lines, Duration timeout, int maxBytes) {
        return call(requests, HttpMethod.POST, "", NDJSON, lines, timeout, maxBytes)
                .compose(HttpCalls::tree);
    }

    /** A request below the collection that is answered when somebody else has worked on it. */
    Future<Buffer> question(String below, Buffer body, Duration timeout, int maxBytes) {
        return call(questions, HttpMethod.POST, below, JSON, body, timeout, maxBytes);
    }

    private Future<Buffer> call(
            HttpClient client,
            HttpMethod method,
            String below,
            String type,
            @Nullable Buffer body,
            Duration timeout,
            int maxBytes) {
        String path = collection.getRawPath() + below;
        return tokens.current()
                .compose(token -> answer(client, method, path, token, type, body, timeout, maxBytes)
                        .recover(cause -> {
                            if (!(cause instanceof ApiException e) || e.status() != 401) {
                                return Future.failedFuture(cause);
                            }
                            // It may have been renewed since it was asked for.
                            return tokens.fresh()
                                    .compose(fresh -> fresh.equals(token)
                                            ? Future.failedFuture(cause)
                                            : answer(client, method, path, fresh, type, body, timeout, maxBytes));
                        }));
    }

    /**
     * A request without a token to a path of the service.
     *
     * @param read takes whatever answer there is, on the connection's thread: looked at from another one, it may have
     *     gone by
     */
    <T> Future<T> open(String path, Function<HttpClientResponse, Future<T>> read) {
        RequestOptions to =
                to(HttpMethod.GET, path).setIdleTimeout(options.requestTimeout().toMillis());
        return requests.request(to)
                .recover(this::notConnected)
                .compose(request -> request.send().recover(this::lost).compose(read));
    }

    /** A request whose body is written as it comes. The caller watches over the answer. */
    Future<HttpClientRequest> upload(String contentType) {
        return tokens.fresh().compose(token -> {
            RequestOptions to = to(HttpMethod.POST, collection.getRawPath())
                    .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token)
                    .putHeader(HttpHeaders.CONTENT_TYPE, contentType);
            return streams.request(to).recover(this::notConnected);
        });
    }

    /** A request for a stream below the collection, not sent yet. */
    Future<HttpClientRequest> stream(String below) {
        return tokens.fresh().compose(token -> {
            RequestOptions to = to(HttpMethod.GET, collection.getRawPath() + below)
                    .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token)
                    .putHeader(HttpHeaders.ACCEPT, NDJSON);
            return streams.request(to).recover(this::notConnected);
        });
    }

    /** The error in an answer. */
    Future<ApiException> error(HttpClientResponse response) {
        return BoundedBody.read(response, MAX_ERROR_BYTES, true)
                .map(body -> ApiException.parse(
                        response.statusCode(), body.getBytes(), response.getHeader(HttpHeaders.RETRY_AFTER)))
                .recover(this::lost);
    }

    /** Says of a failure after sending that its outcome is not known; keeps what already is an exception of the SDK. */
    <T> Future<T> lost(Throwable cause) {
        if (isOurs(cause)) {
            return Future.failedFuture(cause);
        }
        if (cause instanceof TimeoutException) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.TIMEOUT,
                    "no answer in time; what was asked for may have happened: repeat it only with the same"
                            + " idempotency key"));
        }
        return Future.failedFuture(UnreachableException.lost(collection, cause));
    }

    Future<Void> close() {
        return Future.join(requests.close(), questions.close(), streams.close()).mapEmpty();
    }

    private Future<Buffer> answer(
            HttpClient client,
            HttpMethod method,
            String path,
            String token,
            String type,
            @Nullable Buffer body,
            Duration timeout,
            int maxBytes) {
        RequestOptions to = to(method, path)
                .setConnectTimeout(timeout.toMillis()) // also the wait for a connection that is in use
                .setIdleTimeout(timeout.toMillis())
                .putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token)
                .putHeader(HttpHeaders.ACCEPT, JSON);
        if (body != null) {
            to.putHeader(HttpHeaders.CONTENT_TYPE, type);
        }
        Function<HttpClientResponse, Future<Buffer>> read = response -> response.statusCode() / 100 == 2
                ? BoundedBody.read(response, maxBytes, false)
                : error(response).compose(Future::failedFuture);
        return client.request(to)
                .recover(this::notConnected)
                .compose(request -> (body == null ? request.send() : request.send(body))
                        .compose(read)
                        .recover(this::lost));
    }

    private RequestOptions to(HttpMethod method, String path) {
        boolean ssl = "https".equals(collection.getScheme());
        int port = collection.getPort();
        String host = collection.getHost();
        return new RequestOptions()
                .setMethod(method)
                .setSsl(ssl)
                .setHost(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
                .setPort(port >= 0 ? port : ssl ? 443 : 80)
                .setURI(path)
                .setConnectTimeout(options.connectTimeout().toMillis());
    }

    private <T> Future<T> notConnected(Throwable cause) {
        if (isOurs(cause)) {
            return Future.failedFuture(cause);
        }
        if (cause instanceof TimeoutException) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.UNAVAILABLE,
                    "no connection became free in time: all are in use, so send less at a time or allow more"
                            + " connections"));
        }
        if (cause instanceof ConnectionPoolTooBusyException) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.UNAVAILABLE,
                    "more than " + options.maxWaiting() + " requests wait for a connection in this client: wait for"
                            + " answers before sending more"));
        }
        return Future.failedFuture(UnreachableException.notConnected(collection, cause));
    }

    private static boolean isOurs(Throwable cause) {
        return cause instanceof ApiException
                || cause instanceof UnreachableException
                || cause instanceof TokenException;
    }

    /** JSON text as a tree. */
    static Future<JsonNode> tree(Buffer body) {
        try {
            return Future.succeededFuture(MAPPER.readTree(body.getBytes()));
        } catch (IOException e) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.BAD_GATEWAY, "the answer is not JSON: check that the URL is that of an events service"));
        }
    }
}
