package com.busdk.workers.billing;

import static com.busdk.workers.store.Hub.each;
import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.sql.Sql;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.Worker;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.store.Hub;
import com.busdk.workers.store.MovableClock;
import com.busdk.workers.store.Store;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How subscriptions come and go, on either database, with a real events service between the worker and who asks; and what
 * else the billing worker's tests need.
 */
@Timeout(120)
abstract class BillingSubscriptionSuite {
    static final String ACCOUNT = "6f1c2a34-0000-4000-8000-0123456789ab";
    static final String OTHER = "6f1c2a34-0000-4000-8000-0123456789ac";
    static final String METER = "bus_container_runtime_seconds";
    private static final String PLANS = """
        {"plans":[
          {"id":"small","quotas":[
            {"feature":"container:run","meter_event_name":"bus_container_runtime_seconds","window":"hourly",
             "limit":10,"upgrade_plan_id":"large"},
            {"feature":"container:run","meter_event_name":"bus_container_runtime_seconds","window":"month",
             "limit":25},
            {"feature":"llm:proxy","meter_event_name":"bus_llm_tokens","window":"day","limit":1000}]},
          {"id":"large","quotas":[
            {"feature":"container:run","meter_event_name":"bus_container_runtime_seconds","window":"month",
             "limit":100}]}]}
        """;

    final Hub hub = new Hub();
    final MovableClock clock = new MovableClock("2026-03-31T22:30:00Z");
    int exports;

    @TempDir
    Path folder;

    /** Where the tables are, as the environment says it; the same for all processes of a test. */
    abstract Map<String, String> environment() throws Exception;

    @AfterEach
    void closeHub() {
        hub.close();
    }

    WorkerContext context(String... flags) throws Exception {
        return hub.context("billing", environment(), flags);
    }

    Hub.Started worker(String... flags) throws Exception {
        return hub.start(new BillingWorkerKind(clock), context(flags));
    }

    String plans() throws Exception {
        return Files.writeString(folder.resolve("quota.json"), PLANS).toString();
    }

    // --- what is asked ---

    static Envelope of(String account, String name, String payload) {
        return Envelope.builder(name).identityId(account).payload(payload).build();
    }

    JsonNode entitlement(String scope) {
        return hub.answer(of(
                ACCOUNT,
                BillingEvents.ENTITLEMENT,
                "{\"account_id\":\"" + ACCOUNT + "\",\"scope\":\"" + scope + "\"}"));
    }

    JsonNode status(String account) {
        return hub.answer(of(account, BillingEvents.STATUS, "{\"account_id\":\"" + account + "\"}"));
    }

    String setup(String account) {
        return hub.answer(of(account, BillingEvents.CHECKOUT, "{}")).path("url").asText();
    }

    /** Publishes an update and gives its result. */
    JsonNode update(String eventId, String status, String more) {
        String correlation = eventId + "-" + System.nanoTime();
        await(hub.client.publish(Envelope.builder(BillingEvents.UPDATE)
                .correlationId(correlation)
                .payload("{\"event_id\":\"" + eventId + "\",\"account_id\":\"" + ACCOUNT + "\",\"status\":\"" + status
                        + "\"" + more + "}")
                .build()));
        Envelope result = hub.correlated(BillingEvents.UPDATED, correlation);
        assertEquals(null, result.error());
        return Hub.json(result.payload());
    }

    static String at(String time, String plan, String... features) {
        return ",\"occurred_at\":\"" + time + "\",\"plan_id\":\"" + plan + "\",\"features\":"
                + (features.length == 0 ? "[]" : "[\"" + String.join("\",\"", features) + "\"]");
    }

    static String export(String eventId, long quantity, String occurredAt) {
        return "{\"event_id\":\"" + eventId + "\",\"account_id\":\"" + ACCOUNT
                + "\",\"feature\":\"container:run\",\"meter_event_name\":\"" + METER + "\",\"quantity\":" + quantity
                + ",\"occurred_at\":\"" + occurredAt + "\"}";
    }

    /** Seconds that were used now. */
    void used(long seconds) {
        exports++;
        JsonNode answer = hub.answer(
                BillingEvents.EXPORT,
                export("export-" + exports, seconds, clock.instant().toString()));
        assertFalse(answer.path("duplicate").booleanValue());
    }

    static List<Long> used(JsonNode status) {
        List<Long> used = new ArrayList<>();
        status.path("usage").forEach(each -> used.add(each.path("used").longValue()));
        return used;
    }

    // --- subscriptions ---

