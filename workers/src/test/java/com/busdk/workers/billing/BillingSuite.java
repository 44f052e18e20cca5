package com.busdk.workers.billing;

import static com.busdk.workers.store.Hub.each;
import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.store.Hub;
import com.busdk.workers.store.MovableClock;
import com.busdk.workers.store.Store;
import com.busdk.workers.usage.UsageWorkerKind;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the billing worker promises, on either database, with a real events service between it and who asks. */
@Timeout(120)
abstract class BillingSuite {
    static final String ACCOUNT = "6f1c2a34-0000-4000-8000-0123456789ab";
    static final String OTHER = "6f1c2a34-0000-4000-8000-0123456789ac";
    private static final String METER = "bus_container_runtime_seconds";
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
    private int exports;

    @TempDir
    Path folder;

    /** Where the tables are, as the environment says it; the same for all processes of a test. */
    abstract Map<String, String> environment() throws Exception;

    @AfterEach
    void closeHub() {
        hub.close();
    }

    WorkerContext context(String... flags) throws Exception {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < flags.length; i += 2) {
            all.put(flags[i], flags[i + 1]);
        }
        return hub.context("billing", all, environment());
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

    private static List<Long> used(JsonNode status) {
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

    // --- quotas ---

    @Test
    void shouldDenyWhatIsUsedUpWithItsWindowAndThePlanToMoveTo() throws Exception {
        worker("quota-config", plans());
        setup(ACCOUNT);
        used(9);
        assertTrue(entitlement("container:run").path("allowed").booleanValue());
        used(1);
        assertEquals(
                Hub.json("{\"allowed\":false,\"reason\":\"quota_exceeded\",\"command\":\"bus billing portal\","
                        + "\"recommended_plan\":\"large\",\"usage\":[{\"feature\":\"container:run\","
                        + "\"meter_event_name\":\"" + METER + "\",\"window\":\"hour\",\"used\":10,\"limit\":10,"
                        + "\"remaining\":0,\"exceeded\":true,\"window_start\":\"2026-03-31T22:00:00Z\","
                        + "\"resets_at\":\"2026-03-31T23:00:00Z\"}],\"plan_id\":\"small\"}"),
                entitlement("container:run"));
        assertTrue(entitlement("llm:proxy").path("allowed").booleanValue());
        JsonNode status = status(ACCOUNT);
        assertEquals(List.of(10L, 10L, 0L), used(status));
        assertEquals("upgrade_plan", status.path("next_action").asText());
        assertEquals("bus billing portal", status.path("command").asText());
    }

    @Test
    void shouldLetAQuotaBeginAnewWithItsWindow() throws Exception {
        worker("quota-config", plans());
        setup(ACCOUNT);
        used(11);
        assertFalse(entitlement("container:run").path("allowed").booleanValue());
        clock.set("2026-03-31T22:59:59.999999Z");
        assertFalse(entitlement("container:run").path("allowed").booleanValue());
        clock.set("2026-03-31T23:00:00Z");
        assertTrue(entitlement("container:run").path("allowed").booleanValue());
        used(14); // 25 in this month
        clock.set("2026-04-01T00:00:00Z");
        assertTrue(entitlement("container:run").path("allowed").booleanValue());
        assertEquals(List.of(0L, 0L, 0L), used(status(ACCOUNT)));
        clock.set("2026-03-31T23:59:59Z");
        JsonNode denied = entitlement("container:run");
        assertEquals(
                List.of("hour", "month"),
                each(denied.path("usage"), each -> each.path("window").asText()));
    }

    @Test
    void shouldCountAnExportOnceHoweverOftenItComes() throws Exception {
        worker("quota-config", plans());
        worker("quota-config", plans());
        setup(ACCOUNT);
        Random random = new Random(3);
        List<Future<?>> sent = new ArrayList<>();
        boolean[] seen = new boolean[200];
        long sum = 0;
        for (int i = 0; i < 600; i++) {
            int id = random.nextInt(seen.length);
            sum += seen[id] ? 0 : id;
            seen[id] = true;
            sent.add(hub.client.publish(Envelope.builder(BillingEvents.EXPORT)
                    .payload(export("many-" + id, id, "2026-03-31T22:00:01Z"))
                    .build()));
        }
        await(Future.all(sent));
        hub.historyOf(600, "bus.billing.usage.export.response");
        assertEquals(List.of(sum, sum, 0L), used(status(ACCOUNT)));
    }

    @Test
    void shouldCountWhereItHappenedAndNotWhenItWasTold() throws Exception {
        worker("quota-config", plans());
        setup(ACCOUNT);
        hub.answer(BillingEvents.EXPORT, export("late", 7, "2026-03-31T21:59:59.999999Z"));
        hub.answer(BillingEvents.EXPORT, export("last-month", 5, "2026-02-28T23:59:59Z"));
        hub.answer(BillingEvents.EXPORT, export("early", 3, "2026-03-31T23:00:00Z"));
        assertEquals(List.of(0L, 10L, 0L), used(status(ACCOUNT)));
    }

    @Test
    void shouldShowTheMonthOfWhatHasNoQuota() throws Exception {
        worker();
        setup(ACCOUNT);
        used(62);
        assertEquals(
                Hub.json("[{\"feature\":\"container:run\",\"meter_event_name\":\"" + METER
                        + "\",\"window\":\"month\",\"used\":62,\"window_start\":\"2026-03-01T00:00:00Z\","
                        + "\"resets_at\":\"2026-04-01T00:00:00Z\"}]"),
                status(ACCOUNT).path("usage"));
        assertTrue(entitlement("container:run").path("allowed").booleanValue());
    }

    @Test
    void shouldStayAtASumThatIsMoreThanAnyQuota() throws Exception {
        Store store = store();
        await(store.start());
        List<ExportRequest> batch = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            batch.add(new ExportRequest(
                    "e-", Account.of(ACCOUNT), "f", "m", ExportRequest.MAX_QUANTITY, clock.instant()));
        }
        for (int round = 0; round < 20; round++) {
            List<ExportRequest> named = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                named.add(new ExportRequest(
                        "e-" + round + "-" + i,
                        Account.of(ACCOUNT),
                        "f",
                        "m",
                        ExportRequest.MAX_QUANTITY,
                        clock.instant()));
            }
            await(store.write(c -> BillingTables.count(c, named, clock.instant())));
        }
        Standing standing = await(store.read(c -> BillingTables.standing(c, Account.of(ACCOUNT), clock.instant())));
        assertTrue(standing.counters().stream().allMatch(each -> each.used() > Quota.MAX_LIMIT));
        await(store.stop());
    }

    // --- whose it is ---

    @Test
    void shouldTellAUserOnlyOfTheirOwnAccount() throws Exception {
        worker();
        setup(ACCOUNT);
        var other = hub.user(OTHER, "billing:read billing:setup");
        for (String name : List.of(BillingEvents.STATUS, BillingEvents.CHECKOUT, BillingEvents.PORTAL)) {
            Envelope request = Envelope.builder(name)
                    .identityId(ACCOUNT) // not heeded from a user's token
                    .payload("{\"account_id\":\"" + ACCOUNT + "\"}")
                    .build();
            Envelope refused = await(other.request(request, Duration.ofSeconds(30)));
            assertEquals("forbidden", refused.error().type(), name);
            assertEquals(OTHER, refused.identityId());
        }
        Envelope own =
                await(other.request(Envelope.builder(BillingEvents.STATUS).build(), Duration.ofSeconds(30)));
        assertEquals("missing", Hub.json(own.payload()).path("status").asText());
        assertEquals(OTHER, Hub.json(own.payload()).path("account_id").asText());
    }

    @Test
    void shouldTakeAUuidForTheSameAccountInEitherCase() throws Exception {
        worker();
        setup(ACCOUNT.toUpperCase(Locale.ROOT));
        assertEquals("active", status(ACCOUNT).path("status").asText());
        String upper = ACCOUNT.toUpperCase(Locale.ROOT);
        assertEquals(upper, status(upper).path("account_id").asText());
    }

    // --- wrong requests ---

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        bus.billing.entitlement.check.request | null                                | account_id is missing
        bus.billing.entitlement.check.request | [1]                                 | not an object
        bus.billing.entitlement.check.request | {"account_id":"a"}                  | scope is missing
        bus.billing.entitlement.check.request | {"account_id":"a","scope":["x"]}    | scope is not a text
        bus.billing.entitlement.check.request | {"account_id":"","scope":"x"}       | account_id is not a word
        bus.billing.entitlement.check.request | {"account_id":"a\\u0000","scope":"x"} | account_id is not a word
        bus.billing.entitlement.check.request | {"account_id":7,"scope":"x"}        | account_id is not a text
        bus.billing.entitlement.check.request | {"account_id":"a","scope":"x y"}    | scope is not a word
        bus.billing.status.request            | "me"                                | not an object
        bus.billing.status.request            | {"account_id":{}}                   | account_id is not a text
        bus.billing.checkout_session.request  | 1                                   | not an object
        bus.billing.checkout_session.request  | {"plan_id":""}                      | plan_id is not a word
        bus.billing.portal_session.request    | {"account_id":true}                 | account_id is not a text
        bus.billing.usage.export.request      | {}                                  | account_id is missing
        bus.billing.usage.export.request      | {"account_id":"a","feature":"f"}    | meter_event_name is missing
        bus.billing.usage.export.request      | {"account_id":"a","feature":"f","meter_event_name":"m"} | quantity is missing
        bus.billing.usage.export.request      | {"account_id":"a","feature":"f","meter_event_name":"m","quantity":-1} | quantity is not a whole number from 0
        bus.billing.usage.export.request      | {"account_id":"a","feature":"f","meter_event_name":"m","quantity":1.5} | quantity is not a whole number
        bus.billing.usage.export.request      | {"account_id":"a","feature":"f","meter_event_name":"m","quantity":1e99} | quantity is not a whole number
        bus.billing.usage.export.request      | {"account_id":"a","feature":"f","meter_event_name":"m","quantity":1,"occurred_at":"?"} | occurred_at is not a time
        bus.billing.usage.export.request      | {"event_id":" ","account_id":"a","feature":"f","meter_event_name":"m","quantity":1} | event_id is not a word
        bus.billing.subscription.update       | {}                                  | status is missing
        bus.billing.subscription.update       | {"status":"missing"}                | status is not one of
        bus.billing.subscription.update       | {"status":"ACTIVE"}                 | status is not one of
        bus.billing.subscription.update       | {"status":"active"}                 | account_id is missing
        bus.billing.subscription.update       | {"status":"active","account_id":"a","features":"x"}     | features is not a list
        bus.billing.subscription.update       | {"status":"active","account_id":"a","features":[7]}     | features has an item that is not a text
        bus.billing.subscription.update       | {"status":"active","account_id":"a","features":["a b"]} | features is not a word
        bus.billing.subscription.update       | {"status":"active","account_id":"a","sequence":-1}      | sequence is not a whole number
        bus.billing.subscription.update       | {"status":"active","account_id":"a","plan_id":[]}       | plan_id is not a text\
        """)
    void shouldAnswerWhatIsWrongWithAnError(String name, String payload, String message) throws Exception {
        worker();
        await(hub.client.publish(Envelope.builder(name)
                .identityId(ACCOUNT)
                .correlationId("wrong")
                .payload(payload)
                .build()));
        String answer =
                name.equals(BillingEvents.UPDATE) ? BillingEvents.UPDATED : name.replace(".request", ".response");
        Envelope response = hub.correlated(answer, "wrong");

        assertEquals("bad_request", response.error().type());
        assertTrue(
                response.error().message().contains(message), response.error().message());
        setup(ACCOUNT);
        assertEquals("active", status(ACCOUNT).path("status").asText());
    }

    // --- a provider behind events ---

    @Test
    void shouldAskTheProviderForItsPages() throws Exception {
        worker("provider-backend", "events");
        List<Envelope> asked = new ArrayList<>();
        Worker provider = provider(request -> {
            asked.add(request);
            return Future.succeededFuture(Reply.of("{\"url\":\"https://pay.example/s/1?a=b\"}"));
        });
        JsonNode answer = hub.answer(of(ACCOUNT, BillingEvents.CHECKOUT, "{\"plan_id\":\"large\"}"));
        hub.answer(of(ACCOUNT, BillingEvents.PORTAL, "{}"));
        await(provider.stop());

        assertEquals(Hub.json("{\"url\":\"https://pay.example/s/1?a=b\"}"), answer);
        assertEquals(
                List.of("bus.stripe.checkout.session.request", "bus.stripe.portal.session.request"),
                asked.stream().map(Envelope::name).toList());
        Envelope request = hub.history(BillingEvents.CHECKOUT).getFirst();
        assertEquals(
                Hub.json("{\"account_id\":\"" + ACCOUNT + "\",\"request_id\":\"" + request.id()
                        + "\",\"plan_id\":\"large\"}"),
                Hub.json(asked.getFirst().payload()));
        assertEquals(ACCOUNT, asked.getFirst().identityId());
        assertEquals("missing", status(ACCOUNT).path("status").asText(), "the provider says when it is paid");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {}                                  | bad_gateway
        {"url":7}                           | bad_gateway
        {"url":"javascript:alert(1)"}       | bad_gateway
        {"url":"https://u:p@pay.example/"}  | bad_gateway
        {"url":"https:///x"}                | bad_gateway
        []                                  | bad_gateway
        error                               | card_declined\
        """)
    void shouldNotPassOnWhatIsNoPage(String payload, String type) throws Exception {
        worker("provider-backend", "events");
        Worker provider = provider(request -> Future.succeededFuture(
                payload.equals("error") ? Reply.failed("card_declined", "no money") : Reply.of(payload)));
        Envelope response = hub.ask(of(ACCOUNT, BillingEvents.CHECKOUT, "{}"));
        await(provider.stop());
        assertEquals(type, response.error().type());
        assertFalse(response.error().message().contains("u:p"));
    }

    @Test
    void shouldSayThatThereIsNoProvider() throws Exception {
        worker("provider-backend", "events");
        Envelope response = hub.ask(of(ACCOUNT, BillingEvents.CHECKOUT, "{}"));
        assertEquals("unavailable", response.error().type());
        assertTrue(
                response.error().message().contains("payment provider"),
                response.error().message());
    }

    private Worker provider(RequestHandler handler) {
        Worker worker = Worker.create(
                hub.vertx,
                hub.client,
                WorkerOptions.named("stripe")
                        .answers("bus.stripe.checkout.session.request", "bus.stripe.portal.session.request")
                        .drain(Duration.ZERO)
                        .build(),
                handler);
        await(worker.start());
        return worker;
    }

    // --- deaths ---

    Store store() throws Exception {
        return new Store(hub.vertx, BillingOptions.read(Map.of(), environment()).database(), BillingTables.SCHEMA);
    }

    /** A process that does its work and dies before it says so. */
    private Hub.Started silent(BlockingQueue<Reply> done) throws Exception {
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

    @Test
    void shouldCountOnceForAWorkerThatDiedAfterCounting() throws Exception {
        BlockingQueue<Reply> done = new LinkedBlockingQueue<>();
        Hub.Started first = silent(done);
        await(hub.client.publish(Envelope.builder(BillingEvents.EXPORT)
                .payload(export("e-1", 5, "2026-03-31T22:00:00Z"))
                .correlationId("c-1")
                .build()));
        await(hub.client.publish(Envelope.builder(BillingEvents.UPDATE)
                .payload("{\"event_id\":\"u-1\",\"account_id\":\"" + ACCOUNT + "\",\"status\":\"active\"}")
                .correlationId("c-2")
                .build()));
        done.take();
        done.take();
        worker();
        first.die();

        assertTrue(hub.correlated("bus.billing.usage.export.response", "c-1")
                .payload()
                .contains("\"duplicate\":true"));
        assertTrue(hub.correlated(BillingEvents.UPDATED, "c-2").payload().contains("\"duplicate\":true"));
        assertEquals(List.of(5L), used(status(ACCOUNT)));
        assertEquals("active", status(ACCOUNT).path("status").asText());
    }

    // --- with the usage worker ---

    @Test
    void shouldCountTheSecondsOfARunThatTheUsageWorkerRecorded() throws Exception {
        worker("quota-config", plans());
        hub.start(
                new UsageWorkerKind(clock),
                hub.context(
                        "usage",
                        Map.of("billing-export", "default"),
                        Map.of("BUS_USAGE_DATABASE_URL", "sqlite:" + folder.resolve("usage.db"))));
        setup(ACCOUNT);
        for (int i = 0; i < 3; i++) {
            hub.answer(
                    "bus.usage.record.request",
                    "{\"event_type\":\"container_run_finished\",\"event_id\":\"run-1\",\"account_id\":\"" + ACCOUNT
                            + "\",\"occurred_at\":\"2026-03-31T22:15:00Z\",\"data\":{\"duration_ms\":2400}}");
        }
        hub.historyOf(1, "bus.billing.usage.export.response");
        assertEquals(List.of(3L, 3L, 0L), used(status(ACCOUNT)));
    }

    // --- what is old ---

    @Test
    void shouldForgetWindowsThatAreOver() throws Exception {
        Store store = store();
        await(store.start());
        Account account = Account.of(ACCOUNT);
        ExportRequest export = new ExportRequest("e-1", account, "f", "m", 1, clock.instant());
        await(store.write(c -> BillingTables.count(c, List.of(export), clock.instant())));
        clock.advance(Duration.ofDays(1).plusMinutes(2));
        assertEquals(1, (int) await(store.write(c -> BillingTables.sweep(c, clock.instant()))), "the minute");
        clock.advance(Duration.ofDays(60));
        assertEquals(4, (int) await(store.write(c -> BillingTables.sweep(c, clock.instant()))), "all but the total");
        Standing standing = await(store.read(c -> BillingTables.standing(c, account, clock.instant())));
        assertEquals(List.of(new Standing.Counter("f", "m", Window.TOTAL, 1)), standing.counters());
        assertEquals(
                List.of(false),
                await(store.write(c -> BillingTables.count(c, List.of(export), clock.instant()))),
                "it is remembered that it was counted");
        clock.advance(BillingTables.KEPT);
        assertEquals(1, (int) await(store.write(c -> BillingTables.sweep(c, clock.instant()))));
        await(store.stop());
    }
}
