package com.busdk.broker.contract.harness;

import java.nio.file.Path;
import java.util.Map;

/** The backends that every suite runs against. A further one is a further constant. */
public enum Store {
    /** Nothing survives a restart. */
    MEMORY(false, 1) {
        @Override
        Map<String, String> flags(Path folder, int process) {
            return Map.of("events-backend", "memory");
        }
    },
    /** The durable log. */
    FILE(true, 1) {
        @Override
        Map<String, String> flags(Path folder, int process) {
            return Map.of("events-backend", "file", "data-dir", folder.toString());
        }
    },
    /** One process before a stream of a NATS server. */
    NATS(true, 1) {
        @Override
        Map<String, String> flags(Path folder, int process) {
            return SharedNats.flags(folder, process);
        }
    },
    /** Two processes before the same stream; who calls is sent to each of them in turn. */
    NATS_PAIR(true, 2) {
        @Override
        Map<String, String> flags(Path folder, int process) {
            return SharedNats.flags(folder, process);
        }
    };

    private final boolean durable;
    private final int processes;

    Store(boolean durable, int processes) {
        this.durable = durable;
        this.processes = processes;
    }

    /** Whether what was answered 202 is there after a restart. */
    public boolean durable() {
        return durable;
    }

    /** Whether all that is durable is in the folder of the data, and that is one process's alone. */
    public boolean isItsFolder() {
        return this == FILE;
    }

    /** Whether the events are in a stream of a cluster. */
    public boolean isCluster() {
        return this == NATS || this == NATS_PAIR;
    }

    /** Whether what it needs is on this machine; of the two on a cluster CI has time for the one that shows more. */
    public boolean available() {
        boolean inTime = this != NATS || !"true".equals(System.getenv("CI"));
        return inTime && (!isCluster() || SharedNats.available());
    }

    /** How many processes serve. */
    int processes() {
        return processes;
    }

    /** The flags that choose this backend for one of its processes, with its data in that folder. */
    abstract Map<String, String> flags(Path folder, int process);

    /** Takes away what is kept of that folder elsewhere; harmless when repeated. */
    void forget(Path folder) {
        if (isCluster()) {
            SharedNats.forget(folder);
        }
    }
}
