package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.BroadcastLoad;
import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.NdjsonLoad;
import com.busdk.cli.bench.PublishLoad;
import com.busdk.cli.bench.ReplayLoad;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.Median;
import com.busdk.cli.bench.suite.WarmUp;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The same work on this hub with ever more of one thing: events in the log, names, listeners, groups. Each step is a row
 * of figures. Lives on the thread of the command.
 */
final class GrowthWorks {
    private static final int EVENT_BYTES = 200;
    private static final int CONNECTIONS = 64;

    /** Events of each name while the log grows, so that the same question is asked of ever larger ones. */
    private static final int EVENTS_OF_NAME = 1_000;

    /** Deliveries a second while latency is measured, whatever the number of listeners. */
    private static final double PACED_DELIVERIES = 100_000;

    /** No single pace is faster: a publisher of one event after the other. */
    private static final double MOST_EVENTS = 10_000;

    private static final Duration FILL_WITHIN = Duration.ofMinutes(30);
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double MICROS_PER_MILLI = 1e3;

    private final Bench bench;
    private final PeerScale scale;
    private final Runs runs;
    private int topics;

    GrowthWorks(Bench bench, PeerScale scale) {
        this.bench = bench;
        this.scale = scale;
        this.runs = new Runs(bench.client());
    }

    /** Measures along one thing; a row for each step, from few to many. */
    List<JsonObject> run(Growth along) throws IOException, InterruptedException {
        Path folder = bench.newFolder();
        try {
            return switch (along) {
                case EVENTS -> events(folder);
                case NAMES -> names(folder);
                case LISTENERS -> listeners(folder);
                case GROUPS -> groups(folder);
            };
        } finally {
            Bench.delete(folder);
        }
    }

    private List<JsonObject> events(Path folder) throws IOException, InterruptedException {
        List<JsonObject> rows = new ArrayList<>();
        long stored = 0;
        for (int wanted : scale.growthEvents()) {
            say(Growth.EVENTS, wanted);
            EventLines lines;
            try (HubServer server = start(folder)) {
                int names = (int) Math.max(1, (wanted - stored) / EVENTS_OF_NAME);
                lines = lines(names);
                fill(server, lines, wanted - stored);
                stored = wanted;
            }
            try (HubServer server = start(folder)) {
                JsonObject row = row(Growth.EVENTS, wanted)
                        .put("readySeconds", Outcome.round(server.process().secondsToReady()));
                row.put("filteredMillis", Outcome.round(filtered(server, lines)));
                row.put("publishPerSecond", Outcome.round(single(server, lines(1))));
                rows.add(row.put("heapMib", Outcome.round(server.process().liveHeapMib())));
            }
        }
        return rows;
    }

    /** The median time of a replay of one name, of several names. */
    private double filtered(HubServer server, EventLines lines) throws InterruptedException {
        List<Double> millis = new ArrayList<>();
        // As often again before it counts, so that the first one of a process does not.
        for (int i = 0; i < 2 * scale.questions(); i++) {
            String name = lines.names().get(i % lines.names().size());
            LoadResult replay = new ReplayLoad(1, List.of(name), 0, 1).run(bench.client(), server.target());
            if (i >= scale.questions()) {
                millis.add(replay.micros(50) / MICROS_PER_MILLI);
            }
        }
        return Median.of(millis, Double::doubleValue);
    }

    private double single(HubServer server, EventLines lines) throws InterruptedException {
        var _ = WarmUp.best(scale.pieces(), () -> publish(server, lines, scale.piece()));
        return rounds(() -> publish(server, lines, scale.duration()));
    }

    private double publish(HubServer server, EventLines lines, Duration time) throws InterruptedException {
        return new PublishLoad(CONNECTIONS, 0, lines, Timing.of(Duration.ZERO, time))
                .run(bench.client(), server.target())
                .perSecond();
    }

    private void fill(HubServer server, EventLines lines, long count) throws InterruptedException {
        var _ = new NdjsonLoad(1, 0, PeerServer.BATCH, lines, new Timing(Duration.ZERO, FILL_WITHIN, count))
                .run(bench.client(), server.target());
    }

    private List<JsonObject> names(Path folder) throws IOException, InterruptedException {
        List<JsonObject> rows = new ArrayList<>();
        for (int wanted : scale.growthNames()) {
            say(Growth.NAMES, wanted);
            Path data = folder.resolve("names-" + wanted);
            try (HubServer server = start(data)) {
                EventLines lines = lines(wanted);
                var _ = WarmUp.best(scale.pieces(), () -> asLines(server, lines));
                JsonObject row = row(Growth.NAMES, wanted)
                        .put("linesPerSecond", Outcome.round(rounds(() -> asLines(server, lines))));
                row.put("publishPerSecond", Outcome.round(single(server, lines)));
                rows.add(row.put("heapMib", Outcome.round(server.process().liveHeapMib())));
            }
            Bench.delete(data);
        }
        return rows;
    }

    private double asLines(HubServer server, EventLines lines) throws InterruptedException {
        return new NdjsonLoad(1, 0, PeerServer.BATCH, lines, new Timing(Duration.ZERO, scale.duration(), scale.most()))
                .run(bench.client(), server.target())
                .perSecond();
    }

