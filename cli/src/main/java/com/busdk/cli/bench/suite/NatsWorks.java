package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.BroadcastLoad;
import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.GroupLoad;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.NdjsonLoad;
import com.busdk.cli.bench.PublishLoad;
import com.busdk.cli.bench.ReplayLoad;
import com.busdk.cli.bench.Target;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Row.Reached;
import com.busdk.cli.command.CliException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The hub on a stream of NATS: the same load on one, two and three services before one server, spread over them. Says
 * beside each figure how many processors services and server had of the machine that they share with the load generator.
 */
final class NatsWorks {
    private static final String PROGRAM = "nats-server";

    /** Where servers are installed that a user's path may leave out. */
    private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin";

    private static final int MOST_SERVICES = 3;

    /** Each number of services has the same share of that many: of connections, consumers, and readers of history. */
    private static final int SHARED = 6;

    private static final int CONNECTIONS = 60;
    private static final int LISTENERS = 100;
    private static final int BATCH = 256;
    private static final int WINDOW = 1_000;
    private static final int IN_FLIGHT = 2_048;
    private static final int ACK_BATCH = 1_024;
    private static final int GROUP_WINDOW = 20_000;
    private static final double LATENCY_RATE = 200;

    /** Below what the server's file allows, and more than a run writes. */
    private static final String RETENTION = "64GiB";

    private final Bench bench;
    private int names;

    NatsWorks(Bench bench) {
        this.bench = bench;
    }

    /** What is under load. */
    private record Cluster(int count, List<ServerProcess> services, ServerProcess nats, Target target) {
        Duration servicesTime() {
            return services.stream().map(ServerProcess::processorTime).reduce(Duration.ZERO, Duration::plus);
        }
    }

    /** Puts a load on. */
    private interface Load {
        LoadResult run() throws InterruptedException;
    }

    /** With one service, with two, and with three. */
    void run(Rows rows) throws IOException, InterruptedException {
        for (int count = 1; count <= MOST_SERVICES; count++) {
            int services = count;
            rows.addAll("services: " + count, () -> {
                measure(services, rows);
                return List.of();
            });
        }
    }

