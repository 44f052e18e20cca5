package com.busdk.cli.bench.peers;

import com.busdk.cli.command.CliException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The page about performance: what stands between its marks, and its charts, made from the results alone. The rest of
 * the page is for people to write. Stateless.
 */
final class PerformancePage {
    private static final String END = "<!-- end of what was measured -->\n";
    private static final String PEERS = "peers";
    private static final String GROWTH = "growth";
    private static final String SOAK = "soak";
    private static final String NONE = "Nothing has been measured yet.\n";

    private PerformancePage() {}

    /**
     * Writes the page anew, and its charts into the folder beside it that has the page's name.
     *
     * @param page has to be there, with its marks
     */
    static void write(Path page, Results results) throws IOException {
        Map<String, String> files = files(Files.readString(page), nameOf(page), results);
        Path parent = page.toAbsolutePath().getParent();
        if (parent == null) {
            throw CliException.usage("give --docs a file in a folder");
        }
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path to = parent.resolve(file.getKey());
            Files.createDirectories(to.getParent());
            Files.writeString(to, file.getValue());
        }
    }

    /** The name of a page's folder of charts. */
    private static String nameOf(Path page) {
        String file = String.valueOf(page.getFileName());
        return file.endsWith(".md") ? file.substring(0, file.length() - ".md".length()) : file + "-charts";
    }

    /**
     * All files of the page, by their path beside it.
     *
     * @param page the page as it is
     * @param name the page without its ending
     */
    static Map<String, String> files(String page, String name, Results results) {
        Map<String, String> files = new LinkedHashMap<>();
        String peers = peers(name, results, files);
        String growth = growth(name, results, files);
        String soak = SoakPage.text(name, results, files);
        String filled = replaced(replaced(page, PEERS, peers), GROWTH, growth);
        files.put(name + ".md", replaced(filled, SOAK, soak.isEmpty() ? NONE : soak));
        return files;
    }

    private static String replaced(String page, String what, String text) {
        String begin = "<!-- measured: " + what + " -->\n";
        int from = page.indexOf(begin);
        int to = page.indexOf(END, Math.max(0, from));
        if (from < 0 || to < 0) {
            throw CliException.failed("the page has no place for what was measured: a line " + begin.strip()
                    + " and below it one " + END.strip());
        }
        return page.substring(0, from + begin.length()) + "\n" + text + "\n" + page.substring(to);
    }

    private static String peers(String name, Results results, Map<String, String> files) {
        var text = new StringBuilder();
        for (Work work : Work.values()) {
            List<JsonObject> rows = results.of(work);
            if (!rows.isEmpty()) {
                String chart = name + "/" + work.id() + ".svg";
                String drawn = chart(work, rows, results);
                text.append("### ").append(work.title()).append("\n\n");
                text.append(sentence(work, rows)).append("\n\n");
                if (!drawn.isEmpty()) {
                    files.put(chart, drawn);
                    text.append("![")
                            .append(work.title())
                            .append("](")
                            .append(chart)
                            .append(")\n\n");
                }
                text.append(table(work, rows, results)).append('\n');
            }
        }
        return text.isEmpty()
                ? NONE
                : machine(results.machine()) + systems(results) + "\n"
                        + text.toString().stripTrailing() + "\n";
    }

    /** What it was measured on, as a paragraph. */
    static String machine(JsonObject machine) {
        return "Measured on " + machine.getInteger("processors", 0) + " processors (" + machine.getString("model", "")
                + "), " + machine.getString("system", "") + ", Java " + machine.getString("java", "") + ".\n\n";
    }

    /** Who takes part, and what an acknowledgement means there; who does not, and why. */
    private static String systems(Results results) {
        var table = new StringBuilder(head(List.of("system", "version", "what an acknowledged event survives")));
        for (JsonObject peer : results.peers()) {
            String missing = peer.getString("missing", "");
            table.append(row(List.of(
                    peer.getString("title"),
                    peer.getString("version", ""),
                    missing.isEmpty() ? peer.getString("promise", "") : "not measured: " + missing)));
        }
        return table.toString();
    }

    private static String sentence(Work work, List<JsonObject> rows) {
        JsonObject first = rows.getFirst();
        String scale = "normal".equals(first.getString("scale"))
                ? ""
                : " (scale: " + first.getString("scale") + ", which shows that it runs and not how fast)";
        String detail = work.detail(first.getInteger("connections", 0));
        return Character.toUpperCase(detail.charAt(0)) + detail.substring(1) + "; "
                + (work.isTime() ? "less is better" : "more is better") + scale + ".";
    }

    private static String table(Work work, List<JsonObject> rows, Results results) {
        List<String> head = new ArrayList<>(List.of("system", work.unit(), "range"));
        if (work.hasLatency()) {
            head.add("ms p99");
        }
        head.addAll(List.of(
                HubPeer.ALWAYS.title() + " ÷ it",
                HubPeer.NEVER.title() + " ÷ it",
                "processor s per million",
                "peak MiB",
                "survives"));
        var table = new StringBuilder(head(head));
        for (JsonObject json : rows) {
            var shown = new ShownRow(work, json, rows, results);
            List<String> cells = new ArrayList<>(List.of(shown.title()));
            cells.add(shown.median() + shown.missing());
            cells.add(shown.failed() ? "" : shown.least() + " to " + shown.most());
            if (work.hasLatency()) {
                cells.add(shown.p99());
            }
            cells.addAll(List.of(
                    shown.ratio(HubPeer.ALWAYS),
                    shown.ratio(HubPeer.NEVER),
                    shown.processor(),
                    shown.peak(),
                    shown.promise()));
            table.append(row(cells));
        }
        return table.toString();
    }

    private static String chart(Work work, List<JsonObject> rows, Results results) {
        List<BarChart.Bar> bars = rows.stream()
                .map(row -> new ShownRow(work, row, rows, results))
                .filter(shown -> !shown.failed())
                .map(shown -> new BarChart.Bar(
                        shown.title(),
                        shown.isOwn(),
                        shown.medianValue(),
                        shown.leastValue(),
                        shown.mostValue(),
                        shown.median()))
                .toList();
        return bars.isEmpty() ? "" : BarChart.file(work.title() + ", " + work.unit(), bars);
    }

    private static String growth(String name, Results results, Map<String, String> files) {
        var text = new StringBuilder();
        for (Growth along : Growth.values()) {
            List<JsonObject> rows = results.growth(along.id());
            if (!rows.isEmpty()) {
                String chart = name + "/growth-" + along.id() + ".svg";
                files.put(chart, lines(along, rows));
                text.append("### ").append(along.title()).append("\n\n");
                text.append("![")
                        .append(along.title())
                        .append("](")
                        .append(chart)
                        .append(")\n\n");
                text.append(steps(along, rows)).append('\n');
            }
        }
        return text.isEmpty() ? NONE : text.toString().stripTrailing() + "\n";
    }

    private static String steps(Growth along, List<JsonObject> rows) {
        List<String> head = new ArrayList<>(List.of(along.title()));
        along.figures().forEach(figure -> head.add(figure.title()));
        var table = new StringBuilder(head(head));
        for (JsonObject row : rows) {
            List<String> cells = new ArrayList<>(List.of(String.format(Locale.ROOT, "%,d", row.getLong("at"))));
            along.figures().forEach(figure -> cells.add(Figures.of(row.getDouble(figure.key(), 0.0))));
            table.append(row(cells));
        }
        return table.toString();
    }

    private static String lines(Growth along, List<JsonObject> rows) {
        List<Double> steps = rows.stream().map(row -> row.getDouble("at")).toList();
        List<LineChart.Panel> panels = along.figures().stream()
                .map(figure -> new LineChart.Panel(
                        figure.title(),
                        rows.stream()
                                .map(row -> row.getDouble(figure.key(), 0.0))
                                .toList()))
                .toList();
        return LineChart.file(along.title(), along.title().toLowerCase(Locale.ROOT), steps, panels);
    }

    /** The head of a table. */
    static String head(List<String> cells) {
        return row(cells) + row(cells.stream().map(_ -> "---").toList());
    }

    /** A row of a table. */
    static String row(List<String> cells) {
        return "| " + String.join(" | ", cells).replace("\n", " ") + " |\n";
    }
}