    private List<JsonObject> listeners(Path folder) throws IOException, InterruptedException {
        List<JsonObject> rows = new ArrayList<>();
        for (int wanted : scale.growthListeners()) {
            say(Growth.LISTENERS, wanted);
            Path data = folder.resolve("listeners-" + wanted);
            try (HubServer server = start(data)) {
                var _ = WarmUp.best(
                        scale.pieces(),
                        () -> broadcast(server, wanted, 0, scale.piece()).perSecond());
                List<Double> deliveries = new ArrayList<>();
                List<Double> micros = new ArrayList<>();
                double peak = 0;
                for (int round = 0; round < scale.rounds(); round++) {
                    try (Usage usage = Usage.of(server.process())) {
                        LoadResult most = broadcast(server, wanted, 0, scale.duration());
                        double seconds = scale.lead().plus(scale.duration()).toMillis() / MICROS_PER_MILLI;
                        deliveries.add(most.perSecond());
                        micros.add(usage.seconds() * MICROS_PER_SECOND / Math.max(1, most.perSecond() * seconds));
                        peak = Math.max(peak, usage.peakMib());
                    }
                }
                double rate = Math.min(MOST_EVENTS, PACED_DELIVERIES / wanted);
                LoadResult paced = broadcast(server, wanted, rate, scale.duration());
                rows.add(row(Growth.LISTENERS, wanted)
                        .put("deliveriesPerSecond", Outcome.round(Median.of(deliveries, Double::doubleValue)))
                        .put("processorMicros", Outcome.round(Median.of(micros, Double::doubleValue)))
                        .put("p50Millis", Outcome.round(paced.micros(50) / MICROS_PER_MILLI))
                        .put("p99Millis", Outcome.round(paced.micros(99) / MICROS_PER_MILLI))
                        .put("peakMib", Outcome.round(peak)));
            }
            Bench.delete(data);
        }
        return rows;
    }

    private LoadResult broadcast(HubServer server, int listeners, double rate, Duration time)
            throws InterruptedException {
        return new BroadcastLoad(listeners, rate, true, EVENTS_OF_NAME, lines(1), Timing.of(scale.lead(), time))
                .run(bench.client(), server.target());
    }

    private List<JsonObject> groups(Path folder) throws IOException, InterruptedException {
        List<JsonObject> rows = new ArrayList<>();
        for (int wanted : scale.growthGroups()) {
            say(Growth.GROUPS, wanted);
            Path data = folder.resolve("groups-" + wanted);
            try (HubServer server = start(data)) {
                var _ = WarmUp.best(
                        scale.pieces(),
                        () -> toGroups(server, wanted, scale.piece()).value());
                List<Double> deliveries = new ArrayList<>();
                List<Double> micros = new ArrayList<>();
                double peak = 0;
                for (int round = 0; round < scale.rounds(); round++) {
                    try (Usage usage = Usage.of(server)) {
                        Measured most = toGroups(server, wanted, scale.duration());
                        deliveries.add(most.value());
                        micros.add(usage.seconds() * MICROS_PER_SECOND / Math.max(1, most.events()));
                        peak = Math.max(peak, usage.peakMib());
                    }
                }
                rows.add(row(Growth.GROUPS, wanted)
                        .put("deliveriesPerSecond", Outcome.round(Median.of(deliveries, Double::doubleValue)))
                        .put("processorMicros", Outcome.round(Median.of(micros, Double::doubleValue)))
                        .put("peakMib", Outcome.round(peak)));
            }
            Bench.delete(data);
        }
        return rows;
    }

    private Measured toGroups(HubServer server, int groups, Duration time) throws InterruptedException {
        Topic topic = Topic.of("g" + topics++, 1, EVENT_BYTES);
        int[] group = new int[1];
        return runs.fanOut(
                server,
                topic,
                () -> server.alone(topic, group[0]++),
                groups,
                0,
                false,
                scale.lead().toNanos(),
                time.toNanos());
    }

    /** A measurement that is done once in each round. */
    @FunctionalInterface
    private interface Round {
        double run() throws InterruptedException;
    }

    private double rounds(Round round) throws InterruptedException {
        List<Double> figures = new ArrayList<>();
        for (int i = 0; i < scale.rounds(); i++) {
            figures.add(round.run());
        }
        return Median.of(figures, Double::doubleValue);
    }

    /** Events of names that no other work has. */
    private EventLines lines(int names) {
        return new EventLines(EventLines.names("example.grow" + topics++, names), EVENT_BYTES);
    }

    private HubServer start(Path data) throws IOException, InterruptedException {
        return HubServer.start(bench, data, HubPeer.ALWAYS.flush());
    }

    private void say(Growth along, int step) {
        bench.say(String.format(Locale.ROOT, "%s: %,d", along.title(), step));
    }

    private JsonObject row(Growth along, int step) {
        return new JsonObject()
                .put("along", along.id())
                .put("at", step)
                .put("scale", scale.name())
                .put("measured", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