    private void measure(int count, Rows rows) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(bench.newFolder());
        List<ServerProcess> services = new ArrayList<>();
        try (ServerProcess nats = server(folder)) {
            try {
                for (int i = 0; i < count; i++) {
                    services.add(bench.service(
                            folder.resolve("service-" + i),
                            Map.of(
                                    "events-backend",
                                    "nats",
                                    "nats-url",
                                    "nats://127.0.0.1:" + nats.port(),
                                    "nats-replicas",
                                    "1",
                                    "retention-bytes",
                                    RETENTION)));
                }
                Target target = bench.target(services.getFirst())
                        .spreadOver(services.stream().map(ServerProcess::port).toList());
                measure(new Cluster(count, services, nats, target), rows);
            } finally {
                services.forEach(ServerProcess::close);
            }
        } finally {
            Bench.delete(folder);
        }
    }

    private void measure(Cluster cluster, Rows rows) throws IOException, InterruptedException {
        rows.add("single publish", () -> single(cluster));
        rows.add("publish of lines", () -> lines(cluster));
        rows.add("broadcast", () -> broadcast(cluster));
        rows.add("group", () -> group(cluster));
        rows.add("replay", () -> replay(cluster));
        rows.add("publish to listener", () -> latency(cluster));
    }

    private static ServerProcess server(Path folder) throws IOException, InterruptedException {
        Path program = Stream.of((System.getenv().getOrDefault("PATH", "") + File.pathSeparator + SYSTEM_PATH)
                        .split(File.pathSeparator))
                .filter(part -> !part.isEmpty())
                .map(part -> Path.of(part, PROGRAM))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> CliException.failed(PROGRAM + " is not installed (package nats-server)"));
        int port = ServerProcess.freePort();
        Path file = Files.writeString(folder.resolve("nats.conf"), """
            listen: "127.0.0.1:%d"
            max_payload: 8MB
            jetstream { store_dir: "%s", max_mem: 64MB, max_file: 1TB }
            """.formatted(port, folder.resolve("streams")));
        return ServerProcess.start(
                List.of(program.toString(), "-c", file.toString()),
                Map.of(),
                port,
                new ServerProcess.Greeting("", "INFO "),
                folder.resolve("nats.log"));
    }

    private EventLines freshLines() {
        return new EventLines(List.of("example.cluster.n" + names++), PublishWorks.EVENT_BYTES);
    }

    private Timing timing() {
        return Timing.of(bench.scale().warmup(), bench.scale().duration());
    }

    private Row single(Cluster cluster) throws InterruptedException {
        EventLines lines = freshLines();
        WarmUp.run(
                bench.scale(),
                timing -> new PublishLoad(CONNECTIONS, 0, lines, timing).run(bench.client(), cluster.target()));
        return row(
                cluster,
                "single publish, " + CONNECTIONS + " connections",
                () -> new PublishLoad(CONNECTIONS, 0, lines, timing()).run(bench.client(), cluster.target()));
    }

    private Row lines(Cluster cluster) throws InterruptedException {
        return row(
                cluster,
                "publish of lines, " + SHARED + " connections",
                () -> new NdjsonLoad(SHARED, 0, BATCH, freshLines(), timing()).run(bench.client(), cluster.target()));
    }

    private Row broadcast(Cluster cluster) throws InterruptedException {
        return row(
                cluster,
                "broadcast to " + LISTENERS + " listeners",
                () -> new BroadcastLoad(LISTENERS, 0, true, WINDOW, freshLines(), timing())
                        .run(bench.client(), cluster.target()));
    }

    private Row group(Cluster cluster) throws InterruptedException {
        return row(
                cluster,
                "group of " + SHARED + ", explicit acks in batches",
                () -> new GroupLoad(
                                "bench", SHARED, true, IN_FLIGHT, ACK_BATCH, 0, 0, GROUP_WINDOW, freshLines(), timing())
                        .run(bench.client(), cluster.target()));
    }

    private Row replay(Cluster cluster) throws InterruptedException {
        EventLines lines = freshLines();
        long history = bench.scale().history();
        new NdjsonLoad(1, 0, BATCH, lines, new Timing(Duration.ZERO, Duration.ofHours(1), history))
                .run(bench.client(), cluster.target());
        var load = new ReplayLoad(SHARED, lines.names(), 0, 1);
        var _ = load.run(bench.client(), cluster.target()); // the copies are complete, and the code is compiled
        return row(
                cluster,
                String.format(Locale.ROOT, "replay of %,d events, %d listeners", history, SHARED),
                () -> load.run(bench.client(), cluster.target()));
    }

    private Row latency(Cluster cluster) throws InterruptedException {
        return row(
                cluster,
                String.format(Locale.ROOT, "publish to %d listeners, %.0f/s", SHARED, LATENCY_RATE),
                () -> new BroadcastLoad(SHARED, LATENCY_RATE, false, WINDOW, freshLines(), timing())
                        .run(bench.client(), cluster.target()));
    }

    private Row row(Cluster cluster, String work, Load load) throws InterruptedException {
        bench.say(work + ", services: " + cluster.count());
        Duration servicesBefore = cluster.servicesTime();
        Duration natsBefore = cluster.nats().processorTime();
        long before = System.nanoTime();
        LoadResult result = load.run();
        double nanos = System.nanoTime() - before;
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("services", (double) cluster.count());
        figures.put("perSecond", result.perSecond());
        figures.put("missing", (double) result.missing());
        figures.put(
                "servicesProcessors",
                cluster.servicesTime().minus(servicesBefore).toNanos() / nanos);
        figures.put(
                "natsProcessors",
                cluster.nats().processorTime().minus(natsBefore).toNanos() / nanos);
        String latency = "";
        if (result.latency() != null) {
            figures.put("p50Millis", result.micros(50) / 1e3);
            figures.put("p99Millis", result.micros(99) / 1e3);
            latency = String.format(
                    Locale.ROOT, ", p50 %.2f, p99 %.2f ms", figures.get("p50Millis"), figures.get("p99Millis"));
        }
        return new Row(
                work + ", services: " + cluster.count(),
                "",
                "",
                String.format(
                        Locale.ROOT,
                        "%,.0f %s/s%s; processors: services %.2f, nats-server %.2f",
                        result.perSecond(),
                        result.unit(),
                        latency,
                        figures.get("servicesProcessors"),
                        figures.get("natsProcessors")),
                Reached.NONE_SET,
                figures);
    }
}
