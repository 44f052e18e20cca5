package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.GetLoad;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.RequestLoad;
import com.busdk.cli.bench.Target;
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

/** The whole way of a request: gateway, event, worker, event, gateway. */
final class WholeRequestWork {
    private static final String PATH = "/api/v1/vm/status";

    /** A pace at which the machine is idle most of the time: what is measured is the way, not a queue. */
    private static final double CALM_RATE = 100;

    /** At a time while it warms up: enough to keep every process busy. */
    private static final int WARM_CONNECTIONS = 16;

    /** Between a load and the next, unmeasured: the compilers come to an end. */
    private static final Duration SETTLE = Duration.ofSeconds(1);

    private static final double MOST_P50_MILLIS = 3;

    private final Bench bench;

    WholeRequestWork(Bench bench) {
        this.bench = bench;
    }

    /** Each part a process of its own; beside it the same from the provider, and as events alone. */
    Row processes() throws IOException, InterruptedException {
        bench.say("a whole request through the gateway, five processes");
        Path data = bench.newFolder();
        List<LoadResult> throughGateway = new ArrayList<>();
        List<LoadResult> throughProvider = new ArrayList<>();
        List<LoadResult> asEvents = new ArrayList<>();
        double warm;
        try (ServerProcess service = bench.service(data);
                ServerProcess _ = bench.worker(service, 1);
                ServerProcess vm = bench.vmProvider(service);
                ServerProcess gateway = bench.gateway(service, vm)) {
            warm = warm(bench.apiTarget(gateway));
            var ask = new RequestLoad(1, 0, CALM_RATE, WorkerWorks.lines(), timing());
            for (int round = 0; round < bench.scale().rounds(); round++) {
                throughGateway.add(get(bench.apiTarget(gateway)));
                throughProvider.add(get(bench.apiTarget(vm)));
                asEvents.add(ask.run(bench.client(), bench.platformTarget(service)));
            }
        } finally {
            Bench.delete(data);
        }
        Map<String, Double> more = Map.of("providerP50Millis", p50(throughProvider), "eventsP50Millis", p50(asEvents));
        String beside = String.format(
                Locale.ROOT,
                "; p50 from the provider %.2f ms, as events alone %.2f ms",
                p50(throughProvider),
                p50(asEvents));
        return row("five processes", throughGateway, warm, more, beside);
    }

    /** All parts in one process, as {@code bus up} has them. */
    Row stack() throws IOException, InterruptedException {
        bench.say("a whole request through the gateway, bus up");
        Path data = bench.newFolder();
        List<LoadResult> results = new ArrayList<>();
        double warm;
        try (ServerProcess stack = bench.stack(data)) {
            warm = warm(bench.apiTarget(stack));
            for (int round = 0; round < bench.scale().rounds(); round++) {
                results.add(get(bench.apiTarget(stack)));
            }
        } finally {
            Bench.delete(data);
        }
        return row("bus up", results, warm, Map.of(), "");
    }

    private double warm(Target target) throws InterruptedException {
        return WarmUp.run(
                bench.scale(), timing -> new GetLoad(WARM_CONNECTIONS, 0, PATH, timing).run(bench.client(), target));
    }

    private Timing timing() {
        return Timing.of(SETTLE, bench.scale().duration());
    }

    private LoadResult get(Target target) throws InterruptedException {
        return new GetLoad(1, CALM_RATE, PATH, timing()).run(bench.client(), target);
    }

    private static Row row(
            String where, List<LoadResult> results, double warm, Map<String, Double> more, String beside) {
        double p50 = p50(results);
        double p99 = Median.of(results, result -> result.micros(99) / 1e3);
        long missing = results.stream().mapToLong(LoadResult::missing).sum();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("p50Millis", p50);
        figures.put("p99Millis", p99);
        figures.put("warmSeconds", warm);
        figures.put("missing", (double) missing);
        figures.putAll(more);
        boolean reached = p50 < MOST_P50_MILLIS && missing == 0;
        return new Row(
                String.format(Locale.ROOT, "whole request through the gateway, %.0f/s, %s", CALM_RATE, where),
                "p50 < 3 ms",
                "",
                String.format(Locale.ROOT, "p50 %.2f ms, p99 %.2f ms%s; warm after %.0f s", p50, p99, beside, warm),
                Reached.of(reached, reached),
                figures);
    }

    private static double p50(List<LoadResult> results) {
        return Median.of(results, result -> result.micros(50) / 1e3);
    }
}
