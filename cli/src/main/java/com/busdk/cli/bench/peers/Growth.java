package com.busdk.cli.bench.peers;

import java.util.List;

/** What the cost of the hub's work may grow with, and the figures that are taken at each step. */
enum Growth {
    EVENTS("events", "Events in the log"),
    NAMES("names", "Names"),
    LISTENERS("listeners", "Listeners of one name"),
    GROUPS("groups", "Groups on one name");

    private final String id;
    private final String title;

    Growth(String id, String title) {
        this.id = id;
        this.title = title;
    }

    /**
     * A figure.
     *
     * @param key in the results
     * @param title what it is, with its unit
     */
    record Figure(String key, String title) {}

    String id() {
        return id;
    }

    String title() {
        return title;
    }

    /** What is shown of each step. */
    List<Figure> figures() {
        return switch (this) {
            case EVENTS ->
                List.of(
                        new Figure("publishPerSecond", "single publish, events/s"),
                        new Figure("filteredMillis", "1,000 events of one name, ms"),
                        new Figure("readySeconds", "start to ready, s"),
                        new Figure("heapMib", "live heap, MiB"));
            case NAMES ->
                List.of(
                        new Figure("publishPerSecond", "single publish, events/s"),
                        new Figure("linesPerSecond", "batched publish, events/s"),
                        new Figure("heapMib", "live heap, MiB"));
            case LISTENERS ->
                List.of(
                        new Figure("deliveriesPerSecond", "deliveries/s"),
                        new Figure("processorMicros", "processor, µs a delivery"),
                        new Figure("p99Millis", "p99 at 100,000 deliveries/s at most, ms"),
                        new Figure("peakMib", "memory, MiB"));
            case GROUPS ->
                List.of(
                        new Figure("deliveriesPerSecond", "deliveries/s"),
                        new Figure("processorMicros", "processor, µs a delivery"),
                        new Figure("peakMib", "memory, MiB"));
        };
    }
}
