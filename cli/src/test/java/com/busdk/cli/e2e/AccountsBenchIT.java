package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The part of the bench that measures accounts: that it runs and counts, not how fast that was. */
@Timeout(300)
@DisabledIfEnvironmentVariable(
        named = "CI",
        matches = "true",
        disabledReason = "a run of the bench, for which there is no time there")
class AccountsBenchIT {
    @Test
    void shouldMeasureTokensEntitlementsAndRecordsEachAnsweredOnce(@TempDir Path folder) throws Exception {
        try (Bus bus = new Bus(folder)) {
            Bus.Running bench = bus.start("-f", "json", "events", "bench", "suite", "--quick", "--only", "accounts");
            bench.awaitErr(line -> line.contains("token checks"));
            bench.awaitErr(line -> line.contains("entitlement checks"));
            bench.awaitErr(line -> line.contains("records on SQLite"));
            Bus.Ended ended = bench.end();

            assertEquals(0, ended.code(), ended.err());
            List<String> works = new ArrayList<>();
            for (JsonNode row : new ObjectMapper().readTree(ended.out()).path("rows")) {
                String work = row.path("work").asText();
                String measured = row.path("measured").asText();
                works.add(work.substring(0, work.indexOf(',')));
                assertFalse(measured.startsWith("failed"), measured);
                assertTrue(
                        !row.path("figures").isEmpty() || measured.startsWith("no PostgreSQL on this machine"),
                        measured);
            }
            assertEquals(
                    List.of("token checks", "entitlement checks through events", "usage records", "usage records"),
                    works);
        }
    }
}