    @Test
    void shouldTellAnAccountThatIsNotThereToSetItselfUp() throws Exception {
        worker();
        assertEquals(
                Hub.json("{\"account_id\":\"" + ACCOUNT
                        + "\",\"status\":\"missing\",\"features\":[],\"usage\":[],\"setup_required\":true,\"next_action\":\"setup_billing\",\"command\":\"bus"
                        + " billing setup\"}"),
                status(ACCOUNT));
        assertEquals(
                Hub.json("{\"allowed\":false,\"reason\":\"billing_required\",\"command\":\"bus billing setup\"}"),
                entitlement("container:run"));
    }

    @Test
    void shouldSetUpAnAccountLocally() throws Exception {
        worker("quota-config", plans());
        assertEquals("https://billing.invalid/checkout/" + ACCOUNT, setup(ACCOUNT));
        assertEquals("https://billing.invalid/checkout/" + ACCOUNT, setup(ACCOUNT));

        for (String scope : List.of("container:run", "vm:write", "llm:proxy")) {
            assertEquals(
                    Hub.json("{\"allowed\":true,\"reason\":\"billing_active\",\"plan_id\":\"small\"}"),
                    entitlement(scope));
        }
        JsonNode status = status(ACCOUNT);
        assertEquals("active", status.path("status").asText());
        assertEquals("small", status.path("plan_id").asText());
        assertFalse(status.path("setup_required").booleanValue());
        assertTrue(status.path("command").isMissingNode());
        assertEquals("missing", status(OTHER).path("status").asText());
        assertEquals("billing_required", entitlement("ssh:run").path("reason").asText(), "not everything is sold");
    }

    @Test
    void shouldSetUpAnAccountWithoutAFileOfPlans() throws Exception {
        worker("local-base-url", "http://127.0.0.1:8080/pay/");
        assertEquals("http://127.0.0.1:8080/pay/checkout/local", setup("local"));
        assertEquals("default", status("local").path("plan_id").asText());
        assertEquals(
                "http://127.0.0.1:8080/pay/portal/local",
                hub.answer(of("local", BillingEvents.PORTAL, "{}")).path("url").asText());
    }

    @Test
    void shouldCountFeaturesWhileTheSubscriptionIsActive() throws Exception {
        worker();
        for (String state : List.of("incomplete", "past_due", "canceled", "active")) {
            update("u-" + state, state, at("2026-03-01T00:00:00Z", "p", "container:run"));
            JsonNode answer = entitlement("container:run");
            boolean active = state.equals("active");
            assertEquals(active, answer.path("allowed").booleanValue(), state);
            JsonNode status = status(ACCOUNT);
            assertEquals(state, status.path("status").asText());
            assertEquals(active ? 1 : 0, status.path("features").size());
            boolean portal = state.equals("past_due");
            if (!active) {
                assertEquals(
                        portal ? "bus billing portal" : "bus billing setup",
                        answer.path("command").asText());
                assertEquals(answer.path("command"), status.path("command"));
                assertEquals(
                        portal ? "update_payment" : "setup_billing",
                        status.path("next_action").asText());
                assertEquals(!portal, status.path("setup_required").booleanValue());
            }
        }
        assertEquals("billing_required", entitlement("vm:write").path("reason").asText());
    }

    @Test
    void shouldApplyAnUpdateOnce() throws Exception {
        worker();
        JsonNode first = update("u-1", "active", at("2026-03-01T00:00:00Z", "p", "container:run"));
        update("u-2", "canceled", at("2026-03-02T00:00:00Z", "p"));
        JsonNode again = update("u-1", "active", at("2026-03-03T00:00:00Z", "p", "container:run"));

        assertEquals(
                Hub.json("{\"event_id\":\"u-1\",\"account_id\":\"" + ACCOUNT
                        + "\",\"applied\":true,\"duplicate\":false,\"status\":\"active\",\"plan_id\":\"p\"}"),
                first);
        assertEquals(
                Hub.json("{\"event_id\":\"u-1\",\"account_id\":\"" + ACCOUNT
                        + "\",\"applied\":false,\"duplicate\":true,\"status\":\"canceled\",\"plan_id\":\"p\"}"),
                again);
        assertEquals("canceled", status(ACCOUNT).path("status").asText());
    }

