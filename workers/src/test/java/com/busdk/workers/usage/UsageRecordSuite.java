package com.busdk.workers.usage;

import static com.busdk.workers.store.Hub.each;
import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Hub;
import com.busdk.workers.store.MovableClock;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How records are kept, listed and deleted, on either database, with a real events service between the worker and who
 * asks; and what else the usage worker's tests need.
 */
@Timeout(120)
abstract class UsageRecordSuite {
    static final String ACCOUNT = "6f1c2a34-0000-4000-8000-0123456789ab";
    static final String RESPONSE = "bus.usage.record.response";

    final Hub hub = new Hub();
    final MovableClock clock = new MovableClock("2026-03-01T12:00:00Z");

    /** Where the tables are, as the environment says it; the same for all processes of a test. */
    abstract Map<String, String> environment() throws Exception;

    @AfterEach
    void closeHub() {
        hub.close();
    }

    WorkerContext context(String... flags) throws Exception {
        return hub.context("usage", environment(), flags);
    }

    Hub.Started worker(String... flags) throws Exception {
        return hub.start(new UsageWorkerKind(clock), context(flags));
    }

    static String record(String eventId, String occurredAt) {
        return "{\"event_type\":\"runtime_ready\",\"event_id\":\"" + eventId + "\",\"occurred_at\":\"" + occurredAt
                + "\"}";
    }

    static String run(String eventId, long millis) {
        return "{\"event_type\":\"container_run_finished\",\"event_id\":\"" + eventId + "\",\"account_id\":\"" + ACCOUNT
                + "\",\"occurred_at\":\"2026-03-01T11:00:00Z\",\"data\":{\"duration_ms\":" + millis + "}}";
    }

    JsonNode recorded(String payload) {
        return hub.answer(UsageEvents.RECORD, payload);
    }

    List<String> eventIds(JsonNode page) {
        return each(page.path("items"), item -> item.path("event_id").asText());
    }

    List<String> stored() {
        return eventIds(hub.answer(UsageEvents.LIST, "{}"));
    }

    // --- records ---

    @Test
    void shouldStoreARecordOnceHoweverOftenItIsSent() throws Exception {
        worker();
        JsonNode first = recorded(run("run-1", 1500));
        JsonNode again = recorded(run("run-1", 9999));

        assertFalse(first.path("duplicate").booleanValue());
        assertTrue(again.path("duplicate").booleanValue());
        assertEquals(first.path("id"), again.path("id"));
        JsonNode items = hub.answer(UsageEvents.LIST, "{}").path("items");
        assertEquals(1, items.size());
        JsonNode item = items.get(0);
        assertEquals(first.path("id"), item.path("id"));
        assertEquals("run-1", item.path("event_id").asText());
        assertEquals("container_run_finished", item.path("event_type").asText());
        assertEquals("2026-03-01T11:00:00Z", item.path("occurred_at").asText());
        assertEquals(ACCOUNT, item.path("account_id").asText());
        assertEquals("{\"duration_ms\":1500}", item.path("data").toString());
    }

    @Test
    void shouldTakeWhatARecordLeavesOutFromItsEvent() throws Exception {
        worker();
        Envelope response = hub.ask(UsageEvents.RECORD, "{\"event_type\":\"request_started\"}");
        Envelope request = hub.history(UsageEvents.RECORD).getFirst();

        assertEquals(request.id(), Hub.json(response.payload()).path("event_id").asText());
        clock.set("2099-01-01T00:00:00Z"); // the hub's own clock is not the test's
        JsonNode item = hub.answer(UsageEvents.LIST, "{}").path("items").get(0);
        assertEquals(request.createdAt(), Instant.parse(item.path("occurred_at").asText()));
        assertTrue(item.path("account_id").isMissingNode());
        assertEquals("{}", item.path("data").toString());
    }

    @Test
    void shouldTakeAnIdWithSpacesAndOfTheGreatestLength() throws Exception {
        worker("billing-export", "default");
        String longest = " a run of " + "x".repeat(Fields.MAX_ID_CHARS - 10);
        recorded(run(longest, 1000));
        assertTrue(recorded(run(longest, 1000)).path("duplicate").booleanValue());
        assertEquals(List.of(longest), stored());
        assertEquals(1, hub.historyOf(1, UsageEvents.EXPORT).size());

        Envelope longer = hub.ask(UsageEvents.RECORD, run(longest + "x", 1000));
        assertTrue(longer.error().message().contains("event_id is not an id"));
    }

