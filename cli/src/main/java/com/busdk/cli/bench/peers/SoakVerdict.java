package com.busdk.cli.bench.peers;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a soak came to, from its results alone.
 *
 * @param lines one for each figure
 * @param troubles what drifts, or went wrong, in words; none where all is well
 */
record SoakVerdict(List<Line> lines, List<String> troubles) {
    /** Reachable heap is what a leak is seen by first; caches that fill for longer than a warm-up are smaller than this. */
    static final double LIVE_HEAP_MIB = 16;

    private static final String STEADY = "steady";
    private static final String DRIFTS = "drifts";

    /**
     * A figure.
     *
     * @param title what it is, with its unit
     * @param first in the first quarter
     * @param last in the last quarter
     * @param change what its slope comes to
     * @param tolerance how far it may move
     * @param verdict whether it does
     */
    record Line(String title, double first, double last, double change, double tolerance, String verdict) {}

    /** The verdict on a soak with those samples, of which there is at least one. */
    static SoakVerdict of(JsonObject run, List<JsonObject> samples) {
        boolean judged = SoakScale.isJudged(run.getString("scale", ""));
        List<Line> lines = new ArrayList<>();
        for (SoakFigure figure : SoakFigure.values()) {
            Drift drift = figure.drift(samples);
            lines.add(new Line(
                    figure.title(),
                    drift.first(),
                    drift.last(),
                    drift.change(),
                    figure.tolerance(drift),
                    word(judged, figure.drifts(drift))));
        }
        boolean ended = run.containsKey("faults");
        if (ended) {
            double before = run.getDouble("liveHeapBeforeMib", 0.0);
            double after = run.getDouble("liveHeapAfterMib", 0.0);
            double change = after - before;
            lines.add(new Line(
                    "live heap before and after, MiB",
                    before,
                    after,
                    change,
                    LIVE_HEAP_MIB,
                    word(judged, change > LIVE_HEAP_MIB)));
        }
        List<String> troubles = new ArrayList<>();
        lines.stream()
                .filter(line -> DRIFTS.equals(line.verdict()))
                .forEach(line -> troubles.add(String.format(
                        Locale.ROOT,
                        "%s drifts: from %s to %s, where %s more or less is tolerated",
                        line.title(),
                        Figures.of(line.first()),
                        Figures.of(line.last()),
                        Figures.of(line.tolerance()))));
        if (ended) {
            run.getJsonArray("faults", new JsonArray()).forEach(fault -> troubles.add(String.valueOf(fault)));
        } else {
            troubles.add("it was broken off");
        }
        return new SoakVerdict(List.copyOf(lines), List.copyOf(troubles));
    }

    private static String word(boolean judged, boolean drifts) {
        return judged ? drifts ? DRIFTS : STEADY : "too short to say";
    }

    /** What went wrong whatever the figures say, in words. */
    static List<String> faults(SteadyLoad.Totals totals, Visits.Totals visited, JsonObject group) {
        List<String> faults = new ArrayList<>(totals.faults());
        long left = GroupInquiry.left(group);
        if (left != 0) {
            faults.add(left < 0 ? "the service knows nothing of the group" : left + " events are left in the group");
        }
        long dead = group.getLong("dead_letters", 0L);
        if (dead > 0) {
            faults.add(dead + " events became dead letters");
        }
        if (visited.failed() > 0) {
            faults.add(visited.failed() + " of those who come and go failed, the first one so: " + visited.trouble());
        }
        return faults;
    }
}
