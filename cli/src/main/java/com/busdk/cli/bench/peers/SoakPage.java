package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.peers.LineChart.Panel;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The part of the page that shows a soak. Stateless. */
final class SoakPage {
    private static final double SECONDS_PER_MINUTE = 60;
    private static final int MOST_SECONDS = 120;

    private SoakPage() {}

    /**
     * The text, and its charts among the files; nothing where nothing has been measured.
     *
     * @param name the page without its ending
     */
    static String text(String name, Results results, Map<String, String> files) {
        List<JsonObject> samples = results.samples();
        JsonObject run = results.soak().orElse(null);
        if (run == null || samples.isEmpty()) {
            return "";
        }
        SoakVerdict verdict = SoakVerdict.of(run, samples);
        return PerformancePage.machine(results.machineOfSoak()) + what(run) + "\n\n" + outcome(run, verdict) + "\n\n"
                + table(verdict)
                + chart(
                        name,
                        files,
                        "memory",
                        "Memory and disk over time",
                        samples,
                        List.of(panel(SoakFigure.MEMORY, samples), heap(samples), panel(SoakFigure.LOG, samples)))
                + chart(
                        name,
                        files,
                        "handles",
                        "File handles, threads and connections over time",
                        samples,
                        List.of(
                                panel(SoakFigure.FILES, samples),
                                panel(SoakFigure.THREADS, samples),
                                panel(SoakFigure.CONNECTIONS, samples)))
                + chart(
                        name,
                        files,
                        "latency",
                        "Latency over time",
                        samples,
                        List.of(
                                panel(SoakFigure.PUBLISH_P50, samples),
                                panel(SoakFigure.PUBLISH_P99, samples),
                                panel(SoakFigure.DELIVER_P99, samples)))
                + chart(
                        name,
                        files,
                        "load",
                        "Rate and lag over time",
                        samples,
                        List.of(panel(SoakFigure.RATE, samples), panel(SoakFigure.LAG, samples)));
    }

    private static String what(JsonObject run) {
        return String.format(
                Locale.ROOT,
                "%s at %,.0f events/s, %.0f %% of at most %,.0f, over %d connections; a sample every %s s.%s",
                time(Duration.ofSeconds(run.getLong("durationSeconds", 0L))),
                run.getDouble("ratePerSecond", 0.0),
                SoakWork.SHARE * 100,
                run.getDouble("maximumPerSecond", 0.0),
                SteadyLoad.PUBLISHERS,
                LineChart.trimmed(run.getDouble("sampleSeconds", 0.0)),
                SoakScale.isJudged(run.getString("scale", "")) ? "" : " (quick: shows that it runs, and nothing else)");
    }

    /** A length of time in words. */
    static String time(Duration time) {
        return time.toSeconds() <= MOST_SECONDS
                ? time.toSeconds() + " s"
                : LineChart.trimmed(time.toSeconds() / SECONDS_PER_MINUTE) + " minutes";
    }

    private static String outcome(JsonObject run, SoakVerdict verdict) {
        String counts = run.containsKey("published")
                ? String.format(
                        Locale.ROOT,
                        "%,d events were acknowledged, %,d acknowledged again by the group, whose lag is %,d in the"
                            + " end (%,d redeliveries, %,d dead letters). %,d listeners came and left in the middle,"
                            + " %,d that read nothing were cut off, %,d consumers vanished with leases. ",
                        run.getLong("published", 0L),
                        run.getLong("done", 0L),
                        run.getLong("groupLag", 0L),
                        run.getLong("redeliveries", 0L),
                        run.getLong("deadLetters", 0L),
                        run.getLong("visits", 0L),
                        run.getLong("cutOff", 0L),
                        run.getLong("vanished", 0L))
                : "";
        return counts
                + (verdict.troubles().isEmpty()
                        ? "Each event came to each listener that stayed once and in order; nothing drifts."
                        : "**" + String.join("; ", verdict.troubles()) + ".**");
    }

    private static String table(SoakVerdict verdict) {
        var table = new StringBuilder(PerformancePage.head(
                List.of("figure", "first quarter", "last quarter", "slope", "may move", "verdict")));
        for (SoakVerdict.Line line : verdict.lines()) {
            table.append(PerformancePage.row(List.of(
                    line.title(),
                    Figures.of(line.first()),
                    Figures.of(line.last()),
                    Figures.of(line.change()),
                    Figures.of(line.tolerance()),
                    line.verdict())));
        }
        return table.toString();
    }

    private static Panel panel(SoakFigure figure, List<JsonObject> samples) {
        return new Panel(figure.title(), figure.values(samples));
    }

    private static Panel heap(List<JsonObject> samples) {
        return new Panel(
                "heap in use at the least, MiB",
                samples.stream().map(sample -> sample.getDouble("heapMib", 0.0)).toList());
    }

    private static String chart(
            String name,
            Map<String, String> files,
            String what,
            String title,
            List<JsonObject> samples,
            List<Panel> panels) {
        String file = name + "/soak-" + what + ".svg";
        List<Double> minutes = samples.stream()
                .map(sample -> sample.getDouble("atSeconds", 0.0) / SECONDS_PER_MINUTE)
                .toList();
        files.put(file, LineChart.overTime(title, minutes, panels));
        return "\n![" + title + "](" + file + ")\n";
    }
}
