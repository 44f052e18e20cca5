package com.busdk.cli.bench.suite;

import com.busdk.cli.term.Json;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The results as JSON, for a file that is written anew with each row: what a run gave is there whenever it is broken
 * off. Rows of other works stay as they are, so that a run of one part does not take away the others. On the command's
 * thread.
 */
public final class Report {
    private static final String MODEL_FIELD = "model name";

    /** Each row has a line of its own, which begins so. */
    private static final String ROW_START = "{\"work\":";

    private final Scale scale;
    private final Map<String, String> rows = new LinkedHashMap<>();

    /** A report without rows. */
    Report(Scale scale) {
        this.scale = scale;
    }

    /** Takes over the rows of a report that was written before. */
    void keep(String earlier) {
        earlier.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(ROW_START))
                .map(line -> line.endsWith(",") ? line.substring(0, line.length() - 1) : line)
                .forEach(line -> rows.put(new JsonObject(line).getString("work"), line));
    }

    /** Adds a row, in place of an earlier one of the same work. */
    void add(Row row) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        rows.remove(row.work());
        rows.put(row.work(), row.toJson(scale.name(), now));
    }

    /** The machine and all rows, a row a line. */
    String json() {
        return "{\n  \"machine\": " + machine() + ",\n  \"rows\": [\n    " + String.join(",\n    ", rows.values())
                + "\n  ]\n}\n";
    }

    /** The machine on which this runs, as an object of JSON. */
    public static String machine() {
        return "{\"processors\": " + Runtime.getRuntime().availableProcessors() + ", \"model\": "
                + Json.quote(model())
                + ", \"system\": " + Json.quote(System.getProperty("os.name") + " " + System.getProperty("os.version"))
                + ", \"java\": " + Json.quote(System.getProperty("java.vm.version")) + "}";
    }

    private static String model() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith(MODEL_FIELD))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException _) {
            return "unknown";
        }
    }
}
