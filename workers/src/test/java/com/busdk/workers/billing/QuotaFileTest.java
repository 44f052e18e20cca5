package com.busdk.workers.billing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotaFileTest {
    private static final String QUOTA =
            "\"feature\":\"container:run\",\"meter_event_name\":\"seconds\",\"window\":\"%s\",\"limit\":%s";

    @TempDir
    Path folder;

    private static BillingOptions read(Map<String, String> flags) {
        return BillingOptions.read(flags, Map.of("HOME", "/nowhere"));
    }

    private Path file(String content) throws Exception {
        return Files.writeString(folder.resolve("quota.json"), content);
    }

    private ConfigException refused(Path file) {
        return assertThrows(ConfigException.class, () -> read(Map.of("quota-config", file.toString())));
    }

    @Test
    void shouldReadPlansInTheirOrderWithTheirWindowsNormalised() throws Exception {
        Path file = file("""
            {"plans": [
              {"id": "small", "quotas": [
                {"feature": "container:run", "meter_event_name": "seconds", "window": "Daily", "limit": 60,
                 "upgrade_plan_id": "large"},
                {"feature": "container:run", "meter_event_name": "seconds", "window": "lifetime", "limit": 3600}]},
              {"id": "large", "quotas": [], "comment": "no limits"}]}
            """);
        Plans plans = read(Map.of("quota-config", file.toString())).plans();

        assertEquals("small", plans.defaultId());
        assertEquals(
                List.of(
                        new Quota("container:run", "seconds", Window.DAY, 60, Optional.of("large")),
                        new Quota("container:run", "seconds", Window.TOTAL, 3600, Optional.empty())),
                plans.quotas("small"));
        assertEquals(List.of(), plans.quotas("large"));
        assertEquals(List.of(), plans.quotas("other"));
    }

    @Test
    void shouldLimitNothingWithoutAFile() {
        BillingOptions options = read(Map.of());
        assertEquals(Plans.NONE, options.plans());
        assertEquals("default", options.plans().defaultId());
        assertEquals(BillingOptions.Provider.LOCAL, options.provider());
        assertEquals(URI.create("https://billing.invalid"), options.localBaseUrl());
        assertEquals(
                "sqlite:/nowhere/.local/state/bus/billing.db",
                options.database().toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        ``                                   | is empty
        {"plans":[                           | is not JSON
        {"plans":[]}}                        | is not JSON
        {'plans':[]}                         | is not JSON
        []                                   | is not an object
        {}                                   | plans is missing
        {"plans":null}                       | plans is not a list
        {"plans":{"id":"a"}}                 | plans is not a list
        {"plans":[]}                         | plans has no plan
        {"plans":[],"plan":[]}               | field "plan" that is not known
        {"plans":["small"]}                  | plans[0] is not an object
        {"plans":[{"quotas":[]}]}            | plans[0].id is missing
        {"plans":[{"id":"","quotas":[]}]}    | plans[0].id is not a name
        {"plans":[{"id":7,"quotas":[]}]}     | plans[0].id is not a name
        {"plans":[{"id":"a"}]}               | plans[0].quotas is missing
        {"plans":[{"id":"a","quotas":[]},{"id":"a","quotas":[]}]} | plans[1].id is that of an earlier plan
        {"plans":[{"id":"a","id":"b","quotas":[]}]} | Duplicate
        {"plans":[{"id":"a","quotas":[7]}]}  | plans[0].quotas[0] is not an object
        {"plans":[{"id":"a","quotas":[{}]}]} | plans[0].quotas[0].window is missing
        {"plans":[{"id":"a","quotas":[{"window":"day"}]}]} | plans[0].quotas[0].feature is missing
        {"plans":[{"id":"a","quotas":[{"window":"day","feature":"f"}]}]} | plans[0].quotas[0].meter_event_name is missing
        {"plans":[{"id":"a","quotas":[{"window":"day","feature":"f","meter_event_name":"m"}]}]} | plans[0].quotas[0].limit is missing\
        """)
    void shouldStopTheStartForWhatIsNoListOfPlans(String content, String problem) throws Exception {
        Path file = file(content);
        ConfigException e = refused(file);
        assertTrue(
                e.getMessage().startsWith("--quota-config (BUS_BILLING_QUOTA_CONFIG): " + file + ": "), e.getMessage());
        assertTrue(e.getMessage().contains(problem), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        year     | 1                    | plans[0].quotas[0].window is not known: write minute, hour, day, week, month or total
        days     | 1                    | plans[0].quotas[0].window is not known
        day      | 0                    | plans[0].quotas[0].limit is not a whole number from 1
        day      | -5                   | plans[0].quotas[0].limit is not a whole number from 1
        day      | 1.5                  | plans[0].quotas[0].limit is not a whole number from 1
        day      | 1e3                  | plans[0].quotas[0].limit is not a whole number from 1
        day      | "60"                 | plans[0].quotas[0].limit is not a whole number from 1
        day      | null                 | plans[0].quotas[0].limit is not a whole number from 1
        day      | 1000000000000001     | plans[0].quotas[0].limit is not a whole number from 1
        day      | 99999999999999999999 | plans[0].quotas[0].limit is not a whole number from 1
        day      | 1,"upgrade_plan_id":"" | plans[0].quotas[0].upgrade_plan_id is not a name
        day      | 1,"per":"account"    | plans[0].quotas[0] has a field "per" that is not known\
        """)
    void shouldStopTheStartForAWrongQuota(String window, String limit, String problem) throws Exception {
        Path file = file("{\"plans\":[{\"id\":\"a\",\"quotas\":[{" + QUOTA.formatted(window, limit) + "}]}]}");
        ConfigException e = refused(file);
        assertTrue(e.getMessage().contains(file + ": " + problem), e.getMessage());
    }

    @Test
    void shouldStopTheStartForTheSameQuotaTwiceUnderTwoNames() throws Exception {
        Path file = file("{\"plans\":[{\"id\":\"a\",\"quotas\":[{" + QUOTA.formatted("day", 1) + "},{"
                + QUOTA.formatted("hour", 1) + "},{" + QUOTA.formatted("daily", 2) + "}]}]}");
        assertTrue(refused(file).getMessage().contains("plans[0].quotas[2] has the same feature"));
    }

    @Test
    void shouldStopTheStartForAFileThatIsNotThere() {
        assertTrue(refused(folder.resolve("none.json")).getMessage().endsWith("none.json: there is no such file"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "billing.example",
                "ftp://billing.example",
                "https://",
                "https://u:p@billing.example",
                "https://billing.example/?a=1",
                "https://billing.example/#a",
                "javascript:alert(1)",
                "https://a b"
            })
    void shouldRefuseABaseThatIsNoPage(String url) {
        assertThrows(ConfigException.class, () -> read(Map.of("local-base-url", url)));
    }
}
