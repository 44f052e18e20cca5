package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.NdjsonLoad;
import com.busdk.cli.bench.Timing;
import com.busdk.cli.bench.Waiting;
import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.bench.suite.ServerProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Finds the maximum of a mixed load on this hub, keeps up a part of it for a long time while others come, go and stall,
 * and takes samples of what the service has in hand. Lives on the thread of the command.
 */
final class SoakWork {
    /** Of the maximum: a service that is to be relied on has this much to spare. */
    static final double SHARE = 0.7;

    private static final int EVENT_BYTES = 200;
    private static final long BYTES_PER_MIB = 1 << 20;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final Duration FILL_WITHIN = Duration.ofMinutes(30);

    /** Often enough to see the heap shortly after some collection in each sample. */
    private static final long GLANCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What may come back to a group of vanished consumers after the end, and be done by the others. */
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long SETTLE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(30);

    /**
     * The heap that a service has by default, all of it from the start: the collector takes more of it at some moment, which
     * looks like a leak of a hundred MiB and is none. What moves with this is beside the heap; what is in it is looked at too.
     */
    private static final String WHOLE_HEAP = "-Xms512m -Xmx512m -XX:+AlwaysPreTouch";

    private final Bench bench;
    private final SoakScale scale;
    private final Results results;
    private final MeasuringCommand.Saving saving;

    /** A soak whose rows go to those results as they come. */
    SoakWork(Bench bench, SoakScale scale, Results results, MeasuringCommand.Saving saving) {
        this.bench = bench;
        this.scale = scale;
        this.results = results;
        this.saving = saving;
    }

