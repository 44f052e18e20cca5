package com.busdk.broker.http;

import com.busdk.broker.http.exchange.BodyRoom;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** {@code GET /openapi.yaml} and {@code GET /metrics}. Any event loop. */
final class Documents {
    private static final String OPENAPI = "/openapi.yaml";
    private static final CharSequence YAML = HttpHeaders.createOptimized("application/yaml");
    private static final CharSequence PROMETHEUS =
            HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");

    private final Vertx vertx;
    private final Metrics metrics;
    private final Buffer openApi;
    private final BodyRoom room;

    /** @param openApi the OpenAPI document, as {@link #readOpenApi} gives it */
    Documents(Vertx vertx, Metrics metrics, Buffer openApi, BodyRoom room) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.openApi = openApi;
        this.room = room;
    }

    /** Reads the OpenAPI document from the program; may wait for the disk. */
    static Buffer readOpenApi() {
        try (InputStream in = Documents.class.getResourceAsStream(OPENAPI)) {
            if (in == null) {
                throw new IllegalStateException("the OpenAPI document is missing from the program: build it again");
            }
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Future<Void> openApi(HttpServerRequest request) {
        return Answers.send(room, request, 200, YAML, openApi);
    }

    Future<Void> metrics(HttpServerRequest request) {
        return vertx.executeBlocking(metrics::scrape, false)
                .compose(text -> Answers.send(room, request, 200, PROMETHEUS, Buffer.buffer(text)));
    }
}
