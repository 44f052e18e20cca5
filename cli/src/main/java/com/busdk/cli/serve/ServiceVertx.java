package com.busdk.cli.serve;

import com.busdk.cli.command.CliException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The event loops of a service process, for all services in it. Made and closed on the command's thread. */
final class ServiceVertx implements AutoCloseable {
    /** What is left when the services have stopped is idle; longer than this it is stuck, and the process ends anyway. */
    private static final long CLOSE_SECONDS = 5;

    private final Vertx vertx;

    /** With as many event loops as the machine has use for. */
    ServiceVertx() {
        this(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE);
    }

    /** With fewer event loops where there is less to do: what happens on one loop wakes no other thread. */
    ServiceVertx(int loops) {
        vertx = Vertx.vertx(new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(Math.clamp(loops, 1, VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE)));
    }

    Vertx get() {
        return vertx;
    }

    @Override
    public void close() {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw CliException.failed("the process did not stop properly: " + e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
