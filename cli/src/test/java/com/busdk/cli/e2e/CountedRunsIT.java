package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.testing.PostgresServer;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each run is recorded and counted once, whatever is delivered again and whoever is killed. */
@Timeout(400)
class CountedRunsIT {
    private static final String REQUEST = "bus.containers.run.request";
    private static final String RESPONSE = "bus.containers.run.response";
    private static final String RECORD = "bus.usage.record.request";
    private static final String EXPORT = "bus.billing.usage.export.request";
    private static final int ROUNDS = 3;
    private static final int RUNS_A_ROUND = 6;

    @Test
    void shouldRecordAndCountEachRunOnce(@TempDir Path folder) throws Exception {
        recordAndCount(
                folder,
                new AccountsPlatform.Databases(
                        "sqlite", "sqlite:" + folder.resolve("usage.db"), "sqlite:" + folder.resolve("billing.db")));
    }

    @Test
    void shouldRecordAndCountEachRunOnceOnPostgres(@TempDir Path folder) throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            recordAndCount(
                    folder, new AccountsPlatform.Databases("postgres", server.newDatabase(), server.newDatabase()));
        }
    }

    private static void recordAndCount(Path folder, AccountsPlatform.Databases databases) throws Exception {
        try (AccountsPlatform platform = new AccountsPlatform(folder, databases)) {
            Bus.Ended setup = platform.user().run("billing", "setup");
            assertEquals(0, setup.code(), setup.err());

            List<JsonNode> runs = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                List<CompletableFuture<JsonNode>> begun = new ArrayList<>();
                for (int i = 0; i < RUNS_A_ROUND; i++) {
                    begun.add(i % 2 == 0 ? platform.run("true") : platform.run("sleep", "1"));
                }
                // The one dies with records in hand; another gets them once more.
                platform.replaceUsageWorker();
                for (CompletableFuture<JsonNode> run : begun) {
                    runs.add(run.get());
                }
                platform.replaceBillingWorker();
            }
            runs.add(runWhoseProviderIsKilled(platform));
            runs.add(runWhoseWorkerIsKilled(platform));
            deliverAgain(platform, REQUEST);
            platform.awaitQuiet();
            deliverAgain(platform, RECORD);
            platform.awaitQuiet();
            deliverAgain(platform, EXPORT);
            platform.awaitQuiet();

            var expected = new TreeMap<String, Integer>();
            long seconds = 0;
            for (JsonNode run : runs) {
                String id = run.path("run_id").asText();
                expected.put(id + " container_run_requested", 1);
                expected.put(id + " container_run_finished", 1);
                seconds += Math.ceilDiv(run.path("duration_ms").asLong(), 1_000L);
            }
            assertEquals(ROUNDS * RUNS_A_ROUND + 2, runs.size());
            long counted = seconds;
            Patience.until("all is counted", () -> platform.used() >= counted, () -> "");
            assertEquals(expected, new TreeMap<>(counts(platform.records())));
            assertEquals(counted, platform.used());
            assertEquals(
                    new TreeSet<>(List.of(AccountsPlatform.USER)),
                    new TreeSet<>(platform.records().stream()
                            .map(record -> record.path("account_id").asText())
                            .toList()));
        }
    }

    /** A run that nobody is answered; its result as the worker has it. */
    private static JsonNode runWhoseProviderIsKilled(AccountsPlatform platform) throws Exception {
        int before = platform.history(REQUEST).size();
        CompletableFuture<JsonNode> lost = platform.run("sleep", "10");
        Patience.until("the run is asked for", () -> platform.history(REQUEST).size() > before, () -> "");
        platform.replaceContainersProvider();
        assertThrows(ExecutionException.class, lost::get);
        String id = platform.history(REQUEST).getLast().path("correlationId").asText();
        Patience.until("its end is recorded", () -> ends(platform, id) == 1, () -> "");
        return platform.history(RESPONSE).stream()
                .filter(response -> response.path("correlationId").asText().equals(id))
                .findFirst()
                .orElseThrow()
                .path("payload");
    }

    /** Another worker begins it anew; its result, as the provider answers it. */
    private static JsonNode runWhoseWorkerIsKilled(AccountsPlatform platform) throws Exception {
        int before = platform.history(REQUEST).size();
        CompletableFuture<JsonNode> run = platform.run("sleep", "10");
        Patience.until("the run is asked for", () -> platform.history(REQUEST).size() > before, () -> "");
        platform.replaceRunnerOf(platform.history(REQUEST).getLast());
        JsonNode result = run.get();
        assertTrue(platform.redeliveredRuns() > 0, "it was begun by another one");
        return result;
    }

    private static long ends(AccountsPlatform platform, String id) throws Exception {
        return platform.history(RECORD).stream()
                .filter(record -> record.path("payload")
                        .path("data")
                        .path("run_id")
                        .asText()
                        .equals(id))
                .filter(record ->
                        record.path("payload").path("event_type").asText().equals("container_run_finished"))
                .count();
    }

    private static Map<String, Integer> counts(List<JsonNode> records) {
        Map<String, Integer> counts = new HashMap<>();
        for (JsonNode record : records) {
            String what = record.path("data").path("run_id").asText() + " "
                    + record.path("event_type").asText();
            counts.merge(what, 1, Integer::sum);
        }
        return counts;
    }

    /** As if none of them had been acknowledged: the same payloads and correlation ids in events of their own. */
    private static void deliverAgain(AccountsPlatform platform, String name) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (JsonNode event : platform.history(name)) {
            lines.append("{\"name\":\"")
                    .append(name)
                    .append("\",\"identityId\":")
                    .append(event.path("identityId"))
                    .append(",\"correlationId\":")
                    .append(event.path("correlationId"))
                    .append(",\"payload\":")
                    .append(event.path("payload"))
                    .append("}\n");
        }
        Bus.Ended sent = platform.operator().reading(lines.toString(), "events", "send", "--ndjson", "-");
        assertEquals(0, sent.code(), sent.err());
    }
}