    @Test
    void shouldKeepDataAsItWasWritten() throws Exception {
        worker();
        String data =
                "{\"n\":12345678901234567890.10,\"e\":1E+400,\"s\":\"\\u0000 ä \\ud83d\\ude00 \\ud800\",\"deep\":[{}]}";
        recorded(
                "{\"event_type\":\"usage_recorded\",\"event_id\":\"e-1\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"data\":"
                        + data + "}");

        String page = hub.ask(UsageEvents.LIST, "{}").payload();
        assertTrue(page.contains("12345678901234567890.10"), page);
        assertTrue(page.contains("1E+400"), page);
        assertTrue(page.contains("\"\\u0000 \\u00E4 \\uD83D\\uDE00 \\uD800\""), page);
    }

    @Test
    void shouldStoreManyRecordsOfManySendersOnceEach() throws Exception {
        worker("billing-export", "default");
        worker("billing-export", "default");
        Random random = new Random(7);
        List<Future<?>> sent = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            String id = "run-" + random.nextInt(300);
            Envelope event = Envelope.builder(UsageEvents.RECORD)
                    .payload(run(id, 1000))
                    .correlationId("c-" + i)
                    .build();
            sent.add(hub.client.publish(event));
        }
        await(Future.all(sent));
        List<Envelope> responses = hub.historyOf(900, RESPONSE);

