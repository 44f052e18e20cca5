package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.ReplayLoad;
import com.busdk.cli.bench.RequestLoad;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Row.Reached;
import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Requests that real workers answer, each worker a process of its own. */
final class WorkerWorks {
    static final String REQUEST = "bus.vm.status.request";
    private static final String RESPONSE = "bus.vm.status.response";
    private static final List<Integer> PROCESSES = List.of(1, 2, 4);

    /** More than four workers have in hand at a time (32 each), so that all of them have something to do. */
    private static final int CONNECTIONS = 160;

    /** Rates that are this near to twice and four times as much count as that. */
    private static final double NEARLY = 0.9;

    private final Bench bench;

    WorkerWorks(Bench bench) {
        this.bench = bench;
    }

    static EventLines lines() {
        return new EventLines(List.of(REQUEST), PublishWorks.EVENT_BYTES);
    }

    /** Starts a worker. */
    @FunctionalInterface
    private interface Hire {
        ServerProcess worker(ServerProcess service, int number) throws IOException, InterruptedException;
    }

    /** Workers that do nothing but compute: more of them are faster only while processors are idle. */
    Row computing() throws IOException, InterruptedException {
        Growth growth = grow("requests through worker processes", bench::worker);
        return growth.row(
                "requests through worker processes",
                "2 answer more than 1, each request once",
                "4 more than 2",
                growth.times(1) > 1,
                growth.times(2) > growth.times(1));
    }

    /** Workers that wait for a cloud, eight calls at a time each, as most real ones wait for something. */
    Row waiting() throws IOException, InterruptedException {
        try (ServerProcess cloud = bench.slowCloud()) {
            String work = "requests through workers that wait " + SlowCloud.ANSWER_MILLIS + " ms for a cloud";
            Growth growth = grow(work, (service, number) -> bench.cloudWorker(service, cloud, number));
            return growth.row(
                    work,
                    "2 answer twice as many as 1, each request once",
                    "4 four times as many",
                    growth.times(1) > PROCESSES.get(1) * NEARLY,
                    growth.times(2) > PROCESSES.get(2) * NEARLY);
        }
    }

    /** The same requests through one, two and four processes of a worker. */
    private Growth grow(String work, Hire hire) throws IOException, InterruptedException {
        Growth growth = new Growth();
        for (int processes : PROCESSES) {
            bench.say(work + ", processes: " + processes);
            throughWorkers(processes, hire, growth);
        }
        return growth;
    }

    private void throughWorkers(int processes, Hire hire, Growth growth) throws IOException, InterruptedException {
        Path data = bench.newFolder();
        List<LoadResult> results = new ArrayList<>();
        try (ServerProcess service = bench.service(data)) {
            List<ServerProcess> workers = new ArrayList<>();
            double warm;
            try {
                for (int number = 1; number <= processes; number++) {
                    workers.add(hire.worker(service, number));
                }
                warm = WarmUp.run(bench.scale(), timing -> load(service, timing));
                for (int round = 0; round < bench.scale().rounds(); round++) {
                    results.add(
                            load(service, Timing.of(Duration.ZERO, bench.scale().duration())));
                }
            } finally {
                // Before anything is counted: who stops finishes what is in hand.
                workers.forEach(ServerProcess::close);
            }
            checkAnsweredOnce(service);
            growth.add(processes, results, warm);
        } finally {
            Bench.delete(data);
        }
    }

    private LoadResult load(ServerProcess service, Timing timing) throws InterruptedException {
        return new RequestLoad(CONNECTIONS, 0, 0, lines(), timing).run(bench.client(), bench.platformTarget(service));
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

    /** What more and more processes came to. On the thread of the work. */
    private static final class Growth {
        private final Map<String, Double> figures = new LinkedHashMap<>();
        private final List<String> rates = new ArrayList<>();
        private final List<String> warm = new ArrayList<>();
        private final List<Double> perSecond = new ArrayList<>();

        void add(int processes, List<LoadResult> results, double warmSeconds) {
            double rate = Median.of(results, LoadResult::perSecond);
            double p99 = Median.of(results, result -> result.micros(99) / 1e3);
            figures.put("perSecond" + processes, rate);
            figures.put("p99Millis" + processes, p99);
            figures.put("warmSeconds" + processes, warmSeconds);
            perSecond.add(rate);
            rates.add(String.format(Locale.ROOT, "%d: %,.0f/s (p99 %.1f ms)", processes, rate, p99));
            warm.add(String.format(Locale.ROOT, "%.0f", warmSeconds));
        }

        /** How many times the rate of the first is that of another. */
        double times(int index) {
            return perSecond.get(index) / perSecond.getFirst();
        }

        Row row(String work, String goal, String then, boolean two, boolean four) {
            // No run comes to its end in which a request is not answered, or not once.
            figures.put("notAnsweredOnce", 0.0);
            figures.put("processors", (double) Runtime.getRuntime().availableProcessors());
            return new Row(
                    work,
                    goal,
                    then,
                    String.join(", ", rates) + "; each answered once; warm after " + String.join(", ", warm) + " s",
                    Reached.of(two, two && four),
                    figures);
        }
    }
}
