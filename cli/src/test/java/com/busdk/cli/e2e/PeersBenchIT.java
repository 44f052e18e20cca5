package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bench beside other systems as a user starts it, with those that are installed; what it measures is not looked at
 * here, only that it measures.
 */
@Timeout(300)
@DisabledIfEnvironmentVariable(
        named = "CI",
        matches = "true",
        disabledReason = "a run of the bench, for which there is no time there")
class PeersBenchIT {
    private static final String PAGE = """
        <!-- measured: peers -->
        <!-- end of what was measured -->
        <!-- measured: growth -->
        <!-- end of what was measured -->
        <!-- measured: soak -->
        <!-- end of what was measured -->
        """;

    @Test
    void shouldMeasureThisHubAndAllThatIsInstalled(@TempDir Path folder) throws Exception {
        try (Bus bus = new Bus(folder)) {
            bus.file("performance.md", PAGE);
            Bus.Running bench = bus.start(
                    "-f",
                    "json",
                    "events",
                    "bench",
                    "peers",
                    "--quick",
                    "--results",
                    "results.json",
                    "--docs",
                    "performance.md");
            for (String work : List.of("Single publish", "Fan-out to 100", "Publish to listener", "Competing")) {
                bench.awaitErr(line -> line.contains(work));
            }
            Bus.Ended ended = bench.end();

            assertEquals(0, ended.code(), ended.err());
            JsonNode results = new ObjectMapper().readTree(ended.out());
            Set<String> installed = new LinkedHashSet<>();
            for (JsonNode peer : results.path("peers")) {
                if (peer.path("missing").asText().isEmpty()) {
                    installed.add(peer.path("peer").asText());
                }
            }
            assertTrue(installed.containsAll(Set.of("bus-always", "bus-never")), ended.out());
            Set<String> measured = new LinkedHashSet<>();
            Set<String> works = new LinkedHashSet<>();
            for (JsonNode row : results.path("works")) {
                measured.add(row.path("peer").asText());
                works.add(row.path("work").asText());
                assertFalse(row.has("failed"), row.toString());
                // Not how much it was: on a machine that does other things it may be nothing within the time measured.
                assertTrue(row.has("median"), row.toString());
                assertEquals(0, row.path("missing").asInt(-1), row.toString());
            }
            assertEquals(installed, measured, ended.out());
            assertEquals(10, works.size(), works.toString());
            assertTrue(bus.file("performance.md").contains("### Competing consumers"), bus.file("performance.md"));
            assertTrue(bus.file("performance/replay.svg").startsWith("<svg "));
        }
    }

    @Test
    void shouldMeasureHowTheCostGrows(@TempDir Path folder) throws Exception {
        try (Bus bus = new Bus(folder)) {
            Bus.Running bench = bus.start("-f", "json", "events", "bench", "growth", "--quick");
            bench.awaitErr(line -> line.contains("Names:"));
            bench.awaitErr(line -> line.contains("Groups on one name"));
            Bus.Ended ended = bench.end();

            assertEquals(0, ended.code(), ended.err());
            Set<String> along = new LinkedHashSet<>();
            for (JsonNode row : new ObjectMapper().readTree(ended.out()).path("growth")) {
                along.add(row.path("along").asText());
            }
            assertEquals(Set.of("events", "names", "listeners", "groups"), along, ended.out());
        }
    }

    @Test
    void shouldKeepALoadUpAndFindAllOfItDelivered(@TempDir Path folder) throws Exception {
        try (Bus bus = new Bus(folder)) {
            bus.file("performance.md", PAGE);
            Bus.Running bench = bus.start(
                    "-f",
                    "json",
                    "events",
                    "bench",
                    "soak",
                    "--quick",
                    "--results",
                    "results.json",
                    "--docs",
                    "performance.md");
            bench.awaitErr(line -> line.contains("Soak: at most"));
            Bus.Ended ended = bench.end();

            assertEquals(0, ended.code(), ended.err());
            JsonNode results = new ObjectMapper().readTree(ended.out());
            JsonNode run = results.path("soak").path(0);
            assertEquals("[]", run.path("faults").toString(), ended.out());
            assertTrue(run.path("published").asLong() > 0, ended.out());
            assertEquals(run.path("published"), run.path("done"), ended.out());
            assertEquals(0, run.path("groupLag").asLong(-1), ended.out());
            for (String who : List.of("visits", "vanished", "cutOff")) {
                assertTrue(run.path(who).asLong() > 0, who + ": " + ended.out());
            }
            assertEquals(20, results.path("samples").size(), ended.out());
            for (JsonNode sample : results.path("samples")) {
                assertTrue(sample.path("connections").asDouble() > 0, sample.toString());
            }
            assertTrue(bus.file("performance.md").contains("log on disk"), bus.file("performance.md"));
            assertTrue(bus.file("performance/soak-memory.svg").startsWith("<svg "));
        }
    }
}