        long fresh = responses.stream()
                .filter(response ->
                        !Hub.json(response.payload()).path("duplicate").asBoolean(true))
                .count();
        int ids = stored().size();
        assertEquals(ids, fresh);
        assertEquals(ids, stored().stream().distinct().count());
        List<Envelope> exports = hub.historyOf(ids, UsageEvents.EXPORT);
        assertEquals(ids, exports.size());
        assertEquals(
                ids, exports.stream().map(Envelope::correlationId).distinct().count());
    }

    // --- pages ---

    @Test
    void shouldListByTimeAndThenById() throws Exception {
        worker();
        recorded(record("late", "2026-02-01T00:00:00.000001Z"));
        recorded(record("early", "2026-01-31T23:59:59.999999+00:00"));
        recorded(record("same-1", "2026-02-01T00:00:00Z"));
        recorded(record("same-2", "2026-02-01T02:00:00+02:00"));
        JsonNode items = hub.answer(UsageEvents.LIST, "{}").path("items");

        List<String> same = each(items, item -> item.path("id").asText()).subList(1, 3);
        assertEquals(same.stream().sorted().toList(), same);
        List<String> names = each(items, item -> item.path("event_id").asText());
        assertEquals(List.of("early", "late"), List.of(names.getFirst(), names.getLast()));
    }

    @Test
    void shouldGivePagesUntilThereIsNoMore() throws Exception {
        worker();
        List<String> all = IntStream.range(0, 7).mapToObj(i -> "e-" + i).toList();
        all.forEach(id -> recorded(record(id, "2026-01-01T00:00:0" + id.charAt(2) + "Z")));

        JsonNode first = hub.answer(UsageEvents.LIST, "{\"page_size\":3}");
        JsonNode second = hub.answer(UsageEvents.LIST, "{\"page\":2,\"page_size\":3}");
        JsonNode third = hub.answer(UsageEvents.LIST, "{\"page\":3,\"page_size\":3}");
        assertEquals(all.subList(0, 3), eventIds(first));
        assertEquals(all.subList(3, 6), eventIds(second));
        assertEquals(all.subList(6, 7), eventIds(third));
        assertEquals(
                List.of(true, true, false),
                List.of(
                        first.path("has_more").booleanValue(),
                        second.path("has_more").booleanValue(),
                        third.path("has_more").booleanValue()));
        assertEquals(2, second.path("page").asInt());
        assertEquals(3, second.path("page_size").asInt());
        assertEquals(clock.instant().toString(), second.path("before").asText());
        JsonNode exact = hub.answer(UsageEvents.LIST, "{\"page_size\":7}");
        assertFalse(exact.path("has_more").booleanValue());
    }

    @Test
    void shouldLeaveOutWhatHappenedAtOrAfterATime() throws Exception {
        worker();
        recorded(record("before", "2026-01-01T00:00:00Z"));
        recorded(record("at", "2026-01-01T00:00:01Z"));

        JsonNode page = hub.answer(UsageEvents.LIST, "{\"before\":\"2026-01-01T00:00:01Z\"}");
        assertEquals(List.of("before"), eventIds(page));
        assertEquals("2026-01-01T00:00:01Z", page.path("before").asText());
    }

    @Test
    void shouldNotGiveAPageThatDoesNotFitIntoAnEvent() throws Exception {
        worker();
        String filler = "x".repeat(16_000);
        for (int i = 0; i < 70; i++) {
            recorded("{\"event_type\":\"usage_recorded\",\"event_id\":\"e-" + i
                    + "\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"data\":{\"x\":\"" + filler + "\"}}");
        }

        Envelope response = hub.ask(UsageEvents.LIST, "{}");
        assertEquals("payload_too_large", response.error().type());
        assertTrue(response.error().message().contains("page_size"));
        assertEquals(
                50,
                hub.answer(UsageEvents.LIST, "{\"page_size\":50}").path("items").size());

        List<String> ids = new ArrayList<>();
        JsonNode part = hub.answer(UsageEvents.LIST, "{\"page_size\":60,\"skip\":0}");
        ids.addAll(eventIds(part));
        int parts = 1;
        for (; part.has("next"); parts++) {
            assertEquals(ids.size(), part.path("next").asInt());
            assertTrue(part.path("has_more").booleanValue());
            part = hub.answer(UsageEvents.LIST, "{\"page_size\":60,\"skip\":" + ids.size() + "}");
            ids.addAll(eventIds(part));
        }
        assertTrue(part.path("has_more").booleanValue(), "there are ten more on the next page");
        assertEquals(60, ids.size());
        assertEquals(60, Set.copyOf(ids).size(), "each once");
        assertEquals(4, parts, "of 250,000 characters each");
        JsonNode second = hub.answer(UsageEvents.LIST, "{\"page\":2,\"page_size\":60,\"skip\":0}");
        assertEquals(10, second.path("items").size());
        assertFalse(second.path("has_more").booleanValue());
    }

    // --- deleting ---

    @Test
    void shouldDeleteThePageThatIsNamed() throws Exception {
        worker();
        for (int i = 0; i < 5; i++) {
            recorded(record("e-" + i, "2026-01-01T00:00:0" + i + "Z"));
        }
        assertEquals(
                2,
                hub.answer(UsageEvents.DELETE, "{\"before\":\"2026-01-01T00:00:04Z\",\"page\":2,\"page_size\":2}")
                        .path("deleted")
                        .asInt());
        assertEquals(List.of("e-0", "e-1", "e-4"), stored());
        assertEquals(3, hub.answer(UsageEvents.DELETE, "{}").path("deleted").asInt());
        assertEquals(0, hub.answer(UsageEvents.DELETE, "{}").path("deleted").asInt());
    }

    @Test
    void shouldNotStoreAgainWhatWasDeleted() throws Exception {
        worker("billing-export", "default");
        recorded(run("run-1", 1000));
        hub.historyOf(1, UsageEvents.EXPORT);
        hub.answer(UsageEvents.DELETE, "{}");

        assertTrue(recorded(run("run-1", 1000)).path("duplicate").booleanValue());
        assertEquals(List.of(), stored());
        recorded(run("run-2", 1000));
        assertEquals(2, hub.historyOf(2, UsageEvents.EXPORT).size());
    }

    // --- wrong requests ---

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        bus.usage.record.request | null                                       | event_type is missing
        bus.usage.record.request | {}                                         | event_type is missing
        bus.usage.record.request | []                                         | not an object
        bus.usage.record.request | "text"                                     | not an object
        bus.usage.record.request | 17                                         | not an object
        bus.usage.record.request | {"event_type":7}                           | event_type is not a text
        bus.usage.record.request | {"event_type":"container_run"}             | event_type "container_run" is not known
        bus.usage.record.request | {"event_type":"runtime_ready\\u0000"}      | event_type
        bus.usage.record.request | {"event_type":"runtime_ready","event_type":"usage_missing"} | Duplicate
        bus.usage.record.request | {"event_type":"runtime_ready","event_id":5}           | event_id is not a text
        bus.usage.record.request | {"event_type":"runtime_ready","event_id":""}          | event_id is not an id
        bus.usage.record.request | {"event_type":"runtime_ready","event_id":" "}         | event_id is not an id
        bus.usage.record.request | {"event_type":"runtime_ready","event_id":"a\\tb"}      | event_id is not an id
        bus.usage.record.request | {"event_type":"runtime_ready","event_id":"a\\u0000"}  | event_id is not an id
        bus.usage.record.request | {"event_type":"runtime_ready","event_id":"ä"}         | event_id is not an id
        bus.usage.record.request | {"event_type":"runtime_ready","account_id":"user@example.com"} | account_id is not a UUID
        bus.usage.record.request | {"event_type":"runtime_ready","account_id":{}}        | account_id is not a text
        bus.usage.record.request | {"event_type":"runtime_ready","occurred_at":"today"}  | occurred_at is not a time
        bus.usage.record.request | {"event_type":"runtime_ready","occurred_at":1767225600} | occurred_at is not a text
        bus.usage.record.request | {"event_type":"runtime_ready","occurred_at":"1969-12-31T23:59:59Z"} | occurred_at is not a time
        bus.usage.record.request | {"event_type":"runtime_ready","occurred_at":"+99999-01-01T00:00:00Z"} | occurred_at is not a time
        bus.usage.record.request | {"event_type":"runtime_ready","data":[1]}             | data is not an object
        bus.usage.record.request | {"event_type":"runtime_ready","data":{"a":1,"a":2}}   | Duplicate
        bus.usage.list.request   | [1]                                        | not an object
        bus.usage.list.request   | {"before":"yesterday"}                     | before is not a time
        bus.usage.list.request   | {"page":0}                                 | page is not a whole number from 1
        bus.usage.list.request   | {"page":1.5}                               | page is not a whole number
        bus.usage.list.request   | {"page":"1"}                               | page is not a whole number
        bus.usage.list.request   | {"page":99999999999999999999}              | page is not a whole number
        bus.usage.list.request   | {"page_size":10001}                        | page_size is not a whole number from 1 to 10000
        bus.usage.list.request   | {"skip":-1}                                | skip is not a whole number from 0 to 10000
        bus.usage.delete.request | {"skip":0}                                 | a page is deleted as a whole
        bus.usage.delete.request | {"page_size":0}                            | page_size is not a whole number
        bus.usage.delete.request | {"page_size":-1}                           | page_size is not a whole number
        bus.usage.delete.request | {"before":""}                              | before is not a time
        bus.usage.delete.request | true                                       | not an object\
        """)
    void shouldAnswerWhatIsWrongWithAnError(String name, String payload, String message) throws Exception {
        worker();
        Envelope response = hub.ask(name, payload);

        assertEquals("bad_request", response.error().type());
        assertTrue(
                response.error().message().contains(message), response.error().message());
        recorded(record("good", "2026-01-01T00:00:00Z"));
        assertEquals(List.of("good"), stored());
    }

    @Test
    void shouldRefuseMoreDataThanARecordMayHave() throws Exception {
        worker();
        String data = "{\"x\":\"" + "y".repeat(UsageRecord.MAX_DATA_CHARS) + "\"}";
        Envelope response = hub.ask(UsageEvents.RECORD, "{\"event_type\":\"usage_recorded\",\"data\":" + data + "}");
        assertEquals("bad_request", response.error().type());
        assertTrue(response.error().message().contains("data has more than"));
    }

    @Test
    void shouldRefuseDataThatIsTooDeepForThePageItWouldBeOn() throws Exception {
        worker();
        for (int levels : new int[] {UsageRecord.MAX_DATA_DEPTH + 1, 490}) {
            Envelope response = hub.ask(UsageEvents.RECORD, nested("deep-" + levels, levels));
            assertEquals("bad_request", response.error().type());
        }
        recorded(nested("good", UsageRecord.MAX_DATA_DEPTH));
        assertEquals(List.of("good"), stored());
    }

    private static String nested(String eventId, int levels) {
        return "{\"event_type\":\"usage_recorded\",\"event_id\":\"" + eventId
                + "\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"data\":" + "{\"a\":".repeat(levels) + "1"
                + "}".repeat(levels) + "}";
    }
}
