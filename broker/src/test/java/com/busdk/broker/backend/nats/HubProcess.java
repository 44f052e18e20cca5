package com.busdk.broker.backend.nats;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Tokens;
import io.vertx.core.Future;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One of the services before a stream, in this JVM, on a port of its own. Used by the test's thread. */
final class HubProcess implements AutoCloseable {
    private static final Map<String, String> ENVIRONMENT = Map.of("BUS_EVENTS_JWT_SECRET", Tokens.SECRET);
    private static final String SCOPES = "events:send events:listen events:admin";

    private final EventsService service;

    private HubProcess(EventsService service) {
        this.service = service;
    }

    /** Starts it and waits until it is ready. The stream is kept once. */
    static HubProcess start(NatsServers servers, String stream, Path dataDir) {
        Map<String, String> flags = new HashMap<>();
        flags.put("addr", "127.0.0.1:0");
        flags.put("events-backend", "nats");
        flags.put("nats-url", servers.url());
        flags.put("nats-replicas", "1");
        flags.put("nats-stream", stream);
        flags.put("data-dir", dataDir.toString());
        return new HubProcess(await(EventsService.start(null, EventsOptions.read(flags, ENVIRONMENT))));
    }

    /** A service that may do everything. */
    Caller caller() {
        return as(Tokens.service("tester", SCOPES));
    }

    Caller as(String token) {
        return Caller.at(URI.create("http://127.0.0.1:" + service.port()), token);
    }

    /** Stops it as SIGTERM does; harmless when repeated. */
    @Override
    public void close() {
        await(service.stop());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(Deadline.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the service did not start or stop in time", e);
        }
    }
}
