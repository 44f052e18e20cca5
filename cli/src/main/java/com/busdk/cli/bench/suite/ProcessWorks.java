package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.IdleListeners;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.NdjsonLoad;
import com.busdk.cli.bench.PublishLoad;
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

/** What the processes cost: memory, start, a slow disk. */
final class ProcessWorks {
    private static final String NAME = "example.bench";
    private static final int BATCH = 256;
    private static final double MOST_IDLE_MIB = 200;
    private static final double MOST_START_SECONDS = 2;
    private static final int STARTS = 3;
    private static final int FEW_CONNECTIONS = 64;
    private static final String FLUSH_DELAY = "5ms";
    private static final double LEAST_OF_FAST_DISK = 0.5;
    private static final double MOST_VERSION_MILLIS = 150;
    private static final double MOST_SEND_MILLIS = 400;
    private static final double MIB = 1L << 20;

    /** About what a log holds for an event of the bench; the log's own figure decides. */
    private static final int LOGGED_EVENT_BYTES = 400;

    private final Bench bench;

    ProcessWorks(Bench bench) {
        this.bench = bench;
    }

    private static EventLines lines() {
        return new EventLines(List.of(NAME), PublishWorks.EVENT_BYTES);
    }

    /** Listeners that only hold their connection. */
    Row idleListeners() throws IOException, InterruptedException {
        int count = bench.scale().idleListeners();
        bench.say(count + " idle listeners");
        Path data = bench.newFolder();
        try (ServerProcess service = bench.service(data)) {
            // One request first: what the service loads for it is not the listeners'.
            IdleListeners.open(bench.client(), bench.target(service), NAME, 1).close();
            double heapBefore = service.liveHeapMib();
            double residentBefore = service.residentMib();
            double heap;
            double resident;
            try (var _ = IdleListeners.open(bench.client(), bench.target(service), NAME, count)) {
                heap = service.liveHeapMib() - heapBefore;
                resident = service.residentMib() - residentBefore;
            }
            double more = Math.max(heap, resident);
            return new Row(
                    String.format(Locale.ROOT, "memory of %,d idle listeners", count),
                    "< 200 MB over the empty service",
                    "",
                    String.format(
                            Locale.ROOT,
                            "%.0f MiB, %.0f MiB of it heap; empty service: %.0f MiB, %.0f MiB",
                            resident,
                            heap,
                            residentBefore,
                            heapBefore),
                    Reached.of(more < MOST_IDLE_MIB, more < MOST_IDLE_MIB),
                    new LinkedHashMap<>(Map.of(
                            "residentMib", resident,
                            "heapMib", heap,
                            "emptyResidentMib", residentBefore,
                            "emptyHeapMib", heapBefore)));
        } finally {
            Bench.delete(data);
        }
    }

    /** From the start of the process to ready, on a large log: after a proper stop, and after a crash. */
    Row start() throws IOException, InterruptedException {
        long bytes = bench.scale().logBytes();
        bench.say(String.format(Locale.ROOT, "start on a log of %,.0f MiB", bytes / MIB));
        Path data = bench.newFolder();
        try {
            try (ServerProcess service = bench.service(data)) {
                new NdjsonLoad(
                                1,
                                0,
                                BATCH,
                                new EventLines(
                                        EventLines.names(NAME, bench.scale().names()), PublishWorks.EVENT_BYTES),
                                new Timing(Duration.ZERO, Duration.ofHours(1), bytes / LOGGED_EVENT_BYTES))
                        .run(bench.client(), bench.target(service));
            }
            List<Double> stopped = new ArrayList<>();
            List<Double> crashed = new ArrayList<>();
            for (int i = 0; i < STARTS; i++) {
                ServerProcess service = bench.service(data);
                stopped.add(service.secondsToReady());
                service.kill();
                try (ServerProcess again = bench.service(data)) {
                    crashed.add(again.secondsToReady());
                }
            }
            return startRow(bytes, stopped, crashed);
        } finally {
            Bench.delete(data);
        }
    }

