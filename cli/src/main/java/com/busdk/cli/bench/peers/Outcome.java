package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Median;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What one system did in one work, a figure for each round. On the thread of the command. */
final class Outcome {
    private static final double MILLION = 1e6;
    private static final double PARTS_OF_A_FIGURE = 1e3;

    private final Work work;
    private final Peer peer;
    private final int connections;
    private final List<Double> values = new ArrayList<>();
    private final List<Double> processor = new ArrayList<>();
    private final List<Double> p99 = new ArrayList<>();
    private double peakMib;
    private long missing;
    private String trouble = "";

    Outcome(Work work, Peer peer, int connections) {
        this.work = work;
        this.peer = peer;
        this.connections = connections;
    }

    /** Of a system that could not even be started. */
    static Outcome failed(Work work, Peer peer, int connections, String why) {
        var outcome = new Outcome(work, peer, connections);
        outcome.fail(why);
        return outcome;
    }

    /**
     * Adds a round.
     *
     * @param processorSeconds of the server meanwhile
     * @param mib the most memory of the server meanwhile
     */
    void add(Measured measured, double processorSeconds, double mib) {
        values.add(measured.value());
        p99.add(measured.p99());
        processor.add(processorSeconds / Math.max(1, measured.events()) * MILLION);
        peakMib = Math.max(peakMib, mib);
        missing += measured.missing();
    }

    /** It could not be measured, or not to the end. */
    void fail(String why) {
        trouble = why;
    }

    boolean failed() {
        return !trouble.isEmpty();
    }

    Peer peer() {
        return peer;
    }

    double median() {
        return values.isEmpty() ? 0 : Median.of(values, Double::doubleValue);
    }

    /** In a few words. */
    String words() {
        return failed() ? "failed: " + trouble : Figures.of(median(), work) + " " + work.unit();
    }

    /**
     * A row of the results.
     *
     * @param scale the name of how much was done
     * @param at when it was measured
     */
    JsonObject toJson(String scale, String at) {
        JsonObject json = new JsonObject()
                .put("work", work.id())
                .put("peer", peer.id())
                .put("scale", scale)
                .put("at", at)
                .put("connections", connections);
        if (failed()) {
            return json.put("failed", trouble);
        }
        json.put("median", round(median()))
                .put("rounds", new JsonArray(values.stream().map(Outcome::round).toList()));
        if (work.hasLatency()) {
            json.put("p99Millis", round(Median.of(p99, Double::doubleValue)));
        }
        return json.put("processorSecondsPerMillion", round(Median.of(processor, Double::doubleValue)))
                .put("peakMib", round(peakMib))
                .put("missing", missing);
    }

    /** As exact as it is worth reading. */
    static double round(double figure) {
        return Math.round(figure * PARTS_OF_A_FIGURE) / PARTS_OF_A_FIGURE;
    }
}
