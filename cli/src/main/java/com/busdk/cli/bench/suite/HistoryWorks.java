package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.NdjsonLoad;
import com.busdk.cli.bench.ReplayLoad;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Row.Reached;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Replay of what is stored. */
final class HistoryWorks {
    private static final String REPLAYED = "example.replay";
    private static final String FILTERED = "example.filter";
    private static final String OTHERS = "example.other";
    private static final int BATCH = 256;
    private static final int WARM_ROUNDS = 5;
    private static final int WARM_REPLAYS = 4;

    /** By then the compilers have come to the end of what a start gives them. */
    private static final Duration SETTLE = Duration.ofSeconds(1);

    private static final double FIRST_REPLAY = 2_000_000;
    private static final double THEN_REPLAY = 5_000_000;
    private static final double FIRST_FILTERED_MILLIS = 20;
    private static final double THEN_FILTERED_MILLIS = 5;

    private final Bench bench;

    HistoryWorks(Bench bench) {
        this.bench = bench;
    }

    /** Publishes a history and replays it, all of one name and one of many. */
    List<Row> run(ServerProcess bare) throws IOException, InterruptedException {
        Path data = bench.newFolder();
        List<Row> rows = new ArrayList<>();
        try {
            try (ServerProcess service = bench.service(data)) {
                bench.say("replay of one name");
                publish(service, List.of(REPLAYED), bench.scale().history());
                rows.add(replay(service, bare));
                publish(service, names(FILTERED), bench.scale().history());
            }
            rows.add(filtered(data, bench.scale().history()));
            if (bench.scale().moreHistory() > 0) {
                try (ServerProcess service = bench.service(data)) {
                    bench.say("more history");
                    publish(service, names(OTHERS), bench.scale().moreHistory());
                }
                rows.add(filtered(data, bench.scale().history() + bench.scale().moreHistory()));
            }
        } finally {
            Bench.delete(data);
        }
        return rows;
    }

    private List<String> names(String base) {
        return EventLines.names(base, bench.scale().names());
    }

    private void publish(ServerProcess service, List<String> names, long count) throws InterruptedException {
        var lines = new EventLines(names, PublishWorks.EVENT_BYTES);
        new NdjsonLoad(1, 0, BATCH, lines, new Timing(Duration.ZERO, Duration.ofHours(1), count))
                .run(bench.client(), bench.target(service));
    }

    private Row replay(ServerProcess service, ServerProcess bare) throws InterruptedException {
        long history = bench.scale().history();
        LoadResult first = new ReplayLoad(1, List.of(REPLAYED), 0, 1).run(bench.client(), bench.target(service));
        var load = new ReplayLoad(1, List.of(REPLAYED), history, 1);
        List<LoadResult> ofBare = new ArrayList<>();
        List<LoadResult> ofService = new ArrayList<>();
        // A replay takes about a second: the compilers are not done after the first one, on either side.
        for (int round = 0; round < WARM_REPLAYS; round++) {
            var _ = load.run(bench.client(), bench.target(bare));
            var _ = new ReplayLoad(1, List.of(REPLAYED), 0, 1).run(bench.client(), bench.target(service));
        }
        for (int round = 0; round < Math.max(3, bench.scale().rounds()); round++) {
            ofBare.add(load.run(bench.client(), bench.target(bare)));
            ofService.add(new ReplayLoad(1, List.of(REPLAYED), 0, 1).run(bench.client(), bench.target(service)));
        }
        double rate = Median.of(ofService, LoadResult::perSecond);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("perSecond", rate);
        figures.put("firstPerSecond", first.perSecond());
        figures.put("megabytesPerSecond", Median.of(ofService, LoadResult::megabytesPerSecond));
        figures.put("barePerSecond", Median.of(ofBare, LoadResult::perSecond));
        figures.put("ratio", rate / figures.get("barePerSecond"));
        figures.put("missing", (double) (history - first.count()));
        return new Row(
                String.format(Locale.ROOT, "replay of %,d events, 1 listener", history),
                "≥ 2 M/s",
                "5 M/s",
                String.format(
                        Locale.ROOT,
                        "%,.0f/s (%,.0f MB/s), %.2f of bare; the first one after the start %,.0f/s",
                        rate,
                        figures.get("megabytesPerSecond"),
                        figures.get("ratio"),
                        first.perSecond()),
                Reached.of(rate >= FIRST_REPLAY, rate >= THEN_REPLAY),
                figures);
    }

    /**
     * One name of many: the first request of a service that is ready since a moment, and of one that is ready since a
     * second, whose compilers no longer need the processors; then further ones of other names.
     */
    private Row filtered(Path data, long history) throws IOException, InterruptedException {
        bench.say("replay of one name of many");
        List<Double> atOnce = new ArrayList<>();
        List<Double> cold = new ArrayList<>();
        List<Double> warm = new ArrayList<>();
        long events = 0;
        for (int round = 0; round < bench.scale().rounds(); round++) {
            try (ServerProcess service = bench.service(data)) {
                atOnce.add(millis(replayName(service, round * 10)));
            }
            try (ServerProcess service = bench.service(data)) {
                Thread.sleep(SETTLE);
                LoadResult first = replayName(service, round * 10 + 1);
                events = first.count();
                cold.add(millis(first));
                for (int i = 2; i < 2 + WARM_ROUNDS; i++) {
                    warm.add(millis(replayName(service, round * 10 + i)));
                }
            }
        }
        double coldMillis = Median.of(cold, Double::doubleValue);
        double atOnceMillis = Median.of(atOnce, Double::doubleValue);
        double warmMillis = Median.of(warm, Double::doubleValue);
        return new Row(
                String.format(Locale.ROOT, "one name of many: %,d of %,d events", events, history),
                "≤ 20 ms cold",
                "5 ms",
                String.format(
                        Locale.ROOT,
                        "%.1f ms as first request of a new process, a second after it is ready (%.1f ms at once); "
                                + "%.1f ms after that",
                        coldMillis,
                        atOnceMillis,
                        warmMillis),
                Reached.of(coldMillis <= FIRST_FILTERED_MILLIS, coldMillis <= THEN_FILTERED_MILLIS),
                new LinkedHashMap<>(Map.of(
                        "coldMillis",
                        coldMillis,
                        "atOnceMillis",
                        atOnceMillis,
                        "warmMillis",
                        warmMillis,
                        "events",
                        (double) events)));
    }

    private static double millis(LoadResult replay) {
        return replay.micros(50) / 1e3;
    }

    private LoadResult replayName(ServerProcess service, int name) throws InterruptedException {
        List<String> names = List.of(names(FILTERED).get(name % bench.scale().names()));
        return new ReplayLoad(1, names, 0, 1).run(bench.client(), bench.target(service));
    }
}
