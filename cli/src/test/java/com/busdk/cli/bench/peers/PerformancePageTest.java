package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.command.CliException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerformancePageTest {
    private static final String PAGE = """
        # Page

        <!-- measured: peers -->
        old
        <!-- end of what was measured -->

        between

        <!-- measured: growth -->
        old
        <!-- end of what was measured -->

        <!-- measured: soak -->
        old
        <!-- end of what was measured -->
        the end
        """;

    private static Outcome outcome(Work work, Peer peer, double... values) {
        var outcome = new Outcome(work, peer, 64);
        for (double value : values) {
            outcome.add(new Measured(value, 1_000, 0, 0.2, 0.5), 0.004, 12.5);
        }
        return outcome;
    }

    private static Results results() {
        var results = new Results();
        results.machineIsThis();
        results.peersAre(List.of(
                peer(HubPeer.ALWAYS, ""),
                peer(RedisPeer.ALWAYS, ""),
                peer(new KafkaPeer(null, false), "there is no package")));
        results.replace(
                Work.SINGLE,
                List.of(
                        outcome(Work.SINGLE, HubPeer.ALWAYS, 300, 100, 200).toJson("normal", "now"),
                        outcome(Work.SINGLE, RedisPeer.ALWAYS, 400).toJson("normal", "now")));
        return results;
    }

    private static JsonObject peer(Peer peer, String missing) {
        return new JsonObject()
                .put("peer", peer.id())
                .put("title", peer.title())
                .put("version", "1.2")
                .put("promise", peer.promise())
                .put("missing", missing);
    }

    private static JsonObject step(int at) {
        return new JsonObject()
                .put("along", "groups")
                .put("at", at)
                .put("deliveriesPerSecond", 1_000.0 * at)
                .put("processorMicros", 0.5)
                .put("peakMib", 100);
    }

    @Test
    void shouldWriteATableWithRatiosAndWhatEachSystemPromises() {
        Map<String, String> files = PerformancePage.files(PAGE, "performance", results());
        String page = files.get("performance.md");
        assertTrue(page.startsWith("# Page\n") && page.endsWith("the end\n"), page);
        assertFalse(page.contains("old"), page);
        assertTrue(
                page.contains("| Bus, flush always | 200 | 100 to 300 | 0.50 | 1.00 |  | 4.00 | 12.5 | on disk"), page);
        assertTrue(page.contains("| Redis Streams, always | 400 | 400 to 400 | 0.50 | 0.50 |  | 4.00 | 12.5 |"), page);
        assertTrue(page.contains("| Apache Kafka | 1.2 | not measured: there is no package"), page);
        assertTrue(page.contains("![Single publish](performance/publish-single.svg)"), page);
        assertTrue(files.get("performance/publish-single.svg").contains("Redis Streams, always"));
        assertTrue(page.contains("Nothing has been measured yet."), page);
    }

    @Test
    void shouldBeTheSameWhenItIsWrittenAgain() {
        Results results = results();
        results.replaceGrowth("groups", List.of(step(1), step(10)));
        String once = PerformancePage.files(PAGE, "performance", results).get("performance.md");
        Results read = Results.parse(results.json());
        assertEquals(once, PerformancePage.files(once, "performance", read).get("performance.md"));
    }

    @Test
    void shouldShowHowTheCostGrows() {
        Results results = results();
        results.replaceGrowth("groups", List.of(step(1), step(1_000)));
        Map<String, String> files = PerformancePage.files(PAGE, "performance", results);
        assertTrue(files.get("performance.md").contains("| 1,000 | 1,000,000 | 0.50 | 100 |"));
        assertTrue(files.get("performance/growth-groups.svg").contains("10³"));
    }

    @Test
    void shouldSayWhatFailedAndWhatIsMissing() {
        Results results = results();
        var failed = new Outcome(Work.SINGLE, RedisPeer.ALWAYS, 64);
        failed.fail("it ended");
        var short1 = new Outcome(Work.SINGLE, HubPeer.ALWAYS, 64);
        short1.add(new Measured(10, 10, 3, 0, 0), 1, 1);
        results.replace(Work.SINGLE, List.of(short1.toJson("quick", "now"), failed.toJson("quick", "now")));
        String page = PerformancePage.files(PAGE, "performance", results).get("performance.md");
        assertTrue(page.contains("failed: it ended"), page);
        assertTrue(page.contains("| 10 (3 missing) |"), page);
        assertTrue(page.contains("scale: quick"), page);
    }

    @Test
    void shouldRefuseAPageWithoutAPlace() {
        var failure =
                assertThrows(CliException.class, () -> PerformancePage.files("# Page\n", "performance", results()));
        assertTrue(failure.text().contains("<!-- measured: peers -->"), failure.text());
    }

    @Test
    void shouldKeepTheRowsOfOtherWorksAndNoneOfTheSame() {
        Results results = Results.parse(results().json());
        results.replace(
                Work.REPLAY, List.of(outcome(Work.REPLAY, HubPeer.NEVER, 1).toJson("normal", "now")));
        results.replace(
                Work.SINGLE, List.of(outcome(Work.SINGLE, HubPeer.NEVER, 1).toJson("normal", "now")));
        assertEquals(1, results.of(Work.REPLAY).size());
        assertEquals(1, results.of(Work.SINGLE).size());
        assertTrue(
                results.json().indexOf("publish-single") < results.json().indexOf("replay"), "in the order of works");
    }

    @Test
    void shouldWriteChartsBesideThePage(@TempDir Path folder) throws IOException {
        Path page = Files.writeString(folder.resolve("performance.md"), PAGE);
        PerformancePage.write(page, results());
        assertTrue(Files.readString(folder.resolve("performance/publish-single.svg"))
                .startsWith("<svg "));
        assertTrue(Files.readString(page).contains("### Single publish"));
    }

    /** So no figure on the page can be one that was not measured. */
    @Test
    void shouldFindThePageOfThisRepositoryAsItsResultsMakeIt() throws IOException {
        Path root = Path.of("..").toAbsolutePath().normalize();
        Path file = root.resolve("bench/results-peers.json");
        Results results = Files.exists(file) ? Results.parse(Files.readString(file)) : new Results();
        Path docs = root.resolve("docs");
        Map<String, String> files =
                PerformancePage.files(Files.readString(docs.resolve("performance.md")), "performance", results);
        for (Map.Entry<String, String> one : files.entrySet()) {
            assertEquals(
                    one.getValue(),
                    Files.readString(docs.resolve(one.getKey())),
                    one.getKey() + " is not what scripts/bench --peers --render writes");
        }
    }
}
