package com.busdk.cli.bench.suite;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/**
 * A cloud with one server, which tells of it after a while: what a worker waits for in practice, at a pace that does not
 * depend on this machine. Knows the one call that a status takes. Runs on one event loop.
 */
public final class SlowCloud {
    /** The one server. */
    static final String SERVER = "00c0ffee-0000-4000-8000-000000000001";

    /** How long each answer takes, in milliseconds: a fast one of a cloud in the same country. */
    static final int ANSWER_MILLIS = 20;

    /** Where its API begins. */
    static final String ROOT = "/1.3";

    private static final Buffer ANSWER = Buffer.buffer("{\"server\":{\"uuid\":\"" + SERVER
            + "\",\"title\":\"bench\",\"zone\":\"fi-hel2\",\"plan\":\"CLOUDNATIVE-1xCPU-4GB\",\"state\":\"started\"}}");

    private final Vertx vertx;

    private SlowCloud(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Runs until it is stopped.
     *
     * @param args the port
     */
    public static void main(String[] args) throws Exception {
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
        vertx.createHttpServer()
                .requestHandler(new SlowCloud(vertx)::handle)
                .listen(Integer.parseInt(args[0]), "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }

    private void handle(HttpServerRequest request) {
        if (request.path().equals(ROOT + "/server/" + SERVER)) {
            vertx.setTimer(
                    ANSWER_MILLIS,
                    _ -> request.response()
                            .putHeader("Content-Type", "application/json")
                            .end(ANSWER));
        } else {
            request.response().setStatusCode(404).end();
        }
    }
}
