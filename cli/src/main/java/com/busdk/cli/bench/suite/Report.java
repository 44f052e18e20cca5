package com.busdk.cli.bench.suite;

import com.busdk.cli.term.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** The results as a file. Stateless. */
final class Report {
    private static final String MODEL_FIELD = "model name";

    private Report() {}

    /** The scale, the machine and all rows as JSON, a row a line. */
    static String json(Scale scale, List<Row> rows) {
        return "{\n  \"scale\": " + Json.quote(scale.name()) + ",\n  \"at\": "
                + Json.quote(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()) + ",\n  \"machine\": {"
                + "\"processors\": " + Runtime.getRuntime().availableProcessors() + ", \"model\": "
                + Json.quote(model())
                + ", \"system\": " + Json.quote(System.getProperty("os.name") + " " + System.getProperty("os.version"))
                + ", \"java\": " + Json.quote(System.getProperty("java.vm.version")) + "},\n  \"rows\": [\n    "
                + rows.stream().map(Row::toJson).collect(Collectors.joining(",\n    ")) + "\n  ]\n}\n";
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
