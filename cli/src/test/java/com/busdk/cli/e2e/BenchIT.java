package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The bench as a user starts it; what it measures is not looked at here, only that it measures. */
@Timeout(300)
class BenchIT {
    @Test
    void shouldMeasurePublishingBesideTheBareServer(@TempDir Path folder) throws Exception {
        try (Bus bus = new Bus(folder)) {
            Bus.Ended ended = bus.start("-f", "json", "events", "bench", "suite", "--quick", "--only", "publish")
                    .end();
            assertEquals(0, ended.code(), ended.err());
            JsonNode rows = new ObjectMapper().readTree(ended.out()).path("rows");
            assertTrue(rows.size() >= 3, ended.out());
            assertTrue(rows.get(0).path("figures").size() > 0, ended.out());
            for (JsonNode row : rows) {
                assertFalse(row.path("measured").asText("failed").startsWith("failed"), row::toString);
            }
        }
    }

    @DisabledIfEnvironmentVariable(
            named = "CI",
            matches = "true",
            disabledReason = "a run of the bench, for which there is no time there")
    @Test
    void shouldSeeEachRequestAnsweredOnceByOneAndTwoAndFourWorkers(@TempDir Path folder) throws Exception {
        try (Bus bus = new Bus(folder)) {
            Bus.Running bench = bus.start("-f", "json", "events", "bench", "suite", "--quick", "--only", "workers");
            bench.awaitErr(line -> line.contains("processes: 2"));
            bench.awaitErr(line -> line.contains("processes: 4"));
            Bus.Ended ended = bench.end();
            assertEquals(0, ended.code(), ended.err());
            JsonNode rows = new ObjectMapper().readTree(ended.out()).path("rows");
            assertEquals(1, rows.size(), ended.out());
            // Not how much it was: on a machine that does other things it may be nothing within the time measured.
            JsonNode processes = rows.get(0).path("figures");
            for (String rate : new String[] {"perSecond1", "perSecond2", "perSecond4"}) {
                assertTrue(processes.has(rate), ended.out());
            }
            assertEquals(0, processes.path("notAnsweredOnce").asDouble(-1), ended.out());
        }
    }
}
