package com.busdk.broker.contract.harness;

import java.nio.file.Path;
import java.util.Map;

/** The backends that every suite runs against. A further one is a further constant. */
public enum Store {
    /** Nothing survives a restart. */
    MEMORY(false) {
        @Override
        Map<String, String> flags(Path folder) {
            return Map.of("events-backend", "memory");
        }
    },
    /** The durable log. */
    FILE(true) {
        @Override
        Map<String, String> flags(Path folder) {
            return Map.of("events-backend", "file", "data-dir", folder.toString());
        }
    },
    /** A JetStream cluster, which is one server here. */
    NATS(true) {
        @Override
        Map<String, String> flags(Path folder) {
            return Map.of(
                    "events-backend", "nats",
                    "nats-url", SharedNats.url(),
                    "nats-stream", SharedNats.stream(folder),
                    "nats-replicas", "1",
                    "data-dir", folder.toString());
        }
    };

    private final boolean durable;

    Store(boolean durable) {
        this.durable = durable;
    }

    /** Whether what was answered 202 is there after a restart. */
    public boolean durable() {
        return durable;
    }

    /** The flags that choose this backend, with its data in that folder. */
    abstract Map<String, String> flags(Path folder);
}
