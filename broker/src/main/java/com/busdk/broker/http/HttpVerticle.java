package com.busdk.broker.http;

import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.client.http.server.DateHeader;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP server on one event loop; several of them share a port.
 *
 * <p>Thread: its event loop, and that of all connections it gets.
 */
public final class HttpVerticle extends VerticleBase {
    /** The longest URL: a stream of 256 names of 255 bytes, with room for its other parameters. */
    private static final int MAX_URL_BYTES = 96 << 10;

    /** What one read of a socket may hand over; bodies of lines are taken apart per piece. */
    static final int MAX_CHUNK_BYTES = 64 << 10;

    /** Connections that the kernel keeps until they are accepted: a burst of a few thousand clients. */
    private static final int BACKLOG = 8_192;

    /** Streams of one HTTP/2 connection at once: enough for a client's listeners, bounded against floods. */
    private static final int MAX_HTTP2_STREAMS = 1_000;

    /** What a peer may send ahead on one HTTP/2 stream, and on all of a connection: memory against speed. */
    private static final int HTTP2_STREAM_WINDOW_BYTES = 256 << 10;

    private static final int HTTP2_CONNECTION_WINDOW_BYTES = 1 << 20;

    private final HttpSettings settings;
    private final HttpParts parts;
    private @Nullable HttpServer server;

    public HttpVerticle(HttpSettings settings, HttpParts parts) {
        this.settings = settings;
        this.parts = parts;
    }

    @Override
    public Future<?> start() {
        BodyRoom room = new BodyRoom(vertx, settings.idleTimeout());
        Failures failures = new Failures(parts.stats(), room);
        DateHeader date = new DateHeader(parts.clock());
        ConnectionGuard guard =
                new ConnectionGuard(parts.stats(), failures, settings.maxConnections(), settings.idleTimeout(), date);
        Dispatcher dispatcher = new Dispatcher(
                Routes.of(vertx, settings, parts, failures, room), parts.tokens(), failures, parts.stats(), date, room);
        server = vertx.createHttpServer(options())
                .connectionHandler(guard::opened)
                .requestHandler(dispatcher)
                .invalidRequestHandler(request -> {
                    date.put(request.response());
                    failures.answerInvalid(request);
                });
        return server.listen();
    }

    /** The port that it listens on, once started. */
    public int port() {
        return server == null ? 0 : server.actualPort();
    }

    /** Closes idle connections now, and busy ones once they have their answer, but all of them after that time. */
    public Future<Void> drain(Duration most) {
        return server == null
                ? Future.succeededFuture()
                : server.shutdown(Math.max(1, most.toMillis()), TimeUnit.MILLISECONDS);
    }

    private HttpServerOptions options() {
        HttpServerOptions options = new HttpServerOptions();
        options.setHost(settings.host());
        options.setPort(settings.port());
        options.setAcceptBacklog(BACKLOG);
        options.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
        options.setIdleTimeout(
                (int) Math.min(Integer.MAX_VALUE, settings.idleTimeout().toMillis()));
        options.setMaxHeaderSize(settings.maxHeaderBytes());
        options.setMaxInitialLineLength(MAX_URL_BYTES);
        options.setMaxChunkSize(MAX_CHUNK_BYTES);
        options.setHandle100ContinueAutomatically(false);
        options.setStrictThreadMode(true);
        options.setHttp2ClearTextEnabled(true);
        options.setHttp2ConnectionWindowSize(HTTP2_CONNECTION_WINDOW_BYTES);
        options.setInitialSettings(new Http2Settings()
                .setMaxConcurrentStreams(MAX_HTTP2_STREAMS)
                .setInitialWindowSize(HTTP2_STREAM_WINDOW_BYTES)
                // Here the URL is one of the headers.
                .setMaxHeaderListSize((long) settings.maxHeaderBytes() + MAX_URL_BYTES));
        Path certificate = settings.tlsCertificate();
        Path key = settings.tlsKey();
        if (certificate != null && key != null) {
            options.setSsl(true);
            options.setUseAlpn(true);
            options.setKeyCertOptions(
                    new PemKeyCertOptions().setCertPath(certificate.toString()).setKeyPath(key.toString()));
        }
        return options;
    }
}
