package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.nats.StreamSetup.Limits;
import java.time.Duration;

/** Streams as a service makes them, for tests. */
final class Streams {
    static final Limits UNLIMITED = new Limits(Duration.ZERO, 0, 0, Duration.ofMinutes(2));

    private Streams() {}

    static NatsOptions options(NatsServers servers, String stream) {
        return new NatsOptions(servers.urls(), null, null, servers.size(), stream);
    }

    static void make(NatsLink link, NatsServers servers, String stream) throws Exception {
        make(link, options(servers, stream));
    }

    static void make(NatsLink link, NatsOptions options) throws Exception {
        StreamSetup.ensure(link, options, UNLIMITED, _ -> {});
    }
}
