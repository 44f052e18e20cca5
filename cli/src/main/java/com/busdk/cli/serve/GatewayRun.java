package com.busdk.cli.serve;

import com.busdk.gateway.Gateway;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The gateway within this process: started and stopped by the command's thread, which waits for both. */
final class GatewayRun implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    /** It holds nothing of its own, so there is nothing to wait for but its connections. */
    private static final long CLOSE_SECONDS = 5;

    private final Gateway gateway;

    private GatewayRun(Gateway gateway) {
        this.gateway = gateway;
    }

    /**
     * Starts it on the loopback address.
     *
     * @param port where to listen, 0 for a free one
     * @param eventsUrl root of the events service
     */
    static GatewayRun start(Vertx vertx, int port, String eventsUrl) throws InterruptedException {
        try {
            return new GatewayRun(Gateway.start(vertx, LOOPBACK, port, URI.create(eventsUrl))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get());
        } catch (ExecutionException e) {
            throw StartFailures.explain(e.getCause() == null ? e : e.getCause(), LOOPBACK + ":" + port);
        }
    }

    /** How it is reached from this machine, without a trailing slash. */
    String url() {
        return "http://" + LOOPBACK + ":" + gateway.port();
    }

    @Override
    public void close() {
        try {
            gateway.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException _) {
            // What is still open ends with the process in a moment.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