    private static Row startRow(long bytes, List<Double> stopped, List<Double> crashed) {
        double afterStop = Median.of(stopped, Double::doubleValue);
        double afterCrash = Median.of(crashed, Double::doubleValue);
        boolean reached = afterStop < MOST_START_SECONDS && afterCrash < MOST_START_SECONDS;
        return new Row(
                String.format(Locale.ROOT, "start on a log of %,.1f GiB", bytes / MIB / 1024),
                "< 2 s to ready (10 GB)",
                "",
                String.format(Locale.ROOT, "%.2f s after a stop, %.2f s after a kill", afterStop, afterCrash),
                Reached.of(reached, reached),
                new LinkedHashMap<>(Map.of("stoppedSeconds", afterStop, "killedSeconds", afterCrash)));
    }

    /** Many publishers on a disk whose flush takes 5 ms longer, beside the same on this machine's. */
    Row slowDisk() throws IOException, InterruptedException {
        int connections = bench.scale().connections();
        // With one stream each flush would be waited for alone; with many their batches share it.
        bench.say(connections + " connections on a disk with a slow flush");
        Path fastData = bench.newFolder();
        Path slowData = bench.newFolder();
        List<Figures> fast = new ArrayList<>();
        List<Figures> slow = new ArrayList<>();
        try (ServerProcess fastService = bench.slowService(fastData, "0s");
                ServerProcess slowService = bench.slowService(slowData, FLUSH_DELAY)) {
            for (int round = 0; round < bench.scale().rounds(); round++) {
                fast.add(measure(fastService, connections, connections));
                slow.add(measure(slowService, connections, connections));
            }
        } finally {
            Bench.delete(fastData);
            Bench.delete(slowData);
        }
        double single = Median.of(slow, Figures::single) / Median.of(fast, Figures::single);
        double streamed = Median.of(slow, Figures::streamed) / Median.of(fast, Figures::streamed);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("singlePerSecond", Median.of(slow, Figures::single));
        figures.put("singleRatio", single);
        figures.put("linesPerSecond", Median.of(slow, Figures::streamed));
        figures.put("linesRatio", streamed);
        figures.put("flushesPerThousand", Median.of(slow, Figures::flushesPerThousand));
        boolean reached = single >= LEAST_OF_FAST_DISK && streamed >= LEAST_OF_FAST_DISK;
        return new Row(
                String.format(Locale.ROOT, "flush of %s, %,d connections", FLUSH_DELAY, connections),
                "≥ 50 % of without",
                "",
                String.format(
                        Locale.ROOT,
                        "single %.0f %%: %,.0f/s; lines %.0f %%: %,.0f/s; %.1f flushes per 1,000 singles",
                        single * 100,
                        figures.get("singlePerSecond"),
                        streamed * 100,
                        figures.get("linesPerSecond"),
                        figures.get("flushesPerThousand")),
                Reached.of(reached, reached),
                figures);
    }

