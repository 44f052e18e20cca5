package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SoakPageTest {
    private static final String PAGE = """
        <!-- measured: peers -->
        <!-- end of what was measured -->
        <!-- measured: growth -->
        <!-- end of what was measured -->
        <!-- measured: soak -->
        old
        <!-- end of what was measured -->
        the end
        """;

    private static JsonObject begun(String scale) {
        return new JsonObject()
                .put("scale", scale)
                .put("durationSeconds", 3_600)
                .put("sampleSeconds", 10)
                .put("maximumPerSecond", 10_000)
                .put("ratePerSecond", 7_000);
    }

    private static JsonObject ended(String scale, String... faults) {
        return begun(scale)
                .put("published", 25_200_000)
                .put("done", 25_200_000)
                .put("groupLag", 0)
                .put("redeliveries", 321)
                .put("deadLetters", 0)
                .put("visits", 12_345)
                .put("cutOff", 200)
                .put("vanished", 1_700)
                .put("liveHeapBeforeMib", 20)
                .put("liveHeapAfterMib", 21)
                .put("faults", new JsonArray(List.of(faults)));
    }

    private static Results soaked(JsonObject run, double threadsAnHour) {
        var results = new Results();
        results.machineIsThis();
        results.soakBegins(run);
        for (int i = 1; i <= 36; i++) {
            results.addSample(new JsonObject()
                    .put("atSeconds", 100 * i)
                    .put("residentMib", 300)
                    .put("heapMib", 40)
                    .put("files", 200)
                    .put("threads", 30 + threadsAnHour * i / 36)
                    .put("connections", 100)
                    .put("logMib", 2_048)
                    .put("perSecond", 7_000)
                    .put("publishP50Millis", 0.5)
                    .put("publishP99Millis", 2.5)
                    .put("deliverP99Millis", 3.5)
                    .put("groupLag", 10));
        }
        return results;
    }

    private static String page(Results results) {
        return PerformancePage.files(PAGE, "performance", results).get("performance.md");
    }

    @Test
    void shouldSayThatNothingHasBeenMeasured() {
        String page = page(new Results());
        assertTrue(
                page.endsWith("Nothing has been measured yet.\n\n<!-- end of what was measured -->\nthe end\n"), page);
    }

    @Test
    void shouldShowQuartersVerdictsAndChartsOverTime() {
        Results results = soaked(ended("normal"), 0);
        Map<String, String> files = PerformancePage.files(PAGE, "performance", results);
        String page = String.valueOf(files.get("performance.md"));
        assertTrue(page.contains("60 minutes at 7,000 events/s, 70 % of at most 10,000"), page);
        assertTrue(page.contains("; a sample every 10 s."), page);
        assertTrue(page.contains("nothing drifts"), page);
        assertTrue(page.contains("| threads | 30.0 | 30.0 | 0.00 | 3.00 | steady |"), page);
        assertTrue(page.contains("| live heap before and after, MiB | 20.0 | 21.0 | 1.00 | 16.0 | steady |"), page);
        for (String chart : List.of("memory", "handles", "latency", "load")) {
            String file = "performance/soak-" + chart + ".svg";
            assertTrue(page.contains("](" + file + ")"), page);
            assertTrue(String.valueOf(files.get(file)).contains(">minutes</text>"), file);
        }
        assertTrue(String.valueOf(files.get("performance/soak-handles.svg")).contains("file handles"));
    }

    @Test
    void shouldSayWhatDrifts() {
        Results results = soaked(ended("normal"), 20);
        SoakVerdict verdict = SoakVerdict.of(results.soak().orElseThrow(), results.samples());
        assertEquals(1, verdict.troubles().size(), verdict.troubles().toString());
        assertTrue(verdict.troubles().getFirst().startsWith("threads drifts: from 3"), verdict.toString());
        assertTrue(page(results).contains("| drifts |"), page(results));
        assertFalse(page(results).contains("nothing drifts"), page(results));
    }

    @Test
    void shouldSayWhatHeapHasGrown() {
        Results results = soaked(ended("normal").put("liveHeapAfterMib", 40), 0);
        assertTrue(page(results).contains("live heap before and after, MiB drifts"), page(results));
    }

    @Test
    void shouldSayWhatWasLostAndThatItWasBrokenOff() {
        assertTrue(page(soaked(ended("normal", "3 events are left in the group"), 0))
                .contains("**3 events are left in the group.**"));
        assertTrue(page(soaked(begun("normal"), 0)).contains("**it was broken off.**"));
    }

    @Test
    void shouldNotJudgeWhatIsTooShort() {
        Results results = soaked(ended("quick"), 20);
        assertEquals(
                List.of(),
                SoakVerdict.of(results.soak().orElseThrow(), results.samples()).troubles());
        assertTrue(page(results).contains("| too short to say |"), page(results));
    }

    @Test
    void shouldBeTheSameWhenItIsReadAgain() {
        Results results = soaked(ended("normal"), 1);
        assertEquals(page(results), page(Results.parse(results.json())));
    }

    @Test
    void shouldReplaceTheSoakBefore() {
        Results results = soaked(ended("normal"), 0);
        results.soakBegins(begun("quick"));
        assertEquals(List.of(), results.samples());
        assertEquals("quick", results.soak().orElseThrow().getString("scale"));
    }

    @Test
    void shouldCallEverythingAFaultThatIsLostOrTooMuch() {
        var well = new SteadyLoad.Totals(10, 0, 0, 0, 10);
        var visited = new Visits.Totals(5, 4, 3, 0, "");
        JsonObject done = new JsonObject().put("lag", 0).put("dead_letters", 0);
        assertEquals(List.of(), SoakVerdict.faults(well, visited, done));
        assertEquals(
                4,
                SoakVerdict.faults(new SteadyLoad.Totals(10, 1, 2, 3, 9), visited, done)
                        .size());
        assertEquals(
                1,
                SoakVerdict.faults(new SteadyLoad.Totals(10, 0, 0, 0, 11), visited, done)
                        .size());
        assertEquals(
                List.of("7 events are left in the group", "1 events became dead letters"),
                SoakVerdict.faults(
                        well,
                        visited,
                        new JsonObject()
                                .put("lag", 4)
                                .put("waiting", 2)
                                .put("in_flight", 1)
                                .put("dead_letters", 1)));
        assertEquals(
                List.of("the service knows nothing of the group"), SoakVerdict.faults(well, visited, new JsonObject()));
        assertEquals(
                List.of("2 of those who come and go failed, the first one so: why"),
                SoakVerdict.faults(well, new Visits.Totals(5, 4, 3, 2, "why"), done));
    }
}
