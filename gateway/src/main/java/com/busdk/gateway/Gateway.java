package com.busdk.gateway;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.http.server.Address;
import com.busdk.gateway.GatewayOptions.Service;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Failures;
import com.busdk.gateway.http.HttpService;
import com.busdk.gateway.http.HttpSettings;
import com.busdk.gateway.http.Metrics;
import com.busdk.gateway.http.Paths;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One origin for everything: what is below {@code /api/v1/} and the name of a service goes to that service as a stream, in
 * both directions; {@code /healthz} tells of this process, {@code /readyz} of all behind it that it has to have too,
 * {@code /openapi.yaml} has the paths of the providers. What is below
 * {@code /api/internal/} is there only where the operator wants it.
 *
 * <pre>{@code
 * Gateway.start(vertx, GatewayOptions.of(Address.parse("127.0.0.1:8080"), Map.of(Service.EVENTS, eventsUrl)))
 *         .onSuccess(gateway -> log.info("at {}", gateway.url()));
 * }</pre>
 *
 * <p>Threads: event loops of the Vert.x given; {@link #close} from any.
 */
public final class Gateway {
    /**
     * Connections to each service at most, for each event loop. Each open stream holds one, so this is as many streams as
     * the events service takes of one identity by default.
     */
    private static final int MAX_UPSTREAM_CONNECTIONS = 10_000;

    /** Requests that wait for one of them; more are refused at once. */
    private static final int MAX_WAITING = 1_000;

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    /** Shorter than the services keep an idle connection, so that none is used that is just being closed. */
    private static final int KEEP_ALIVE_SECONDS = 20;

    private static final int CHUNK_BYTES = 64 << 10;

    /** How long a stop waits for answers that are under way; streams do not end by themselves. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private static final String PUBLIC = "/api/v1/";
    private static final String INTERNAL = "/api/internal/";

    /** The collector's path, which is the usage service's. */
    private static final String USAGE_EVENTS = "usage-events";

    /** The public keys of the auth service, at the place where verifiers look for them (RFC 8615). */
    private static final String PUBLIC_KEYS = "/.well-known/jwks.json";

    private final Vertx vertx;
    private final HttpClient client;
    private final Failures failures;
    private final Metrics metrics = new Metrics("bus.gateway");
    private final Proxy proxy;
    private final Cors cors;
    private final Behind behind;
    private final GatewayOptions options;
    private final Answer openApi = OpenApi.read();
    private final Map<Service, Upstream> upstreams = new EnumMap<>(Service.class);
    private @Nullable HttpService http;
    private @Nullable HttpService internal;

    private Gateway(Vertx vertx, GatewayOptions options) {
        this.vertx = vertx;
        this.options = options;
        this.failures = new Failures(vertx);
        this.client = vertx.httpClientBuilder()
                .with(new HttpClientOptions()
                        .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setMaxChunkSize(CHUNK_BYTES)
                        .setDecompressionSupported(false))
                .with(new PoolOptions()
                        .setHttp1MaxSize(MAX_UPSTREAM_CONNECTIONS)
                        .setMaxWaitQueueSize(MAX_WAITING))
                // Whoever uses the connection hears of its loss; while nobody does, a loss is nothing to log.
                .withConnectHandler(connection -> connection.exceptionHandler(_ -> {}))
                .build();
        options.upstreams().forEach((service, root) -> upstreams.put(service, new Upstream(service.word(), root)));
        this.proxy = new Proxy(
                client, failures, metrics.counter("upstream.lost", "services that were not reached, or went away"));
        this.cors = new Cors(options.corsOrigins());
        this.behind = new Behind(
                client,
                upstreams.entrySet().stream()
                        .filter(each -> !options.assumed().contains(each.getKey()))
                        .map(Map.Entry::getValue)
                        .toList());
    }

    /**
     * Starts a gateway.
     *
     * @param vertx runs it; stays the caller's to close
     * @param options checked
     * @return the gateway, listening; fails with a message for the operator
     */
    public static Future<Gateway> start(Vertx vertx, GatewayOptions options) {
        Gateway gateway = new Gateway(vertx, options);
        return gateway.open()
                .recover(problem -> gateway.close().transform(_ -> Future.failedFuture(problem)))
                .map(gateway);
    }

    /**
     * Starts a gateway with the events service alone behind it.
     *
     * @param vertx runs it
     * @param host where to listen
     * @param port where to listen, 0 for a free one
     * @param eventsUrl root of the events service, {@code http://host:port}
     * @return the gateway, listening
     */
    public static Future<Gateway> start(Vertx vertx, String host, int port, URI eventsUrl) {
        return Upstream.root(eventsUrl.toString())
                .map(root -> start(vertx, GatewayOptions.of(new Address(host, port), Map.of(Service.EVENTS, root))))
                .orElseGet(() -> Future.failedFuture(new IllegalArgumentException(
                        "the events service is at an address such as http://127.0.0.1:8081")));
    }

    /**
     * The port that it listens on.
     *
     * @return the actual one
     */
    public int port() {
        return http == null ? 0 : http.port();
    }

    /**
     * How it is reached from this machine.
     *
     * @return a URL without a trailing slash
     */
    public String url() {
        return http == null ? "" : http.url();
    }

    /**
     * How the second address is reached, which serves {@code /api/internal/} too.
     *
     * @return a URL without a trailing slash, or empty if there is none
     */
    public Optional<String> internalUrl() {
        return Optional.ofNullable(internal).map(HttpService::url);
    }

    /**
     * Looks at the files of the certificate now rather than in a while.
     *
     * @return true if another certificate is served from now on
     */
    public Future<Boolean> reloadTls() {
        return http == null ? Future.succeededFuture(false) : http.reloadTls();
    }

    /**
     * Stops listening, and ends what is under way.
     *
     * @return completes when it is closed
     */
    public Future<Void> close() {
        return close(http)
                .eventually(() -> close(internal))
                .eventually(client::close)
                .onComplete(_ -> metrics.close());
    }

    private static Future<Void> close(@Nullable HttpService service) {
        return service == null ? Future.succeededFuture() : service.close(DRAIN);
    }

    private Future<Void> open() {
        boolean both = options.internal();
        return HttpService.start(vertx, options.http(), metrics, (request, id) -> route(request, id, both))
                .compose(service -> {
                    http = service;
                    return openInternal();
                });
    }

    private Future<Void> openInternal() {
        return options.internalAddress()
                .map(address -> {
                    HttpSettings main = options.http();
                    HttpSettings second = new HttpSettings(
                            address, main.tls(), main.maxHeaderBytes(), main.maxConnections(), main.idleTimeout(), 1);
                    return HttpService.start(vertx, second, metrics, (request, id) -> route(request, id, true))
                            .<Void>map(service -> {
                                internal = service;
                                return null;
                            });
                })
                .orElseGet(Future::succeededFuture);
    }

    private void route(HttpServerRequest request, String requestId, boolean withInternal) {
        if (cors.handle(request)) {
            return;
        }
        String target = Paths.target(request);
        String path = Paths.path(target);
        switch (path) {
            case "/healthz" -> own(request, requestId, () -> Future.succeededFuture(Answer.ok()));
            case "/readyz" -> own(request, requestId, () -> behind.ready().map(_ -> Answer.ok()));
            case "/metrics" -> own(request, requestId, () -> metrics.scrape(vertx));
            case "/openapi.yaml" -> own(request, requestId, () -> Future.succeededFuture(openApi));
            default -> {
                Paths.refuseAmbiguous(path);
                Upstream upstream = upstream(path, withInternal);
                if (upstream == null) {
                    throw ApiException.of(
                            ErrorType.NOT_FOUND,
                            "there is nothing at this path; what there is begins with /api/v1/events"
                                    + (upstreams.size() > 1 ? ", or /api/v1/ and the name of another service" : ""));
                }
                boolean events = upstream.name().equals(Service.EVENTS.word());
                proxy.pass(request, requestId, upstream, target, events ? -1 : options.maxBodyBytes());
            }
        }
    }

    /** By the word behind the prefix, but for two paths that have no service's name in them. */
    private @Nullable Upstream upstream(String path, boolean withInternal) {
        if (path.equals(PUBLIC_KEYS)) {
            return upstreams.get(Service.AUTH);
        }
        String prefix = path.startsWith(PUBLIC) ? PUBLIC : withInternal && path.startsWith(INTERNAL) ? INTERNAL : null;
        if (prefix == null) {
            return null;
        }
        int end = path.indexOf('/', prefix.length());
        String word = path.substring(prefix.length(), end < 0 ? path.length() : end);
        if (prefix.equals(INTERNAL) && word.equals(USAGE_EVENTS)) {
            return upstreams.get(Service.USAGE);
        }
        for (Upstream upstream : upstreams.values()) {
            if (upstream.name().equals(word)) {
                return upstream;
            }
        }
        return null;
    }

    private void own(HttpServerRequest request, String requestId, Supplier<Future<Answer>> answer) {
        boolean get =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        if (!get) {
            throw ApiException.of(ErrorType.METHOD_NOT_ALLOWED, "this path takes GET")
                    .withAllow("GET, HEAD");
        }
        // Some answers are shared by those who ask at a time, and may come from another loop than the request's.
        Context here = vertx.getOrCreateContext();
        answer.get()
                .onComplete(result -> here.runOnContext(_ -> {
                    if (result.succeeded()) {
                        Answer done = result.result();
                        request.response()
                                .setStatusCode(done.status())
                                .putHeader(HttpHeaders.CONTENT_TYPE, done.contentType())
                                .end(done.body());
                    } else {
                        failures.answer(request, requestId, result.cause());
                    }
                }));
    }
}