    /** What it costs that an event is on disk before it is answered: beside it the same without any flush. */
    Row durability() throws IOException, InterruptedException {
        bench.say("what a flush before each answer costs");
        Path safeData = bench.newFolder();
        Path fastData = bench.newFolder();
        List<Figures> safe = new ArrayList<>();
        List<Figures> fast = new ArrayList<>();
        List<Double> alone = new ArrayList<>();
        List<Double> aloneFast = new ArrayList<>();
        try (ServerProcess safeService = bench.service(safeData, "always");
                ServerProcess fastService = bench.service(fastData, "never")) {
            for (int round = 0; round < bench.scale().rounds(); round++) {
                safe.add(measure(safeService, FEW_CONNECTIONS, 1));
                fast.add(measure(fastService, FEW_CONNECTIONS, 1));
                alone.add(alone(safeService));
                aloneFast.add(alone(fastService));
            }
        } finally {
            Bench.delete(safeData);
            Bench.delete(fastData);
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("singlePerSecond", Median.of(safe, Figures::single));
        figures.put("singlePerSecondWithoutFlush", Median.of(fast, Figures::single));
        figures.put("linesPerSecond", Median.of(safe, Figures::streamed));
        figures.put("linesPerSecondWithoutFlush", Median.of(fast, Figures::streamed));
        figures.put("aloneP50Millis", Median.of(alone, Double::doubleValue));
        figures.put("aloneP50MillisWithoutFlush", Median.of(aloneFast, Double::doubleValue));
        return new Row(
                "what durability costs",
                "",
                "",
                String.format(
                        Locale.ROOT,
                        "single, %d connections: %,.0f/s, without flush %,.0f/s; lines: %,.0f/s, without %,.0f/s;"
                                + " one connection, one event at a time: p50 %.2f ms, without %.2f ms",
                        FEW_CONNECTIONS,
                        figures.get("singlePerSecond"),
                        figures.get("singlePerSecondWithoutFlush"),
                        figures.get("linesPerSecond"),
                        figures.get("linesPerSecondWithoutFlush"),
                        figures.get("aloneP50Millis"),
                        figures.get("aloneP50MillisWithoutFlush")),
                Reached.NONE_SET,
                figures);
    }

    /** How long one publisher waits for each answer when there is no other to share flushes with. */
    private double alone(ServerProcess service) throws InterruptedException {
        Timing timing = Timing.of(bench.scale().warmup(), bench.scale().duration());
        return new PublishLoad(1, 0, lines(), timing)
                        .run(bench.client(), bench.target(service))
                        .micros(50)
                / 1e3;
    }

    private record Figures(double single, double flushesPerThousand, double streamed) {}

    private Figures measure(ServerProcess service, int connections, int streams) throws InterruptedException {
        Timing timing = Timing.of(bench.scale().warmup(), bench.scale().duration());
        double before = Bench.flushes(service);
        LoadResult single = new PublishLoad(connections, 0, lines(), timing).run(bench.client(), bench.target(service));
        double seconds = timing.warmup().plus(timing.duration()).toMillis() / 1e3;
        double flushes = (Bench.flushes(service) - before) / (single.perSecond() * seconds) * 1e3;
        LoadResult streamed =
                new NdjsonLoad(streams, 0, BATCH, lines(), timing).run(bench.client(), bench.target(service));
        return new Figures(single.perSecond(), flushes, streamed.perSecond());
    }

    /** Commands as a user calls them. */
    List<Row> commands() throws IOException, InterruptedException {
        bench.say("commands");
        Path data = bench.newFolder();
        try (ServerProcess service = bench.service(data)) {
            double version = time(service, "--version");
            double send = time(service, "events", "send", "--name", "example.ping", "--payload", "{\"ok\":true}");
            return List.of(
                    command("bus --version", "< 150 ms", version, MOST_VERSION_MILLIS),
                    command("bus events send", "< 400 ms", send, MOST_SEND_MILLIS));
        } finally {
            Bench.delete(data);
        }
    }

    private static Row command(String what, String goal, double millis, double most) {
        return new Row(
                what,
                goal,
                "",
                String.format(Locale.ROOT, "%.0f ms (median)", millis),
                Reached.of(millis < most, millis < most),
                new LinkedHashMap<>(Map.of("medianMillis", millis)));
    }

    private double time(ServerProcess service, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(bench.launcher().toString()));
        command.addAll(List.of(words));
        double[] millis = new double[bench.scale().commandRuns()];
        for (int i = 0; i < millis.length; i++) {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().putAll(bench.environmentFor(service));
            long before = System.nanoTime();
            int code = builder.start().waitFor();
            millis[i] = (System.nanoTime() - before) / 1e6;
            if (code != 0) {
                throw com.busdk.cli.command.CliException.failed(
                        "bus " + words[0] + " ended with exit code " + code + ", so there is nothing to time");
            }
        }
        return Median.of(millis);
    }
}
