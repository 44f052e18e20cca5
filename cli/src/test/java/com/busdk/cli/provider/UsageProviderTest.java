package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Scopes;
import com.busdk.client.config.ConfigException;
import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.gateway.collector.UsageProvider;
import com.busdk.gateway.collector.UsageProviderOptions;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The collector's API before a worker that answers as a test says. */
@Timeout(120)
class UsageProviderTest {
    private static final String LIST = "bus.usage.list.request";
    private static final String DELETE = "bus.usage.delete.request";
    private static final String PATH = "/api/internal/usage-events";
    private static final String ITEM = "{\"id\":\"7\",\"event_id\":\"e-7\",\"occurred_at\":\"2026-01-31T12:00:00Z\","
            + "\"account_id\":\"11111111-1111-4111-8111-111111111111\",\"event_type\":\"container_run_finished\","
            + "\"data\":{\"duration_ms\":5}}";

    private final Platform platform = new Platform();
    private final String token = collector("usage:read usage:delete");

    private static String collector(String scopes) {
        return Platform.token("collector", Scopes.AUDIENCE_INTERNAL, scopes, true);
    }

    @AfterEach
    void close() {
        platform.close();
    }

    private void worker(String payload) {
        platform.worker("usage", _ -> Future.succeededFuture(Reply.of(payload)), LIST, DELETE);
    }

    @Test
    void shouldShowAPageAsTheWorkerGivesIt() {
        worker("{\"items\":[" + ITEM.replace("\"data\"", "\"secret\":1,\"data\"")
                + "],\"page\":2,\"page_size\":1,\"has_more\":true,\"more\":1}");
        UsageProvider provider = platform.usage();

        Platform.Reply reply =
                platform.get(provider.url() + PATH + "?before=2026-02-01T00:00:00%2B02:00&page=2&page_size=1", token);

        assertEquals(200, reply.status(), reply.text());
        assertEquals(
                "{\"items\":[" + ITEM
                        + "],\"page\":2,\"page_size\":1,\"before\":\"2026-02-01T00:00:00+02:00\",\"has_more\":true}",
                reply.text());
        Envelope request = platform.history(LIST).getFirst();
        assertEquals(
                "{\"before\":\"2026-02-01T00:00:00+02:00\",\"page\":2,\"page_size\":1,\"skip\":0}", request.payload());
        assertEquals("collector", request.identityId());
    }

    @Test
    void shouldAskForTheFirstThousandWhereNothingIsSaid() {
        worker("{\"items\":[],\"has_more\":false,\"before\":\"2026-01-31T12:00:00Z\"}");

        Platform.Reply reply = platform.get(platform.usage().url() + PATH, token);

        assertEquals(
                "{\"items\":[],\"page\":1,\"page_size\":1000,\"before\":\"2026-01-31T12:00:00Z\",\"has_more\":false}",
                reply.text());
        assertEquals(
                "{\"page\":1,\"page_size\":1000,\"skip\":0}",
                platform.history(LIST).getFirst().payload());
    }

    private static String part(int from, int to, String more) {
        List<String> items = new ArrayList<>();
        for (int i = from; i < to; i++) {
            items.add(ITEM.replace("e-7", "e-" + i));
        }
        return "{\"items\":[" + String.join(",", items) + "],\"before\":\"2026-01-31T12:00:00Z\"," + more + "}";
    }

    /** What the worker has to say of a page may be more than an event holds: it answers what fits, and where to go on. */
    @Test
    void shouldJoinThePartsOfAPage() {
        platform.worker(
                "usage",
                request -> Future.succeededFuture(Reply.of(
                        request.payload().contains("\"skip\":0}")
                                ? part(0, 2, "\"next\":2,\"has_more\":true")
                                : part(2, 5, "\"has_more\":false"))),
                LIST);

        Platform.Reply reply = platform.get(platform.usage().url() + PATH + "?page_size=10000", token);

        assertEquals(200, reply.status(), reply.text());
        assertEquals(
                part(0, 5, "\"has_more\":false").replace("\"before\"", "\"page\":1,\"page_size\":10000,\"before\""),
                reply.text());
        assertEquals(
                List.of(
                        "{\"page\":1,\"page_size\":10000,\"skip\":0}",
                        // The time that the first part fixed: what is new since does not shift the second.
                        "{\"page\":1,\"page_size\":10000,\"before\":\"2026-01-31T12:00:00Z\",\"skip\":2}"),
                platform.history(LIST).stream().map(Envelope::payload).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "\"2\"", "1001"})
    void shouldNotAskForEverAPageThatGoesOnNowhere(String next) {
        worker(part(0, 2, "\"next\":" + next + ",\"has_more\":true"));
        assertEquals(502, platform.get(platform.usage().url() + PATH, token).status());
    }

    @Test
    void shouldNotTakeMoreRecordsThanItAskedFor() {
        worker(part(0, 2, "\"has_more\":false"));
        String url = platform.usage().url() + PATH;
        assertEquals(200, platform.get(url + "?page_size=2", token).status());
        assertEquals(502, platform.get(url + "?page_size=1", token).status());
    }

