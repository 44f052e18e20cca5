package com.busdk.gateway.http;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.server.UpgradeGuard;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP servers that share an address, one for each event loop that is wanted. HTTP/1.1, HTTP/2 with TLS and as cleartext;
 * certificates are taken up again when their files change.
 *
 * <p>Any thread may call; handlers run on event loops.
 */
public final class HttpService {
    private static final Logger LOG = LoggerFactory.getLogger(HttpService.class);

    /**
     * Servers that are to share a free port say so by a number below zero that no others of the same Vert.x have. The
     * events service counts down from zero, in the same process in a local stack: this begins far below.
     */
    private static final AtomicInteger FREE_PORTS = new AtomicInteger(-1_000_000_000);

    /** The longest URL: a stream of 256 names of 255 bytes, with room for its other parameters. */
    private static final int MAX_URL_BYTES = 96 << 10;

    /** What one read of a socket may hand over. */
    private static final int MAX_CHUNK_BYTES = 64 << 10;

    /** Connections that the kernel keeps until they are accepted: a burst of a few thousand clients. */
    private static final int BACKLOG = 8_192;

    /** Streams of one HTTP/2 connection at once: enough for a client's listeners, bounded against floods. */
    private static final int MAX_HTTP2_STREAMS = 1_000;

    /** What a peer may send ahead on one HTTP/2 stream, and on all of a connection: memory against speed. */
    private static final int HTTP2_STREAM_WINDOW_BYTES = 256 << 10;

    private static final int HTTP2_CONNECTION_WINDOW_BYTES = 1 << 20;

    /** How soon a renewed certificate is served: the files are two stat calls and a read. */
    private static final Duration TLS_CHECK = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final HttpSettings settings;
    private final Metrics metrics;
    private final Intake.Handler handler;
    private final Duration tlsCheck;
    private final List<Server> servers = new ArrayList<>();
    private volatile TlsFiles.@Nullable Content served;
    private volatile long tlsTimer = -1;

    private HttpService(
            Vertx vertx, HttpSettings settings, Metrics metrics, Intake.Handler handler, Duration tlsCheck) {
        this.vertx = vertx;
        this.tlsCheck = tlsCheck;
        this.settings = settings;
        this.metrics = metrics;
        this.handler = handler;
    }

    /**
     * Starts servers.
     *
     * @param vertx runs them
     * @param settings where and how
     * @param metrics counts requests; stays the caller's to close
     * @param handler gets every request, on the loop of its connection
     * @return the service, listening; fails with {@link ConfigException} if the certificate cannot be used
     */
    public static Future<HttpService> start(
            Vertx vertx, HttpSettings settings, Metrics metrics, Intake.Handler handler) {
        return start(vertx, settings, metrics, handler, TLS_CHECK);
    }

    /** The same with another time between looks at the certificate's files. */
    static Future<HttpService> start(
            Vertx vertx, HttpSettings settings, Metrics metrics, Intake.Handler handler, Duration tlsCheck) {
        HttpService service = new HttpService(vertx, settings, metrics, handler, tlsCheck);
        return service.readTls().compose(_ -> service.listen()).map(service);
    }

    /**
     * The port that it listens on.
     *
     * @return the actual one, where a free one was asked for
     */
    public int port() {
        return servers.getFirst().port();
    }

    /**
     * How it is reached from this machine.
     *
     * @return a URL without a trailing slash
     */
    public String url() {
        return settings.address().url(settings.tls().isPresent() ? "https" : "http", port());
    }

    /**
     * Stops it: idle connections now, busy ones once they have their answer, all of them after that time.
     *
     * @param most how long answers may take
     * @return completes when nothing is open any more
     */
    public Future<Void> close(Duration most) {
        if (tlsTimer >= 0) {
            vertx.cancelTimer(tlsTimer);
        }
        return Future.join(servers.stream().map(server -> server.drain(most)).toList())
                .eventually(() -> Future.join(servers.stream()
                        .map(server -> vertx.undeploy(server.deploymentID()))
                        .toList()))
                .mapEmpty();
    }

