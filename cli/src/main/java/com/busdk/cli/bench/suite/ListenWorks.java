package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.BroadcastLoad;
import com.busdk.cli.bench.EventLines;
import com.busdk.cli.bench.GroupLoad;
import com.busdk.cli.bench.LoadResult;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.suite.Row.Reached;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Live delivery: to every listener, and to the consumers of a group. */
final class ListenWorks {
    private static final int WINDOW = 1_000;
    private static final double FIRST_DELIVERIES = 600_000;
    private static final double THEN_DELIVERIES = 1_600_000;
    private static final double MOST_BROADCAST_P99_MILLIS = 50;
    private static final List<Double> IDLE_RATES = List.of(1_000.0, 100.0);
    private static final double FIRST_IDLE_P50_MILLIS = 0.5;
    private static final double THEN_IDLE_P50_MILLIS = 0.2;
    private static final double MOST_IDLE_P99_MILLIS = 3;
    private static final int CONSUMERS = 4;
    private static final int IN_FLIGHT = 8_192;
    private static final int ACK_BATCH = 2_048;
    private static final int GROUP_WINDOW = 50_000;
    private static final double FIRST_ACKS = 200_000;
    private static final double THEN_ACKS = 450_000;

    private final Bench bench;
    private final ServerProcess service;
    private int names;

    ListenWorks(Bench bench, ServerProcess service) {
        this.bench = bench;
        this.service = service;
    }

    /** A name that no other work has used, so that the n-th event of a listener is the n-th that was published. */
    private EventLines freshLines() {
        return new EventLines(List.of("example.listen.n" + names++), PublishWorks.EVENT_BYTES);
    }

    private Timing timing() {
        return Timing.of(bench.scale().warmup(), bench.scale().duration());
    }

    /** As many deliveries as it goes, then at half of the goal and of what was reached. */
    Row broadcast() throws InterruptedException {
        int listeners = bench.scale().listeners();
        bench.say("broadcast to " + listeners + " listeners");
        Duration before = service.processorTime();
        LoadResult most = new BroadcastLoad(listeners, 0, true, WINDOW, freshLines(), timing())
                .run(bench.client(), bench.target(service));
        double processor = PublishWorks.micros(service.processorTime().minus(before));
        double deliveries = most.perSecond();
        LoadResult atHalfGoal = paced(listeners, FIRST_DELIVERIES / 2 / listeners);
        LoadResult atHalf = paced(listeners, deliveries / 2 / listeners);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("deliveriesPerSecond", deliveries);
        figures.put("megabytesPerSecond", most.megabytesPerSecond());
        figures.put("processorMicrosPerDelivery", processor / (deliveries * seconds(timing())));
        figures.put("halfGoalP50Millis", atHalfGoal.micros(50) / 1e3);
        figures.put("halfGoalP99Millis", atHalfGoal.micros(99) / 1e3);
        figures.put("halfP50Millis", atHalf.micros(50) / 1e3);
        figures.put("halfP99Millis", atHalf.micros(99) / 1e3);
        figures.put("missing", (double) (most.missing() + atHalfGoal.missing() + atHalf.missing()));
        boolean inTime = figures.get("halfGoalP99Millis") < MOST_BROADCAST_P99_MILLIS;
        return new Row(
                String.format(Locale.ROOT, "broadcast to %,d listeners", listeners),
                "≥ 600,000/s, p99 < 50 ms at half that",
                "1,600,000/s",
                String.format(
                        Locale.ROOT,
                        "%,.0f deliveries/s; at 300,000/s p50 %.1f, p99 %.1f ms; at half of what it does %.1f, %.1f ms",
                        deliveries,
                        figures.get("halfGoalP50Millis"),
                        figures.get("halfGoalP99Millis"),
                        figures.get("halfP50Millis"),
                        figures.get("halfP99Millis")),
                Reached.of(deliveries >= FIRST_DELIVERIES && inTime, deliveries >= THEN_DELIVERIES && inTime),
                figures);
    }