    /** Parts of a record each, which has nearly as many bytes as an event may have. */
    @Test
    void shouldAskForASmallerPageWhereItsRecordsAreTooLongTogether() {
        String large = ITEM.replace("\"duration_ms\":5", "\"note\":\"" + "x".repeat(900_000) + "\"");
        platform.worker(
                "usage",
                request -> {
                    int next = Platform.json(request.payload()).path("skip").asInt() + 1;
                    String more = next < 12 ? "\"next\":" + next + ",\"has_more\":true}" : "\"has_more\":false}";
                    return Future.succeededFuture(Reply.of("{\"items\":[" + large + "]," + more));
                },
                LIST);

        Platform.Reply reply = platform.get(platform.usage().url() + PATH, token);

        assertEquals(413, reply.status());
        assertTrue(reply.message().contains("page_size"), reply.message());
        assertEquals(10, platform.history(LIST).size(), "eight MiB are nine of them, and it ends with the tenth");
    }

    @Test
    void shouldDeleteWithTheSameSelector() {
        worker("{\"deleted\":3}");

        Platform.Reply reply = platform.send(
                "DELETE", platform.usage().url() + PATH + "?before=2026-02-01T00:00:00Z&page_size=10000", token, null);

        assertEquals("{\"deleted\":3}", reply.text());
        assertEquals(
                "{\"before\":\"2026-02-01T00:00:00Z\",\"page\":1,\"page_size\":10000}",
                platform.history(DELETE).getFirst().payload());
        assertEquals(List.of(), platform.history(LIST));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "before=yesterday",
                "before=2026-02-01",
                "before=2026-02-01T00:00:00",
                "before=",
                "page=0",
                "page=-1",
                "page=+1",
                "page=1000001",
                "page=99999999999999999999",
                "page=%D9%A1",
                "page_size=0",
                "page_size=10001",
                "page_size=all",
                "page=1&page=2",
                "befor=2026-02-01T00:00:00Z",
                "account_id=x"
            })
    void shouldAskNobodyWhatCannotBeMeant(String query) {
        worker("{\"deleted\":1,\"items\":[],\"has_more\":false}");
        UsageProvider provider = platform.usage();
        for (String method : List.of("GET", "DELETE")) {
            Platform.Reply reply = platform.send(method, provider.url() + PATH + "?" + query, token, null);
            assertEquals(400, reply.status(), reply.text());
            assertEquals("bad_request", reply.errorType());
        }
        assertEquals(List.of(), platform.history(LIST, DELETE));
        assertEquals(200, platform.get(provider.url() + PATH, token).status());
    }

    @ParameterizedTest
    @CsvSource({
        "GET,ai.hg.fi/internal,usage:delete usage:write,403",
        "DELETE,ai.hg.fi/internal,usage:read usage:write,403",
        "GET,ai.hg.fi/api,usage:read usage:delete,403",
        "DELETE,ai.hg.fi/api,usage:read usage:delete,403",
        "GET,ai.hg.fi/auth,usage:read usage:delete,401",
        "POST,ai.hg.fi/internal,usage:read usage:delete,405"
    })
    void shouldServeInternalServicesWithTheScopeAlone(String method, String audience, String scopes, int status) {
        worker("{\"deleted\":1,\"items\":[],\"has_more\":false}");
        String other = Platform.token("collector", audience, scopes, true);

        Platform.Reply reply = platform.send(method, platform.usage().url() + PATH, other, null);

        assertEquals(status, reply.status(), reply.text());
        assertEquals(List.of(), platform.history(LIST, DELETE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"items\":{},\"has_more\":true}",
                "{\"items\":[]}",
                "{\"items\":[],\"has_more\":\"no\"}",
                "{\"items\":[7],\"has_more\":false}",
                "{\"items\":[{\"id\":\"1\"}],\"has_more\":false}",
                "{\"deleted\":-1}",
                "{\"deleted\":1.5}",
                "{\"deleted\":\"1\"}"
            })
    void shouldPassOnNoAnswerOfAnotherShape(String payload) {
        worker(payload);
        UsageProvider provider = platform.usage();
        for (String method : List.of("GET", "DELETE")) {
            Platform.Reply reply = platform.send(method, provider.url() + PATH, token, null);
            assertEquals(502, reply.status(), method + reply.text());
        }
    }

    @Test
    void shouldSayThatNobodyAnswers() {
        Platform.Reply reply = platform.get(platform.usage().url() + PATH, token);
        assertEquals(503, reply.status());
        assertTrue(reply.message().contains(LIST), reply.message());
    }

    @Test
    void shouldTakeItsSettingsFromFlagsAndVariables() {
        assertEquals("127.0.0.1:8088", UsageProviderOptions.DEFAULT_ADDRESS);
        var missing = assertThrows(
                ConfigException.class,
                () -> UsageProviderOptions.read(Map.of(), Map.of("BUS_USAGE_JWT_SECRET", Platform.SECRET)));
        assertTrue(missing.getMessage().contains("--events-url (BUS_EVENTS_API_URL)"), missing.getMessage());
        assertThrows(
                ConfigException.class,
                () -> UsageProviderOptions.read(Map.of("billing-backend", "events"), platform.environment()));
        assertEquals(
                "127.0.0.1:9",
                UsageProviderOptions.read(
                                Map.of("events-url", "http://127.0.0.1:1"),
                                Map.of(
                                        "BUS_USAGE_JWT_SECRET",
                                        Platform.SECRET,
                                        "BUS_API_TOKEN",
                                        "t",
                                        "BUS_USAGE_ADDR",
                                        "127.0.0.1:9"))
                        .common()
                        .address()
                        .toString());
    }
}
