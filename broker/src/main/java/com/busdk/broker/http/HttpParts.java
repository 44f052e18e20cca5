package com.busdk.broker.http;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.http.stream.StreamHandler;
import com.busdk.client.identity.TokenVerifier;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;

/** What all event loops of a service share. Each part may be used by any thread. */
public record HttpParts(
        Backend backend,
        TokenVerifier tokens,
        EventAccess access,
        ServiceStats stats,
        Metrics metrics,
        Buffer openApi,
        ServiceState state,
        RateLimiter rate,
        StreamHandler.Counts streams,
        InstantSource clock) {

    /** With counters that start at zero. Reads the OpenAPI document from the program, so it is for start-up. */
    public static HttpParts of(
            Backend backend, TokenVerifier tokens, EventAccess access, int eventsPerSecond, InstantSource clock) {
        ServiceStats stats = new ServiceStats();
        return new HttpParts(
                backend,
                tokens,
                access,
                stats,
                new Metrics(stats, backend),
                Documents.readOpenApi(),
                new ServiceState(),
                new RateLimiter(eventsPerSecond, System::nanoTime),
                new StreamHandler.Counts(),
                clock);
    }
}
