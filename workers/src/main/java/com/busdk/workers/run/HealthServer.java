package com.busdk.workers.run;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Serves {@code /healthz}, {@code /readyz} and {@code /metrics} of a worker. It has no access control, so it belongs on an
 * address that only the operator reaches. Lives on the context that started it.
 */
final class HealthServer {
    /** Longest request line and headers: nobody who asks for health needs more. */
    private static final int MAX_HEADER_BYTES = 8 * 1024;

    /** A connection that says nothing for so long is closed. */
    private static final int IDLE_SECONDS = 60;

    private static final String JSON = "application/json";

    /** Prometheus text format 0.0.4. */
    private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer server;
    private final Supplier<Optional<String>> notReady;
    private final Supplier<String> metrics;

    private HealthServer(HttpServer server, Supplier<Optional<String>> notReady, Supplier<String> metrics) {
        this.server = server;
        this.notReady = notReady;
        this.metrics = metrics;
    }

    /**
     * Starts it.
     *
     * @param notReady why the worker is not ready, or empty if it is
     * @param metrics the metrics' text
     * @return the server; fails if the address cannot be listened on
     */
    static Future<HealthServer> start(
            Vertx vertx, HostPort address, Supplier<Optional<String>> notReady, Supplier<String> metrics) {
        HttpServer http = vertx.createHttpServer(new HttpServerOptions()
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxInitialLineLength(MAX_HEADER_BYTES)
                .setIdleTimeout(IDLE_SECONDS)
                // Nobody asks for it here, and the server keeps what comes behind a request for it that it refuses.
                .setHttp2ClearTextEnabled(false));
        HealthServer health = new HealthServer(http, notReady, metrics);
        return http.requestHandler(health::handle)
                .listen(address.port(), address.host())
                .map(health);
    }

    int port() {
        return server.actualPort();
    }

    Future<Void> close() {
        return server.close();
    }

    private void handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("Allow", "GET, HEAD");
            error(request, ApiException.of(ErrorType.METHOD_NOT_ALLOWED, "write GET or HEAD"));
            return;
        }
        switch (request.path()) {
            case "/healthz" -> answer(request, 200, JSON, Buffer.buffer("{\"ok\":true}"));
            case "/readyz" ->
                notReady.get()
                        .ifPresentOrElse(
                                why -> error(request, ApiException.of(ErrorType.UNAVAILABLE, why)),
                                () -> answer(request, 200, JSON, Buffer.buffer("{\"ok\":true}")));
            case "/metrics" -> answer(request, 200, METRICS, Buffer.buffer(metrics.get()));
            case null, default ->
                error(
                        request,
                        ApiException.of(ErrorType.NOT_FOUND, "there are /healthz, /readyz and /metrics, nothing else"));
        }
    }

    private static void error(HttpServerRequest request, ApiException e) {
        answer(request, e.status(), JSON, Buffer.buffer(e.toJsonBytes()));
    }

    private static void answer(HttpServerRequest request, int status, String type, Buffer body) {
        HttpServerResponse response = request.response().setStatusCode(status).putHeader("Content-Type", type);
        if (request.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", Integer.toString(body.length()))
                    .end();
        } else {
            response.end(body);
        }
    }
}