    @Test
    void shouldNotGoBackInTime() throws Exception {
        worker();
        update("u-1", "active", at("2026-03-02T00:00:00Z", "p", "container:run"));
        JsonNode older = update("u-0", "incomplete", at("2026-03-01T23:59:59.999999Z", "p"));
        assertFalse(older.path("applied").booleanValue());
        assertFalse(older.path("duplicate").booleanValue());
        assertEquals("active", status(ACCOUNT).path("status").asText());

        String same = at("2026-03-02T00:00:00Z", "p") + ",\"sequence\":";
        assertTrue(update("u-3", "past_due", same + 7).path("applied").booleanValue());
        assertFalse(update("u-2", "incomplete", same + 6).path("applied").booleanValue());
        assertTrue(update("u-4", "canceled", same + 8).path("applied").booleanValue());
        assertEquals("canceled", status(ACCOUNT).path("status").asText());
    }

    @Test
    void shouldEndWithTheLatestWhateverTheOrderAndTheWorkers() throws Exception {
        worker();
        worker();
        List<String> states = List.of("incomplete", "active", "past_due", "canceled");
        List<Future<?>> sent = new ArrayList<>();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            order.add(i % 60); // each twice
        }
        Collections.shuffle(order, new Random(11));
        for (int i = 0; i < order.size(); i++) {
            int minute = order.get(i);
            String time = "2026-03-01T00:%02d:00Z".formatted(minute);
            sent.add(hub.client.publish(Envelope.builder(BillingEvents.UPDATE)
                    .payload("{\"event_id\":\"u-" + minute + "\",\"account_id\":\"" + ACCOUNT + "\",\"status\":\""
                            + states.get(minute % 4) + "\"" + at(time, "plan-" + minute, "f") + "}")
                    .build()));
        }
        await(Future.all(sent));
        List<Envelope> results = hub.historyOf(120, BillingEvents.UPDATED);

