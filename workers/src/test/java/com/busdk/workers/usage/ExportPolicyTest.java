package com.busdk.workers.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.workers.store.Fields;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is billed, and what of the settings stops the start. */
class ExportPolicyTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        0                   | 1000 | 0
        0.0                 | 1000 | 0
        0e999999999         | 1000 | 0
        1                   | 1000 | 1
        1e-999999999        | 1000 | 1
        999                 | 1000 | 1
        1000                | 1000 | 1
        1000.0001           | 1000 | 2
        1001                | 1000 | 2
        61001               | 1000 | 62
        42                  | 1    | 42
        42.5                | 1    | 43
        1000000000000000    | 1    | 1000000000000000
        1000000000000000.1  | 1    |
        1e999999999         | 1000 |
        -1                  | 1000 |
        -0.1                | 1    |
        "7"                 | 1    |
        null                | 1    |
        true                | 1    |
        [7]                 | 1    |\
        """)
    void shouldRoundUpAndRefuseWhatIsNoQuantity(String json, long divideBy, Long expected) {
        assertEquals(Optional.ofNullable(expected), ExportPolicy.quantity(Fields.tree(json), divideBy));
    }

    private static ConfigException refused(String... flags) {
        return assertThrows(ConfigException.class, () -> read(flags));
    }

    private static UsageOptions read(String... flags) {
        var map = new java.util.HashMap<String, String>();
        for (int i = 0; i < flags.length; i += 2) {
            map.put(flags[i], flags[i + 1]);
        }
        return UsageOptions.read(map, Map.of("HOME", "/nowhere"));
    }

    private String file(String content) throws Exception {
        return Files.write(folder.resolve("policy.json"), content.getBytes(StandardCharsets.ISO_8859_1))
                .toString();
    }

    @Test
    void shouldBillNothingByDefault() {
        assertEquals(ExportPolicy.NONE, read().policy());
        assertEquals(new DatabaseLocation.Sqlite(Path.of("/nowhere/.local/state/bus/usage.db")), read().database());
        assertEquals(ExportPolicy.DEFAULT, read("billing-export", "default").policy());
    }

    @Test
    void shouldReadAPolicy() throws Exception {
        String file = file("""
            {"comment": "what is sold", "exports": [
              {"event_type": "usage_recorded", "quantity": "data.total_tokens", "feature": "llm:proxy",
               "meter_event_name": "tokens"},
              {"event_type": "usage_recorded", "quantity": "data.total_tokens", "feature": "llm:proxy",
               "meter_event_name": "kilotokens", "divide_by": 1000}]}
            """);
        List<ExportPolicy.Rule> expected = List.of(
                new ExportPolicy.Rule("usage_recorded", "total_tokens", 1, "llm:proxy", "tokens"),
                new ExportPolicy.Rule("usage_recorded", "total_tokens", 1000, "llm:proxy", "kilotokens"));

        assertEquals(
                expected,
                read("billing-export", "file", "billing-export-policy", file)
                        .policy()
                        .rules());
        assertEquals(
                expected, read("billing-export-policy", file).policy().rules(), "a file says that it is to be used");
    }

    /** The file for operators: what the default counts, and runs that were ended early. */
    @Test
    void shouldCountWhatWasEndedEarlyByTheOperatorsFile() {
        ExportPolicy policy =
                read("billing-export-policy", "../conf/billing-export.json").policy();

        assertEquals(
                ExportPolicy.DEFAULT.rules(),
                policy.rules().subList(0, 2),
                "the default's rules, and those of failures");
        for (String error : List.of("timeout", "cancelled")) {
            UsageRecord ended = failed(Fields.object().put("error", error).put("duration_ms", 1_500));
            assertEquals(List.of(), ExportPolicy.DEFAULT.exports(ended));
            List<UsageExport> exports = policy.exports(ended);
            assertEquals(1, exports.size());
            assertEquals(
                    2,
                    Fields.tree(exports.getFirst().payload()).path("quantity").asInt());
        }
        assertEquals(List.of(), policy.exports(failed(Fields.object().put("error", "unavailable"))));
    }

    private static UsageRecord failed(ObjectNode data) {
        return new UsageRecord(
                "run_1-ended",
                "container_run_failed",
                Optional.of("11111111-1111-4111-8111-111111111111"),
                Instant.parse("2026-01-01T00:00:00Z"),
                data);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        ``                                    | is empty
        {                                     | is not JSON
        {"exports":[]} x                      | is not JSON
        {"exports":[]} {}                     | goes on after its end
        []                                    | is not an object
        {}                                    | exports is missing
        {"exports":{}}                        | exports is not a list
        {"exports":[]}                        | exports has no rule
        {"exports":[],"exports":[]}           | Duplicate
        {"rules":[]}                          | field "rules" that is not known
        {"exports":[7]}                       | exports[0] is not an object
        {"exports":[{}]}                      | exports[0].event_type is missing
        {"exports":[{"event_type":"x"}]}      | exports[0].event_type is not known
        {"exports":[{"event_type":"usage_recorded"}]}                                  | exports[0].quantity is missing
        {"exports":[{"event_type":"usage_recorded","quantity":"total_tokens"}]}        | exports[0].quantity is not a field of the data
        {"exports":[{"event_type":"usage_recorded","quantity":"data."}]}               | exports[0].quantity is not a field of the data
        {"exports":[{"event_type":"usage_recorded","quantity":"data.a.b"}]}            | exports[0].quantity is not a field of the data
        {"exports":[{"event_type":"usage_recorded","quantity":7}]}                     | exports[0].quantity is not a name
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t","divide_by":0}]} | exports[0].divide_by is not a whole number
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t","divide_by":1.5}]} | exports[0].divide_by is not a whole number
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t"}]}              | exports[0].feature is missing
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t","feature":""}]} | exports[0].feature is not a name
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t","feature":"a b"}]} | exports[0].feature is not a name
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t","feature":"f"}]} | exports[0].meter_event_name is missing
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t","feature":"f","meter_event_name":"m","unit":"s"}]} | field "unit" that is not known
        {"exports":[{"event_type":"usage_recorded","quantity":"data.t","feature":"f","meter_event_name":"m"},{"event_type":"usage_recorded","quantity":"data.u","feature":"f","meter_event_name":"m"}]} | exports[1] exports the same\
        """)
    void shouldStopTheStartForAnythingWrong(String content, String problem) throws Exception {
        String file = file(content);
        ConfigException e = refused("billing-export", "file", "billing-export-policy", file);
        assertTrue(e.getMessage().startsWith("--billing-export-policy (BUS_USAGE_BILLING_EXPORT_POLICY): " + file));
        assertTrue(e.getMessage().contains(problem), e.getMessage());
    }

    @Test
    void shouldStopTheStartForAFileThatCannotBeRead() throws Exception {
        String missing = folder.resolve("none.json").toString();
        ConfigException e = refused("billing-export", "file", "billing-export-policy", missing);
        assertTrue(e.getMessage().endsWith(missing + ": there is no such file"), e.getMessage());
        ConfigException latin = refused("billing-export-policy", file("{\"comment\":\"\u00e4\"}"));
        assertTrue(latin.getMessage().endsWith(": is not UTF-8"), latin.getMessage());
        ConfigException large = refused("billing-export-policy", file(" ".repeat((1 << 20) + 1)));
        assertTrue(large.getMessage().contains("longer than 1048576 bytes"), large.getMessage());
    }

    @Test
    void shouldStopTheStartForSettingsThatDoNotFit() throws Exception {
        assertTrue(refused("billing-export", "file").getMessage().contains("is not set, and is needed"));
        assertTrue(refused("billing-export", "all").getMessage().contains("write none or default or file"));
        assertTrue(refused("billing-export", "none", "billing-export-policy", file("{}"))
                .getMessage()
                .contains("leave out one of them"));
    }
}
