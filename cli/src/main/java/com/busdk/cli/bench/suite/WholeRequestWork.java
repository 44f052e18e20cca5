package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.GetLoad;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.RequestLoad;
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

/** The whole way of a request: gateway, event, worker, event, gateway; each a process of its own. */
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
    private final List<LoadResult> throughGateway = new ArrayList<>();
    private final List<LoadResult> throughProvider = new ArrayList<>();
    private final List<LoadResult> asEvents = new ArrayList<>();

    WholeRequestWork(Bench bench) {
        this.bench = bench;
    }

    Row run() throws IOException, InterruptedException {
        bench.say("a whole request through the gateway");
        Path data = bench.newFolder();
        double warm;
        try (ServerProcess service = bench.service(data);
                ServerProcess _ = bench.worker(service, 1);
                ServerProcess vm = bench.vmProvider(service);
                ServerProcess gateway = bench.gateway(service, vm)) {
            warm = WarmUp.run(bench.scale(), timing -> new GetLoad(WARM_CONNECTIONS, 0, PATH, timing)
                    .run(bench.client(), bench.apiTarget(gateway)));
            Timing timing = Timing.of(SETTLE, bench.scale().duration());
            var get = new GetLoad(1, CALM_RATE, PATH, timing);
            var ask = new RequestLoad(1, 0, CALM_RATE, WorkerWorks.lines(), timing);
            for (int round = 0; round < bench.scale().rounds(); round++) {
                throughGateway.add(get.run(bench.client(), bench.apiTarget(gateway)));
                throughProvider.add(get.run(bench.client(), bench.apiTarget(vm)));
                asEvents.add(ask.run(bench.client(), bench.platformTarget(service)));
            }
        } finally {
            Bench.delete(data);
        }
        return row(warm);
    }

    /** Beside it the same from the provider and from the events service. */
    private Row row(double warm) {
        double whole = p50(throughGateway);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("p50Millis", whole);
        figures.put("p99Millis", Median.of(throughGateway, result -> result.micros(99) / 1e3));
        figures.put("providerP50Millis", p50(throughProvider));
        figures.put("eventsP50Millis", p50(asEvents));
        figures.put("warmSeconds", warm);
        figures.put("missing", (double)
                throughGateway.stream().mapToLong(LoadResult::missing).sum());
        boolean reached = whole < MOST_P50_MILLIS && figures.get("missing") == 0;
        return new Row(
                String.format(Locale.ROOT, "whole request through the gateway, %.0f/s", CALM_RATE),
                "p50 < 3 ms",
                "",
                String.format(
                        Locale.ROOT,
                        "p50 %.2f ms, p99 %.2f ms; p50 from the provider %.2f ms, as events alone %.2f ms; warm after"
                                + " %.0f s",
                        whole,
                        figures.get("p99Millis"),
                        figures.get("providerP50Millis"),
                        figures.get("eventsP50Millis"),
                        warm),
                Reached.of(reached, reached),
                figures);
    }

    private static double p50(List<LoadResult> results) {
        return Median.of(results, result -> result.micros(50) / 1e3);
    }
}