        assertEquals(
                60,
                results.stream()
                        .filter(result ->
                                Hub.json(result.payload()).path("duplicate").booleanValue())
                        .count());
        assertEquals("plan-59", status(ACCOUNT).path("plan_id").asText());
        assertEquals("canceled", status(ACCOUNT).path("status").asText());
    }

    @Test
    void shouldSetUpAgainAfterTheEndAndNotUndoTheEndForAnOldRequest() throws Exception {
        Hub.Started first = worker();
        BlockingQueue<Reply> done = new LinkedBlockingQueue<>();
        setup(ACCOUNT);
        await(first.run().stop());
        Hub.Started silent = silent(done);
        await(hub.client.publish(of(ACCOUNT, BillingEvents.CHECKOUT, "{}")));
        done.take(); // it was active already
        worker();
        update("u-1", "canceled", at("2026-04-01T00:00:00Z", "default"));
        silent.die();
        hub.historyOf(2, "bus.billing.checkout_session.response");
        assertEquals("canceled", status(ACCOUNT).path("status").asText());

        setup(ACCOUNT); // the clock has not come to the end's time, and yet
        assertEquals("active", status(ACCOUNT).path("status").asText());
    }

    @Test
    void shouldMoveToThePlanThatIsAskedFor() throws Exception {
        worker("quota-config", plans());
        setup(ACCOUNT);
        hub.answer(of(ACCOUNT, BillingEvents.CHECKOUT, "{\"plan_id\":\"large\"}"));
        assertEquals("large", status(ACCOUNT).path("plan_id").asText());
        setup(ACCOUNT);
        assertEquals("large", status(ACCOUNT).path("plan_id").asText());
        Envelope unknown = hub.ask(of(ACCOUNT, BillingEvents.CHECKOUT, "{\"plan_id\":\"huge\"}"));
        assertEquals("bad_request", unknown.error().type());
        assertEquals("there is no plan \"huge\"", unknown.error().message());
    }

    /** A plan without limits need not be in the file of limits, and what a 402 says has to help. */
    @Test
    void shouldMoveToThePlanThatAQuotaNamesThoughItHasNoQuotas() throws Exception {
        String file = Files.writeString(folder.resolve("quota.json"), """
            {"plans":[{"id":"small","quotas":[{"feature":"ssh:run","meter_event_name":"runs","window":"day",
             "limit":1,"upgrade_plan_id":"pro"}]}]}
            """).toString();
        worker("quota-config", file);
        setup(ACCOUNT);
        hub.answer(
                BillingEvents.EXPORT,
                "{\"event_id\":\"e-1\",\"account_id\":\"" + ACCOUNT
                        + "\",\"feature\":\"ssh:run\",\"meter_event_name\":\"runs\",\"quantity\":1,\"occurred_at\":\""
                        + clock.instant() + "\"}");
        assertEquals(
                "bus billing setup --plan pro",
                entitlement("ssh:run").path("command").asText());

        hub.answer(of(ACCOUNT, BillingEvents.CHECKOUT, "{\"plan_id\":\"pro\"}"));

        assertEquals("pro", status(ACCOUNT).path("plan_id").asText());
        assertTrue(entitlement("ssh:run").path("allowed").booleanValue());
        Envelope other = hub.ask(of(ACCOUNT, BillingEvents.CHECKOUT, "{\"plan_id\":\"free\"}"));
        assertEquals("bad_request", other.error().type());
    }

    /** The hub gives one time to all that it stores together. */
    @Test
    void shouldTakeTheLaterOfTwoUpdatesWithoutATimeThatWereStoredTogether() throws Exception {
        Instant together = Instant.parse("2026-03-31T22:00:00Z");
        Store store = store();
        await(store.start());
        BillingHandler handler = new BillingHandler(
                store, Plans.NONE, new LocalSessions(store, BillingOptions.DEFAULT_BASE_URL, Plans.NONE, clock), clock);
        await(handler.handle(stored("evt_b", 8, together, "canceled", "")));
        await(handler.handle(stored("evt_a", 7, together, "active", "")));
        worker();
        assertEquals("canceled", status(ACCOUNT).path("status").asText());

        // Where a provider gives times, its own sequences tell, and places in the log do not.
        String time = ",\"occurred_at\":\"2026-03-31T23:00:00Z\"";
        await(handler.handle(stored("evt_c", 9, together, "incomplete", time)));
        await(handler.handle(stored("evt_d", 10, together, "past_due", time + ",\"sequence\":1")));
        assertEquals("past_due", status(ACCOUNT).path("status").asText());
        await(store.stop());
    }

    private static Envelope stored(String id, long sequence, Instant at, String status, String more) {
        return Envelope.builder(BillingEvents.UPDATE)
                .id(id)
                .sequence(sequence)
                .createdAt(at)
                .payload("{\"account_id\":\"" + ACCOUNT + "\",\"status\":\"" + status + "\"" + more + "}")
                .build();
    }

    // --- processes that die ---

    /** A table is missing for as long as a backup is restored, and workers come and go meanwhile. */
    @ParameterizedTest
    @ValueSource(strings = {BillingEvents.EXPORT, BillingEvents.UPDATE})
    void shouldKeepWhatMoreWorkersDiedWithThanAnEventHasDeliveries(String name) throws Exception {
        boolean paid = name.equals(BillingEvents.UPDATE);
        String table = paid ? "billing_update" : "billing_export";
        Store store = store();
        await(store.start());
        await(store.write(c -> Sql.update(c, "ALTER TABLE " + table + " RENAME TO away")));
        await(hub.client.publish(Envelope.builder(name)
                .correlationId("c-1")
                .payload(
                        paid
                                ? "{\"event_id\":\"u-1\",\"account_id\":\"" + ACCOUNT + "\",\"status\":\"active\"}"
                                : export("e-1", 7, "2026-03-31T22:00:01Z"))
                .build()));
        for (int i = 0; i < 7; i++) {
            Hub.Started process = worker();
            Hub.until("it has the event", () -> process.run().notReady().isPresent());
            process.die();
        }
        Hub.Started last = worker();
        Hub.until("it has the event", () -> last.run().notReady().isPresent());
        await(store.write(c -> Sql.update(c, "ALTER TABLE away RENAME TO " + table)));
        await(store.stop());

        Envelope response = hub.correlated(paid ? BillingEvents.UPDATED : "bus.billing.usage.export.response", "c-1");
        assertEquals(null, response.error());
        assertTrue(response.payload().contains("\"duplicate\":false"), response.payload());
    }

    Store store() throws Exception {
        return new Store(hub.vertx, BillingOptions.read(Map.of(), environment()).database(), BillingTables.SCHEMA);
    }

    /** A process that does its work and dies before it says so. */
    Hub.Started silent(BlockingQueue<Reply> done) throws Exception {
        WorkerContext context = context();
        Store store = new Store(
                context.vertx(), BillingOptions.read(Map.of(), environment()).database(), BillingTables.SCHEMA);
        BillingHandler handler = new BillingHandler(
                store, Plans.NONE, new LocalSessions(store, BillingOptions.DEFAULT_BASE_URL, Plans.NONE, clock), clock);
        Worker worker = Worker.create(
                context.vertx(),
                context.client(),
                context.options()
                        .answers(BillingEvents.EXPORT, BillingEvents.CHECKOUT)
                        .answersAs(BillingEvents.UPDATE, BillingEvents.UPDATED)
                        .build(),
                request -> handler.handle(request).compose(reply -> {
                    done.add(reply);
                    return Promise.<Reply>promise().future();
                }));
        return hub.start(new WorkerSet(List.of(worker), List.of(store)), context);
    }
}