    private LoadResult paced(int listeners, double rate) throws InterruptedException {
        return new BroadcastLoad(listeners, rate, true, WINDOW, freshLines(), timing())
                .run(bench.client(), bench.target(service));
    }

    private static double seconds(Timing timing) {
        return timing.warmup().plus(timing.duration()).toMillis() / 1e3;
    }

    /**
     * One event after the other to one listener, at rates at which the service has nothing to do; and what the machine
     * itself takes at each, since a processor that sleeps longer takes longer to wake.
     */
    Row idle() throws IOException, InterruptedException {
        bench.say("publish to listener on an idle service");
        // As fast as it goes first: at these rates the compilers would still be at work long after the warm-up.
        Duration warmup = bench.scale().warmup().multipliedBy(4);
        var _ = new BroadcastLoad(
                        1,
                        0,
                        false,
                        WINDOW,
                        freshLines(),
                        Timing.of(warmup, bench.scale().duration()))
                .run(bench.client(), bench.target(service));
        Map<String, Double> figures = new LinkedHashMap<>();
        List<String> words = new ArrayList<>();
        boolean first = false;
        boolean then = false;
        for (double rate : IDLE_RATES) {
            LoadResult result = new BroadcastLoad(1, rate, false, WINDOW, freshLines(), timing())
                    .run(bench.client(), bench.target(service));
            Floor floor = Floor.measure(bench.folder(), rate);
            String at = String.format(Locale.ROOT, "%.0f", rate);
            double p50 = result.micros(50) / 1e3;
            double p99 = result.micros(99) / 1e3;
            first |= p50 < FIRST_IDLE_P50_MILLIS && p99 < MOST_IDLE_P99_MILLIS;
            then |= p50 < THEN_IDLE_P50_MILLIS && p99 < MOST_IDLE_P99_MILLIS;
            figures.put("p50MillisAt" + at, p50);
            figures.put("p99MillisAt" + at, p99);
            figures.put(
                    "floorP50MillisAt" + at,
                    floor.answer().p50() + floor.flush().p50());
            figures.put(
                    "floorP99MillisAt" + at,
                    Math.max(floor.answer().p99(), floor.flush().p99()));
            words.add(String.format(
                    Locale.ROOT,
                    "at %s/s p50 %.2f, p99 %.2f ms (alone, an answer over loopback %.2f, %.2f ms, and a flush %.2f,"
                            + " %.2f ms)",
                    at,
                    p50,
                    p99,
                    floor.answer().p50(),
                    floor.answer().p99(),
                    floor.flush().p50(),
                    floor.flush().p99()));
        }
        return new Row(
                "publish to listener, idle service",
                "p50 < 0.5 ms, p99 < 3 ms",
                "0.2 ms",
                String.join("; ", words),
                Reached.of(first, then),
                figures);
    }

    /** A group with explicit acknowledgements: while events are published, and through a backlog. */
    Row group() throws InterruptedException {
        bench.say("group with explicit acknowledgements");
        long backlog = bench.scale().history();
        LoadResult live = group(0);
        LoadResult drained = group(backlog);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("livePerSecond", live.perSecond());
        figures.put("backlogPerSecond", drained.perSecond());
        figures.put("missing", (double) (live.missing() + drained.missing()));
        double rate = Math.max(live.perSecond(), drained.perSecond());
        return new Row(
                "group of " + CONSUMERS + ", explicit acks in batches",
                "≥ 200,000/s",
                "450,000/s",
                String.format(
                        Locale.ROOT,
                        "%,.0f/s from a backlog, %,.0f/s while publishing",
                        drained.perSecond(),
                        live.perSecond()),
                Reached.of(rate >= FIRST_ACKS, rate >= THEN_ACKS),
                figures);
    }

    private LoadResult group(long backlog) throws InterruptedException {
        return new GroupLoad(
                        "bench-" + names,
                        CONSUMERS,
                        true,
                        IN_FLIGHT,
                        ACK_BATCH,
                        backlog,
                        0,
                        GROUP_WINDOW,
                        freshLines(),
                        timing())
                .run(bench.client(), bench.target(service));
    }
}
