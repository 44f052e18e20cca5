package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.NdjsonLoad;
import com.busdk.cli.bench.PublishLoad;
import com.busdk.cli.bench.RequestLoad;
import com.busdk.cli.bench.Target;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Row.Reached;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Publishing, in turn with the bare server. */
final class PublishWorks {
    /** Bytes of an event in all works. */
    static final int EVENT_BYTES = 200;

    private static final int CONNECTIONS = 64;
    private static final int BATCH = 256;
    private static final int REQUEST_CONNECTIONS = 16;
    private static final double FIRST_OF_BARE = 0.6;
    private static final double THEN_OF_BARE = 0.9;
    private static final double MOST_P99_MILLIS = 5;
    private static final double FIRST_LINES_OF_BARE = 6;
    private static final double THEN_LINES_OF_BARE = 12;
    private static final EventLines LINES = new EventLines(List.of("example.bench"), EVENT_BYTES);

    private final Bench bench;
    private final ServerProcess service;
    private final ServerProcess bare;
    private double bareRate;

    PublishWorks(Bench bench, ServerProcess service, ServerProcess bare) {
        this.bench = bench;
        this.service = service;
        this.bare = bare;
    }

    /** A request for each event. */
    Row single() throws InterruptedException {
        bench.say("single publish, in turn with the bare server");
        Duration duration = bench.scale().duration();
        Timing timing = Timing.of(bench.scale().warmup(), duration);
        var load = new PublishLoad(CONNECTIONS, 0, LINES, timing);
        List<LoadResult> ofBare = new ArrayList<>();
        List<LoadResult> ofService = new ArrayList<>();
        warmUp(limited -> new PublishLoad(CONNECTIONS, 0, LINES, limited)::run);
        double flushes = Bench.flushes(service);
        Duration before = service.processorTime();
        for (int round = 0; round < bench.scale().rounds(); round++) {
            ofBare.add(load.run(bench.client(), bench.target(bare)));
            ofService.add(load.run(bench.client(), bench.target(service)));
        }
        double processor = micros(service.processorTime().minus(before));
        bareRate = Median.of(ofBare, LoadResult::perSecond);
        double rate = Median.of(ofService, LoadResult::perSecond);
        double p99 = Median.of(ofService, result -> result.micros(99) / 1e3);
        // The warm-up is published as well, at the same speed.
        double all =
                rate * bench.scale().rounds() * timing.warmup().plus(duration).toMillis() / 1e3;
        double flushesPerThousand = (Bench.flushes(service) - flushes) / all * 1e3;
        double ratio = rate / bareRate;
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("perSecond", rate);
        figures.put("barePerSecond", bareRate);
        figures.put("ratio", ratio);
        figures.put("p50Millis", Median.of(ofService, result -> result.micros(50) / 1e3));
        figures.put("p99Millis", p99);
        figures.put("bareP99Millis", Median.of(ofBare, result -> result.micros(99) / 1e3));
        figures.put("flushesPerThousand", flushesPerThousand);
        figures.put("processorMicrosPerEvent", processor / all);
        return new Row(
                "single publish, " + CONNECTIONS + " connections",
                "≥ 0.6 of bare, p99 < 5 ms",
                "0.9",
                String.format(
                        Locale.ROOT,
                        "%.2f of bare: %,.0f/s of %,.0f/s, p99 %.1f ms (bare %.1f), %.0f flushes per 1,000",
                        ratio,
                        rate,
                        bareRate,
                        p99,
                        figures.get("bareP99Millis"),
                        flushesPerThousand),
                Reached.of(
                        ratio >= FIRST_OF_BARE && p99 < MOST_P99_MILLIS,
                        ratio >= THEN_OF_BARE && p99 < MOST_P99_MILLIS),
                figures);
    }

    /** Lines of one request; after {@link #single}, whose bare rate it is held against. */
    Row lines() throws InterruptedException {
        bench.say("publish of lines over one connection");
        Timing timing = Timing.of(bench.scale().warmup(), bench.scale().duration());
        var load = new NdjsonLoad(1, 0, BATCH, LINES, timing);
        List<LoadResult> ofBare = new ArrayList<>();
        List<LoadResult> ofService = new ArrayList<>();
        warmUp(limited -> new NdjsonLoad(1, 0, BATCH, LINES, limited)::run);
        double flushes = Bench.flushes(service);
        Duration before = service.processorTime();
        for (int round = 0; round < bench.scale().rounds(); round++) {
            ofBare.add(load.run(bench.client(), bench.target(bare)));
            ofService.add(load.run(bench.client(), bench.target(service)));
        }
        double processor = micros(service.processorTime().minus(before));
        double rate = Median.of(ofService, LoadResult::perSecond);
        double all = rate
                * bench.scale().rounds()
                * (timing.warmup().toMillis() + timing.duration().toMillis())
                / 1e3;
        double ratio = rate / bareRate;
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("perSecond", rate);
        figures.put("bareRequestsPerSecond", bareRate);
        figures.put("bareLinesPerSecond", Median.of(ofBare, LoadResult::perSecond));
        figures.put("ratio", ratio);
        figures.put("flushesPerThousand", (Bench.flushes(service) - flushes) / all * 1e3);
        figures.put("processorMicrosPerEvent", processor / all);
        return new Row(
                "publish of lines, 1 connection",
                "≥ 6 × bare requests/s",
                "12 ×",
                String.format(
                        Locale.ROOT,
                        "%.1f × bare: %,.0f/s, %.2f flushes per 1,000",
                        ratio,
                        rate,
                        figures.get("flushesPerThousand")),
                Reached.of(ratio >= FIRST_LINES_OF_BARE, ratio >= THEN_LINES_OF_BARE),
                figures);
    }

    /** Requests and responses through a worker. */
    Row requests() throws InterruptedException {
        bench.say("requests through a worker");
        var lines = new EventLines(List.of("example.bench.request"), EVENT_BYTES);
        WarmUp.Load load = timing ->
                new RequestLoad(REQUEST_CONNECTIONS, 1, 0, lines, timing).run(bench.client(), bench.target(service));
        WarmUp.run(bench.scale(), load);
        LoadResult result =
                load.run(Timing.of(bench.scale().warmup(), bench.scale().duration()));
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("perSecond", result.perSecond());
        figures.put("p50Millis", result.micros(50) / 1e3);
        figures.put("p99Millis", result.micros(99) / 1e3);
        return new Row(
                "request and response, " + REQUEST_CONNECTIONS + " connections",
                "",
                "",
                String.format(
                        Locale.ROOT,
                        "%,.0f/s, p50 %.2f ms, p99 %.2f ms",
                        result.perSecond(),
                        figures.get("p50Millis"),
                        figures.get("p99Millis")),
                Reached.NONE_SET,
                figures);
    }

    /** Both, so that neither is measured while it compiles. */
    private void warmUp(Function<Timing, PublishingLoad> load) throws InterruptedException {
        for (ServerProcess server : List.of(bare, service)) {
            WarmUp.run(bench.scale(), timing -> load.apply(timing).run(bench.client(), bench.target(server)));
        }
    }

    /** A load of either kind. */
    @FunctionalInterface
    private interface PublishingLoad {
        LoadResult run(LoadClient client, Target target) throws InterruptedException;
    }

    static double micros(Duration duration) {
        return duration.toNanos() / 1e3;
    }
}
