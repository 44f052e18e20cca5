package com.busdk.gateway;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.ProxyOptions;
import java.net.URI;

/**
 * One origin for everything: {@code /api/v1/events} and what is below it goes to the events service as a stream, byte
 * by byte as it comes, in both directions; {@code /healthz} and {@code /readyz} tell of this process and of the service
 * behind it. Every other path is 404 in the form that all services have.
 *
 * <pre>{@code
 * Gateway.start(vertx, "127.0.0.1", 8080, URI.create("http://127.0.0.1:8081"))
 *         .onSuccess(gateway -> log.info("at port {}", gateway.port()));
 * }</pre>
 *
 * <p>Threads: event loops of the Vert.x given; {@link #close} from any.
 */
public final class Gateway {
    /**
     * Connections to the events service at most. Each open stream holds one, so this is as many streams as the service
     * takes of one identity by default.
     */
    private static final int MAX_UPSTREAM_CONNECTIONS = 10_000;

    /** Requests that wait for one of them; more are refused at once. */
    private static final int MAX_WAITING = 1_000;

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final String EVENTS = "/api/v1/events";

    private final HttpServer server;
    private final HttpClient client;
    private final HttpProxy events;
    private final URI eventsUrl;

    private Gateway(Vertx vertx, URI eventsUrl) {
        this.eventsUrl = eventsUrl;
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                        .setDecompressionSupported(false),
                new PoolOptions().setHttp1MaxSize(MAX_UPSTREAM_CONNECTIONS).setMaxWaitQueueSize(MAX_WAITING));
        int port = eventsUrl.getPort() < 0 ? 80 : eventsUrl.getPort();
        this.events = HttpProxy.reverseProxy(new ProxyOptions().setSupportWebSocket(false), client)
                .origin(port, eventsUrl.getHost())
                .addInterceptor(new HeadFirst());
        // HTTP/1.1 only: the proxy does not pass on a body of unknown length that came over HTTP/2.
        this.server = vertx.createHttpServer(
                new HttpServerOptions().setHandle100ContinueAutomatically(true).setHttp2ClearTextEnabled(false));
        server.requestHandler(this::route);
    }

    /**
     * Starts a gateway.
     *
     * @param port where to listen, 0 for a free one
     * @param eventsUrl root of the events service, {@code http://host:port}
     */
    public static Future<Gateway> start(Vertx vertx, String host, int port, URI eventsUrl) {
        if (!"http".equals(eventsUrl.getScheme()) || eventsUrl.getHost() == null) {
            return Future.failedFuture(
                    new IllegalArgumentException("the events service is at an address such as http://127.0.0.1:8081"));
        }
        Gateway gateway = new Gateway(vertx, eventsUrl);
        return gateway.server.listen(port, host).map(gateway);
    }

    /** The port that it listens on. */
    public int port() {
        return server.actualPort();
    }

    /** Stops listening and ends what is under way. */
    public Future<Void> close() {
        return server.close().eventually(client::close);
    }

    private void route(HttpServerRequest request) {
        String path = request.path();
        if (path == null) {
            answer(request, ApiException.of(ErrorType.BAD_REQUEST, "the request has no path"));
        } else if (path.equals(EVENTS) || path.startsWith(EVENTS + "/")) {
            events.handle(request);
        } else if (path.equals("/healthz") || path.equals("/readyz")) {
            health(request, path.equals("/readyz"));
        } else {
            answer(
                    request,
                    ApiException.of(
                            ErrorType.NOT_FOUND, "there is nothing at this path; events are under /api/v1/events"));
        }
    }

    private void health(HttpServerRequest request, boolean readiness) {
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            answer(
                    request,
                    ApiException.of(ErrorType.METHOD_NOT_ALLOWED, "this path takes GET")
                            .withAllow("GET, HEAD"));
        } else if (readiness) {
            askEvents().onSuccess(_ -> ok(request)).onFailure(_ -> answer(request, notReady()));
        } else {
            ok(request);
        }
    }

    private Future<Void> askEvents() {
        int port = eventsUrl.getPort() < 0 ? 80 : eventsUrl.getPort();
        return client.request(HttpMethod.GET, port, eventsUrl.getHost(), "/readyz")
                .compose(asked -> asked.idleTimeout(CONNECT_TIMEOUT_MILLIS).send())
                .compose(answered ->
                        answered.statusCode() == 200 ? Future.succeededFuture() : Future.failedFuture(notReady()));
    }

    private static ApiException notReady() {
        return ApiException.of(ErrorType.UNAVAILABLE, "the events service is not ready")
                .withRetryAfter(1);
    }

    private static void ok(HttpServerRequest request) {
        request.response().putHeader("Content-Type", "application/json").end("{\"ok\":true}");
    }

    private static void answer(HttpServerRequest request, ApiException failure) {
        request.response().setStatusCode(failure.status()).putHeader("Content-Type", "application/json");
        failure.allow().ifPresent(methods -> request.response().putHeader("Allow", methods));
        failure.retryAfter()
                .ifPresent(seconds -> request.response().putHeader("Retry-After", Integer.toString(seconds)));
        request.response().end(Buffer.buffer(failure.toJsonBytes()));
    }
}
