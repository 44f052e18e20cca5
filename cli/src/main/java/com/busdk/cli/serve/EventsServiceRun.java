package com.busdk.cli.serve;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.client.config.ConfigException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The events service within this process: started and stopped by the command's thread, which waits for both. */
final class EventsServiceRun implements AutoCloseable {
    /** What stopping may take beyond the time that the service drains for. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final EventsService service;
    private final Duration drain;

    private EventsServiceRun(EventsService service, Duration drain) {
        this.service = service;
        this.drain = drain;
    }

    /**
     * Starts it.
     *
     * @param vertx to run on; stays the caller's to close
     * @param flags by name without dashes
     * @param variables the environment
     * @throws CliException usage, when a setting is wrong; failed, when it cannot start
     */
    static EventsServiceRun start(Vertx vertx, Map<String, String> flags, Map<String, String> variables)
            throws InterruptedException {
        EventsOptions options;
        try {
            options = EventsOptions.read(flags, variables);
        } catch (ConfigException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
        Future<EventsService> starting = EventsService.startWarm(vertx, options);
        try {
            return new EventsServiceRun(
                    starting.toCompletionStage().toCompletableFuture().get(), options.drain());
        } catch (ExecutionException e) {
            throw StartFailures.explain(
                    e.getCause() == null ? e : e.getCause(), options.address().toString());
        }
    }

    /** How it is reached from this machine, without a trailing slash. */
    String url() {
        return service.url();
    }

    /** Where it listens. */
    int port() {
        return service.port();
    }

    /** Stops it: what is under way is finished, for as long as it may drain. */
    @Override
    public void close() {
        try {
            service.stop()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(drain.plus(GRACE).toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new CliException(ExitCode.FAILED, "the service did not stop properly: " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new CliException(ExitCode.FAILED, "the service did not stop in time; it is ended now", e);
        } catch (InterruptedException _) {
            // Somebody is in a hurry: the process ends, and the log is made for that.
            Thread.currentThread().interrupt();
        }
    }
}
