package com.busdk.broker;

import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.embedded.Hub;
import com.busdk.broker.backend.embedded.HubOptions;
import com.busdk.broker.backend.log.FileLayer;
import com.busdk.broker.backend.log.MemoryLog;
import com.busdk.broker.backend.log.SegmentLog;
import com.busdk.broker.backend.nats.NatsBackend;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Makes the backend that the options name; it is not started yet. Any thread. */
final class BackendFactory {
    private BackendFactory() {}

    static Backend create(Vertx vertx, EventsOptions options, FileLayer files, InstantSource clock) {
        HubOptions hub = new HubOptions(
                options.groupRetention(),
                options.log().keysFor(),
                HubOptions.DEFAULT_MAX_IDEMPOTENCY_KEYS,
                HubOptions.DEFAULT_MAX_GROUPS,
                HubOptions.defaultOpenEvents(),
                HubOptions.defaultOutgoingBytes());
        LongSupplier micros = () -> micros(clock.instant());
        return switch (options.backend()) {
            case FILE ->
                Hub.create(
                        vertx,
                        state -> SegmentLog.open(options.dataDir(), options.log(), state, files, clock),
                        hub,
                        micros);
            case MEMORY -> Hub.create(vertx, state -> MemoryLog.open(options.log(), state), hub, micros);
            case NATS ->
                NatsBackend.create(
                        vertx,
                        options.nats().orElseThrow(),
                        options.dataDir(),
                        options.log(),
                        hub,
                        files,
                        clock,
                        micros);
        };
    }

    private static long micros(Instant now) {
        return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + TimeUnit.NANOSECONDS.toMicros(now.getNano());
    }
}