    /** Does all of it; the run's row of the results says in the end what came of it. */
    void run() throws IOException, InterruptedException {
        Path data = bench.newFolder();
        Map<String, String> options = Map.of(
                "fsync",
                HubPeer.ALWAYS.flush(),
                "retention-bytes",
                scale.retentionMib() + "MiB",
                "segment-bytes",
                scale.segmentMib() + "MiB",
                "stall-timeout",
                scale.stall().toMillis() + "ms");
        try (ServerProcess process = bench.service(data, options, WHOLE_HEAP)) {
            var server = new HubServer(process, bench.target(process));
            String history = fill(server);
            double maximum = maximum(server);
            JsonObject run = new JsonObject()
                    .put("scale", scale.name())
                    .put(
                            "measured",
                            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                    .put("durationSeconds", scale.duration().toSeconds())
                    .put("sampleSeconds", scale.sample().toMillis() / 1e3)
                    .put("maximumPerSecond", Outcome.round(maximum))
                    .put("ratePerSecond", Outcome.round(SHARE * maximum));
            results.soakBegins(run);
            saving.save();
            soak(server, data, history, run);
            saving.save();
        } finally {
            Bench.delete(data);
        }
    }

    /** Events to replay, as many as the log keeps, of a name that nobody publishes later; gives that name. */
    private String fill(HubServer server) throws InterruptedException {
        bench.say(String.format(Locale.ROOT, "Soak: %,d MiB of history", scale.retentionMib()));
        Topic topic = Topic.of("soak.history", 1, EVENT_BYTES);
        long count = scale.retentionMib() * BYTES_PER_MIB / EVENT_BYTES;
        var _ = new NdjsonLoad(1, 0, PeerServer.BATCH, topic.lines(), new Timing(Duration.ZERO, FILL_WITHIN, count))
                .run(bench.client(), server.target());
        return topic.names().getFirst();
    }

    /** Events a second with all who stay attached, in the second half of a while in which as many come as it goes. */
    private double maximum(HubServer server) throws InterruptedException {
        try (var load = new SteadyLoad(bench.client(), server, Topic.of("soak.most", 1, EVENT_BYTES))) {
            load.open();
            long nanos = scale.search().toNanos();
            long start = load.begin(0, nanos);
            Waiting.until(start + nanos / 2);
            long from = System.nanoTime();
            var _ = load.published();
            Waiting.until(start + nanos);
            double rate = load.published().getTotalCount() / ((System.nanoTime() - from) / NANOS_PER_SECOND);
            var _ = load.awaitDelivered(load.awaitPublished());
            return rate;
        }
    }

    private void soak(HubServer server, Path data, String history, JsonObject run)
            throws IOException, InterruptedException {
        Topic topic = Topic.of("soak.live", 1, EVENT_BYTES);
        double rate = run.getDouble("ratePerSecond");
        bench.say(String.format(
                Locale.ROOT,
                "Soak: at most %,.0f events/s; %s at %,.0f events/s",
                run.getDouble("maximumPerSecond"),
                SoakPage.time(scale.duration()),
                rate));
        var inquiry = new GroupInquiry(server.target(), topic.names().getFirst());
        var visits = new Visits(bench.client(), server, topic, history, scale.stall());
        try (var load = new SteadyLoad(bench.client(), server, topic);
                var asking = new Connections(bench.client(), server.address())) {
            load.open();
            asking.open(List.of(inquiry));
            asking.begin(List.of(inquiry));
            var look = new ServiceLook(server.process(), data);
            double liveBefore = server.process().liveHeapMib();
            long start = load.begin(rate, scale.duration().toNanos());
            visits.begin();
            Visits.Totals visited;
            try {
                samples(load, asking, inquiry, look, start);
            } finally {
                visited = visits.end();
            }
            SteadyLoad.Totals totals = load.awaitDelivered(load.awaitPublished());
            JsonObject group = settled(asking, inquiry);
            visited.putInto(run)
                    .put("published", totals.published())
                    .put("listeners", SteadyLoad.LISTENERS)
                    .put("consumers", SteadyLoad.CONSUMERS)
                    .put("done", totals.done())
                    .put("groupLag", GroupInquiry.left(group))
                    .put("redeliveries", group.getLong("redeliveries", -1L))
                    .put("deadLetters", group.getLong("dead_letters", -1L))
                    .put("liveHeapBeforeMib", Outcome.round(liveBefore))
                    .put("liveHeapAfterMib", Outcome.round(server.process().liveHeapMib()))
                    .put("faults", new JsonArray(SoakVerdict.faults(totals, visited, group)));
            results.soakIs(run);
        }
    }

    /** Takes all samples; the last one when the load ends. */
    private void samples(SteadyLoad load, Connections asking, GroupInquiry inquiry, ServiceLook look, long start)
            throws IOException, InterruptedException {
        long step = scale.sample().toNanos();
        long count = scale.duration().toNanos() / step;
        long before = start;
        for (long n = 1; n <= count; n++) {
            long due = start + n * step;
            while (due - System.nanoTime() > GLANCE_NANOS) {
                TimeUnit.NANOSECONDS.sleep(GLANCE_NANOS);
                load.check();
                look.glance();
            }
            Waiting.until(due);
            long now = System.nanoTime();
            Histogram published = load.published();
            Histogram delivered = load.delivered();
            JsonObject group = asking.await(inquiry.ask(), ANSWER_NANOS, "for the state of the group");
            JsonObject sample = new JsonObject()
                    .put("atSeconds", Outcome.round((now - start) / NANOS_PER_SECOND))
                    .put("perSecond", Outcome.round(published.getTotalCount() * NANOS_PER_SECOND / (now - before)))
                    .put("publishP50Millis", millis(published, 50))
                    .put("publishP99Millis", millis(published, 99))
                    .put("deliverP99Millis", millis(delivered, 99))
                    .put("groupLag", GroupInquiry.left(group));
            look.putInto(sample);
            results.addSample(sample);
            saving.save();
            before = now;
        }
    }

    private static double millis(Histogram latencies, double percentile) {
        return latencies.getTotalCount() == 0
                ? 0
                : Outcome.round(latencies.getValueAtPercentile(percentile) / NANOS_PER_MILLI);
    }

    /** Where the group stands when nothing is left of it, or nothing changes that any more. */
    private static JsonObject settled(Connections asking, GroupInquiry inquiry) throws InterruptedException {
        long end = System.nanoTime() + SETTLE_NANOS;
        while (true) {
            JsonObject group = asking.await(inquiry.ask(), ANSWER_NANOS, "for the state of the group");
            if (GroupInquiry.left(group) == 0 || System.nanoTime() - end > 0) {
                return group;
            }
            TimeUnit.NANOSECONDS.sleep(SETTLE_POLL_NANOS);
        }
    }
}
