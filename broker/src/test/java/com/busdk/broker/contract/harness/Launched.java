package com.busdk.broker.contract.harness;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The one place that knows how a service is started inside a JVM. */
final class Launched {
    private static final Map<String, String> ENVIRONMENT = Map.of("BUS_EVENTS_JWT_SECRET", Tokens.SECRET);

    private final EventsService service;

    private Launched(EventsService service) {
        this.service = service;
    }

    static Launched start(Map<String, String> flags) {
        return new Launched(await(EventsService.start(null, EventsOptions.read(flags, ENVIRONMENT))));
    }

    int port() {
        return service.port();
    }

    /** Begins a graceful stop; running the result waits for its end. Doing it twice is harmless. */
    Runnable beginStop() {
        Future<Void> stopped = service.stop();
        return () -> await(stopped);
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(Deadline.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the service did not start or stop in time", e);
        }
    }
}
