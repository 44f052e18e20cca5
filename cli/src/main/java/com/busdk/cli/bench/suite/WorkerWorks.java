package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.GetLoad;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.ReplayLoad;
import com.busdk.cli.bench.RequestLoad;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Row.Reached;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Requests that real workers answer, each worker a process of its own; and the whole way from the gateway and back. */
final class WorkerWorks {
    private static final String REQUEST = "bus.vm.status.request";
    private static final String RESPONSE = "bus.vm.status.response";
    private static final String PATH = "/api/v1/vm/status";
    private static final List<Integer> PROCESSES = List.of(1, 2, 4);

    /** More than one worker has in hand at a time (32), so that a second one has something to do. */
    private static final int CONNECTIONS = 128;

    /** A pace at which the machine is idle most of the time: what is measured is the way, not a queue. */
    private static final double CALM_RATE = 100;

    private static final double MOST_WHOLE_P50_MILLIS = 3;

    private final Bench bench;

    WorkerWorks(Bench bench) {
        this.bench = bench;
    }

    List<Row> run() throws IOException, InterruptedException {
        return List.of(processes(), whole());
    }

    private static EventLines lines() {
        return new EventLines(List.of(REQUEST), PublishWorks.EVENT_BYTES);
    }

    private Timing timing() {
        return Timing.of(bench.scale().warmup(), bench.scale().duration());
    }

    /** The same requests through one, two and four processes of a worker. */
    private Row processes() throws IOException, InterruptedException {
        Map<String, Double> figures = new LinkedHashMap<>();
        List<String> rates = new ArrayList<>();
        List<Double> perSecond = new ArrayList<>();
        for (int processes : PROCESSES) {
            List<LoadResult> results = throughWorkers(processes);
            double rate = Median.of(results, LoadResult::perSecond);
            double p99 = Median.of(results, result -> result.micros(99) / 1e3);
            figures.put("perSecond" + processes, rate);
            figures.put("p99Millis" + processes, p99);
            perSecond.add(rate);
            rates.add(String.format(Locale.ROOT, "%d: %,.0f/s (p99 %.1f ms)", processes, rate, p99));
        }
        // No run comes to its end in which a request is not answered, or not once.
        figures.put("notAnsweredOnce", 0.0);
        figures.put("processors", (double) Runtime.getRuntime().availableProcessors());
        boolean two = perSecond.get(1) > perSecond.get(0);
        boolean four = perSecond.get(2) > perSecond.get(1);
        return new Row(
                "requests through worker processes",
                "2 answer more than 1, each request once",
                "4 more than 2",
                String.join(", ", rates) + "; each answered once",
                Reached.of(two, two && four),
                figures);
    }

    private List<LoadResult> throughWorkers(int processes) throws IOException, InterruptedException {
        bench.say("requests through worker processes: " + processes);
        Path data = bench.newFolder();
        List<LoadResult> results = new ArrayList<>();
        try (ServerProcess service = bench.service(data)) {
            List<ServerProcess> workers = new ArrayList<>();
            try {
                for (int number = 1; number <= processes; number++) {
                    workers.add(bench.worker(service, number));
                }
                for (int round = 0; round < bench.scale().rounds(); round++) {
                    results.add(new RequestLoad(CONNECTIONS, 0, 0, lines(), timing())
                            .run(bench.client(), bench.platformTarget(service)));
                }
            } finally {
                // Before anything is counted: who stops finishes what is in hand.
                workers.forEach(ServerProcess::close);
            }
            checkAnsweredOnce(service);
        } finally {
            Bench.delete(data);
        }
        return results;
    }

    /** The load ends only when each of its requests has an answer, so as many responses as requests are one for each. */
    private void checkAnsweredOnce(ServerProcess service) throws InterruptedException {
        long requests = stored(service, REQUEST);
        long responses = stored(service, RESPONSE);
        if (requests == 0 || requests != responses) {
            throw CliException.failed("the workers answered " + requests + " requests with " + responses
                    + " responses: that is a defect, whatever the rate");
        }
    }

    private long stored(ServerProcess service, String name) throws InterruptedException {
        return new ReplayLoad(1, List.of(name), 0, 1)
                .run(bench.client(), bench.platformTarget(service))
                .count();
    }

    /** Gateway, event, worker, event, gateway; beside it the same from the provider and from the events service. */
    private Row whole() throws IOException, InterruptedException {
        bench.say("a whole request through the gateway");
        Path data = bench.newFolder();
        Map<String, Double> figures = new LinkedHashMap<>();
        List<LoadResult> throughGateway = new ArrayList<>();
        List<LoadResult> throughProvider = new ArrayList<>();
        List<LoadResult> asEvents = new ArrayList<>();
        try (ServerProcess service = bench.service(data);
                ServerProcess _ = bench.worker(service, 1);
                ServerProcess vm = bench.vmProvider(service);
                ServerProcess gateway = bench.gateway(service, vm)) {
            var get = new GetLoad(1, CALM_RATE, PATH, timing());
            for (int round = 0; round < bench.scale().rounds(); round++) {
                throughGateway.add(get.run(bench.client(), bench.apiTarget(gateway)));
                throughProvider.add(get.run(bench.client(), bench.apiTarget(vm)));
                asEvents.add(new RequestLoad(1, 0, CALM_RATE, lines(), timing())
                        .run(bench.client(), bench.platformTarget(service)));
            }
        } finally {
            Bench.delete(data);
        }
        double whole = p50(throughGateway);
        figures.put("p50Millis", whole);
        figures.put("p99Millis", Median.of(throughGateway, result -> result.micros(99) / 1e3));
        figures.put("providerP50Millis", p50(throughProvider));
        figures.put("eventsP50Millis", p50(asEvents));
        figures.put("missing", (double)
                throughGateway.stream().mapToLong(LoadResult::missing).sum());
        boolean reached = whole < MOST_WHOLE_P50_MILLIS && figures.get("missing") == 0;
        return new Row(
                String.format(Locale.ROOT, "whole request through the gateway, %.0f/s", CALM_RATE),
                "p50 < 3 ms",
                "",
                String.format(
                        Locale.ROOT,
                        "p50 %.2f ms, p99 %.2f ms; p50 from the provider %.2f ms, as events alone %.2f ms",
                        whole,
                        figures.get("p99Millis"),
                        figures.get("providerP50Millis"),
                        figures.get("eventsP50Millis")),
                Reached.of(reached, reached),
                figures);
    }

    private static double p50(List<LoadResult> results) {
        return Median.of(results, result -> result.micros(50) / 1e3);
    }
}
