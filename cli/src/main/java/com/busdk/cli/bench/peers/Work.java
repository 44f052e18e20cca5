package com.busdk.cli.bench.peers;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What all systems are given to do. */
enum Work {
    SINGLE(
            "publish-single",
            "Single publish",
            "%d publishers, each waits for the acknowledgement of an event before it publishes the next",
            "events/s",
            Stage.PUBLISH,
            64),
    BATCHED(
            "publish-batched",
            "Batched publish",
            "%d publisher; lines of one request where the system has that, else 4,096 events that are not acknowledged"
                    + " yet",
            "events/s",
            Stage.PUBLISH,
            1),
    FAN_OUT_1("fanout-1", "Fan-out to 1 listener", "%d listener gets each event", "deliveries/s", Stage.LISTEN, 1),
    FAN_OUT_100(
            "fanout-100", "Fan-out to 100 listeners", "%d listeners get each event", "deliveries/s", Stage.LISTEN, 100),
    FAN_OUT_1000(
            "fanout-1000",
            "Fan-out to 1,000 listeners",
            "%d listeners get each event",
            "deliveries/s",
            Stage.LISTEN,
            1_000),
    LATENCY_1000(
            "latency-1000",
            "Publish to listener, 1,000 events a second",
            "%d listener; from when an event is due to its arrival, one event at a time",
            "ms p50",
            Stage.LISTEN,
            1),
    LATENCY_HALF(
            "latency-half",
            "Publish to listener, half of what it can do",
            "%d listener; from when an event is due to its arrival, at half of the system's own fan-out to one",
            "ms p50",
            Stage.LISTEN,
            1),
    REPLAY(
            "replay",
            "Full replay",
            "%d listener reads all of one name from the beginning",
            "events/s",
            Stage.HISTORY,
            1),
    FILTERED(
            "filtered",
            "Filtered replay",
            "%d listener reads one name of many from the beginning",
            "ms",
            Stage.HISTORY,
            1),
    CONSUMERS(
            "consumers",
            "Competing consumers with acknowledgements",
            "%d consumers share a backlog and acknowledge each event",
            "events/s",
            Stage.GROUP,
            4);

    private final String id;
    private final String title;
    private final String detail;
    private final String unit;
    private final Stage stage;
    private final int connections;

    Work(String id, String title, String detail, String unit, Stage stage, int connections) {
        this.id = id;
        this.title = title;
        this.detail = detail;
        this.unit = unit;
        this.stage = stage;
        this.connections = connections;
    }

    /** Works that are done on the same servers, one after the other. */
    enum Stage {
        PUBLISH,
        LISTEN,
        HISTORY,
        GROUP
    }

    /** The work that a user names so. */
    static Optional<Work> of(String id) {
        return Arrays.stream(values()).filter(work -> work.id.equals(id)).findFirst();
    }

    String id() {
        return id;
    }

    String title() {
        return title;
    }

    /** What is done, with that many connections. */
    String detail(int actual) {
        return String.format(Locale.ROOT, detail, actual);
    }

    String unit() {
        return unit;
    }

    /** Whether less of it is better. */
    boolean isTime() {
        return unit.startsWith("ms");
    }

    /** Whether there is a time for each event. */
    boolean hasLatency() {
        return this == SINGLE || this == LATENCY_1000 || this == LATENCY_HALF;
    }

    Stage stage() {
        return stage;
    }

    /** Publishers, listeners or consumers. */
    int connections() {
        return connections;
    }
}
