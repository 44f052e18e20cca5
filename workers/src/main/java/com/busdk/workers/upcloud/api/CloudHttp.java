package com.busdk.workers.upcloud.api;

import com.busdk.workers.upcloud.options.ApiToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
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
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of the API: the token in its header and nowhere else, an answer of bounded length within a hard time limit,
 * after either of which the connection is cut. Redirects are not followed: they would carry the token to a stranger.
 * Made of the core client, since a request of the web client cannot be cut off in the middle of an answer. Any thread.
 */
final class CloudHttp {
    /** The longest list seen has 177 networks in 60 kB; an account's servers are about 1 kB each. */
    static final int MAX_BODY_BYTES = 8 * 1024 * 1024;

    /** "A few parallel details calls": the API says nothing of its limits. */
    private static final int MAX_CONNECTIONS = 8;

    /** Calls that wait for a connection; more than this is a fault of the program. */
    private static final int MAX_WAITING = 256;

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /** Shorter than servers keep them, so that no call goes out on a connection that is being closed. */
    private static final int KEEP_ALIVE_SECONDS = 20;

    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    private static final Logger LOG = LoggerFactory.getLogger(CloudHttp.class);

    private final Vertx vertx;
    private final URI root;
    private final ApiToken token;
    private final HttpClient client;

    CloudHttp(Vertx vertx, URI root, ApiToken token) {
        this.vertx = vertx;
        this.root = root;
        this.token = token;
        this.client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setDecompressionSupported(false))
                .with(new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS).setMaxWaitQueueSize(MAX_WAITING))
                // Whoever uses the connection hears of its loss; while nobody does, a loss is nothing to log.
                .withConnectHandler(connection -> connection.exceptionHandler(ignored -> {}))
                .build();
    }

    /**
     * Makes one call, once.
     *
     * @param path below the root, with its query
     * @param body what to send, null for nothing
     * @param limit longest time for all of it
     * @return the answer's JSON, missing for an empty one; fails with a {@link CloudException} only
     */
    Future<JsonNode> call(HttpMethod method, String path, @Nullable JsonNode body, Duration limit) {
        String name = method + " " + path;
        Promise<JsonNode> answer = Promise.promise();
        AtomicReference<@Nullable HttpClientRequest> sent = new AtomicReference<>();
        long timer = vertx.setTimer(Math.max(1, limit.toMillis()), ignored -> {
            if (answer.tryFail(CloudException.noAnswer(name, "it took longer than " + limit.toSeconds() + "s"))) {
                cut(sent.get());
            }
        });
        client.request(options(method, path, body != null))
                .compose(request -> {
                    sent.set(request);
                    if (answer.future().isComplete()) {
                        cut(request);
                        return Future.<JsonNode>failedFuture("too late");
                    }
                    return (body == null ? request.send() : request.send(Buffer.buffer(body.toString())))
                            .compose(response -> read(name, response));
                })
                .onComplete(result -> {
                    vertx.cancelTimer(timer);
                    if (result.succeeded()) {
                        answer.tryComplete(result.result());
                    } else {
                        answer.tryFail(ours(name, result.cause()));
                    }
                });
        return answer.future();
    }

    Future<Void> close() {
        return client.close();
    }

    private RequestOptions options(HttpMethod method, String path, boolean withBody) {
        boolean ssl = "https".equals(root.getScheme());
        String host = root.getHost();
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setSsl(ssl)
                .setHost(host.startsWith("[") ? host.substring(1, host.length() - 1) : host)
                .setPort(root.getPort() >= 0 ? root.getPort() : ssl ? HTTPS_PORT : HTTP_PORT)
                .setURI((root.getRawPath() == null ? "" : root.getRawPath()) + path)
                .setFollowRedirects(false)
                .putHeader(HttpHeaders.ACCEPT, "application/json")
                .putHeader(HttpHeaders.AUTHORIZATION, token.header());
        return withBody ? options.putHeader(HttpHeaders.CONTENT_TYPE, "application/json") : options;
    }

    private static Future<JsonNode> read(String name, HttpClientResponse response) {
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(chunk -> {
            if (body.length() + chunk.length() <= MAX_BODY_BYTES) {
                body.appendBuffer(chunk);
            } else if (whole.tryFail(
                    CloudException.unreadable(name, "it is longer than " + MAX_BODY_BYTES + " bytes"))) {
                cut(response.request());
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(ignored -> whole.tryComplete(body));
        return whole.future().compose(bytes -> {
            int status = response.statusCode();
            if (status / 100 != 2) {
                String id = CloudErrors.correlationId(response.getHeader("Upcloud-Cid"), bytes.getBytes());
                if (!id.isEmpty()) {
                    LOG.info("the cloud answered {} with status {}; its correlation id is {}", name, status, id);
                }
                return Future.failedFuture(
                        CloudErrors.read(name, status, bytes.getBytes(), response.getHeader(HttpHeaders.RETRY_AFTER)));
            }
            try {
                return Future.succeededFuture(Lenient.MAPPER.readTree(bytes.getBytes()));
            } catch (IOException e) {
                return Future.failedFuture(CloudException.unreadable(name, "it is not JSON"));
            }
        });
    }

    private static void cut(@Nullable HttpClientRequest request) {
        if (request != null) {
            request.reset();
        }
    }

    /** What the network says may name strangers' hosts; the kind of failure is enough to act on. */
    private static CloudException ours(String name, Throwable cause) {
        return cause instanceof CloudException e
                ? e
                : CloudException.noAnswer(
                        name, cause.getClass().getSimpleName() + "; check --upcloud-api-url and the network");
    }
}