    /**
     * Looks at the files of the certificate now, and serves what is in them if that is new; a timer does so all the time.
     *
     * @return true if a new certificate is served; fails if the files cannot be used, and the old one stays
     */
    public Future<Boolean> reloadTls() {
        TlsFiles files = settings.tls().orElse(null);
        if (files == null) {
            return Future.succeededFuture(false);
        }
        return vertx.executeBlocking(files::settled).compose(content -> {
            TlsFiles.Content old = served;
            if (content == null || old != null && content.sameAs(old)) {
                return Future.succeededFuture(false);
            }
            ServerSSLOptions options = new ServerSSLOptions().setKeyCertOptions(content.options());
            return Future.join(servers.stream()
                            .map(server -> server.update(options.copy()))
                            .toList())
                    .map(_ -> {
                        served = content;
                        LOG.info("the certificate of {} has changed and is served from now on", settings.address());
                        return true;
                    });
        });
    }

    private Future<Void> readTls() {
        TlsFiles files = settings.tls().orElse(null);
        if (files == null) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(() -> {
            try {
                served = files.content();
                return null;
            } catch (IOException e) {
                throw new ConfigException("--tls-cert", "the files cannot be read: " + e.getMessage());
            }
        });
    }

    private Future<Void> listen() {
        HttpServerOptions options = options();
        for (int i = 0; i < settings.servers(); i++) {
            servers.add(new Server(options));
        }
        Future<?> deployed =
                Future.join(servers.stream().map(vertx::deployVerticle).toList());
        return deployed.recover(problem -> close(Duration.ZERO).transform(_ -> Future.failedFuture(problem)))
                .compose(_ -> options.isSsl()
                        ? Future.succeededFuture()
                        : UpgradeGuard.begin(vertx, settings.address().reachable(), port()))
                .map(_ -> {
                    if (served != null) {
                        tlsTimer = vertx.setPeriodic(tlsCheck.toMillis(), _ -> lookAtTls());
                    }
                    return null;
                });
    }

    private void lookAtTls() {
        reloadTls()
                .onFailure(problem -> LOG.error(
                        "the changed certificate of {} cannot be used, the old one stays: {}",
                        settings.address(),
                        problem.getMessage()));
    }

    private HttpServerOptions options() {
        HttpServerOptions options = new HttpServerOptions()
                .setAcceptBacklog(BACKLOG)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout((int) Math.min(
                        Integer.MAX_VALUE, Math.max(1, settings.idleTimeout().toMillis())))
                .setMaxHeaderSize(settings.maxHeaderBytes())
                .setMaxInitialLineLength(MAX_URL_BYTES)
                .setMaxChunkSize(MAX_CHUNK_BYTES)
                .setHandle100ContinueAutomatically(true)
                .setStrictThreadMode(true)
                .setHttp2ClearTextEnabled(true)
                .setHttp2ConnectionWindowSize(HTTP2_CONNECTION_WINDOW_BYTES)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(MAX_HTTP2_STREAMS)
                        .setInitialWindowSize(HTTP2_STREAM_WINDOW_BYTES)
                        .setMaxHeaderListSize(settings.maxHeaderBytes()));
        options.setHost(settings.address().host());
        int port = settings.address().port();
        options.setPort(port == 0 && settings.servers() > 1 ? FREE_PORTS.decrementAndGet() : port);
        TlsFiles.Content content = served;
        if (content != null) {
            options.setSsl(true).setUseAlpn(true).setKeyCertOptions(content.options());
        }
        return options;
    }

    /** One server on one event loop. */
    private final class Server extends VerticleBase {
        private final HttpServerOptions options;
        private @Nullable HttpServer server;

        Server(HttpServerOptions options) {
            this.options = options;
        }

        @Override
        public Future<?> start() {
            Failures failures = new Failures(vertx);
            ConnectionGuard guard = new ConnectionGuard(vertx, settings.maxConnections(), settings.idleTimeout());
            Intake intake = new Intake(handler, guard, failures, metrics);
            server = vertx.createHttpServer(options)
                    .connectionHandler(connection -> {
                        UpgradeGuard.install(connection);
                        guard.opened(connection);
                    })
                    .requestHandler(intake::handle)
                    .invalidRequestHandler(intake::handleInvalid);
            return server.listen();
        }

        int port() {
            return server == null ? 0 : server.actualPort();
        }

        Future<Boolean> update(ServerSSLOptions tls) {
            return server == null ? Future.succeededFuture(false) : server.updateSSLOptions(tls);
        }

        Future<Void> drain(Duration most) {
            return server == null
                    ? Future.succeededFuture()
                    : server.shutdown(Math.max(1, most.toMillis()), TimeUnit.MILLISECONDS);
        }
    }
}
