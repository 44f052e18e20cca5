package com.busdk.broker.http;

import com.busdk.broker.http.stream.StreamStats;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the service does: an addition for each request and no more. Any thread. */
public final class ServiceStats {
    private final LongAdder requests = new LongAdder();
    private final LongAdder publishes = new LongAdder();
    private final LongAdder events = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
    private final StreamStats streams = new StreamStats();

    void request() {
        requests.increment();
    }

    /** A batch that is durable. */
    void published(int accepted, int known, int size) {
        publishes.increment();
        events.add(accepted);
        bytes.add(size);
        if (known > 0) {
            duplicates.add(known);
        }
    }

    /** @param type of the catalogue of errors, so that there are few of them */
    void error(String type) {
        errors.computeIfAbsent(type, _ -> new LongAdder()).increment();
    }

    void connectionOpened() {
        opened.increment();
    }

    void connectionClosed() {
        closed.increment();
    }

    /** What the streams do. */
    public StreamStats streams() {
        return streams;
    }

    long requests() {
        return requests.sum();
    }

    long publishes() {
        return publishes.sum();
    }

    long events() {
        return events.sum();
    }

    long duplicates() {
        return duplicates.sum();
    }

    long bytes() {
        return bytes.sum();
    }

    /** Connections that are open now. */
    long connections() {
        return opened.sum() - closed.sum();
    }

    Map<String, LongAdder> errors() {
        return errors;
    }
}
