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
import com.busdk.workers.store.Hub;
import com.busdk.workers.store.Store;
import com.busdk.workers.usage.UsageWorkerKind;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the billing worker promises, on either database, with a real events service between it and who asks. */
abstract class BillingSuite extends BillingSubscriptionSuite {
    // --- quotas ---

    @Test
    void shouldDenyWhatIsUsedUpWithItsWindowAndThePlanToMoveTo() throws Exception {
        worker("quota-config", plans());
        setup(ACCOUNT);
        used(9);
        assertTrue(entitlement("container:run").path("allowed").booleanValue());
        used(1);
        assertEquals(
                Hub.json("{\"allowed\":false,\"reason\":\"quota_exceeded\",\"command\":\"bus billing setup --plan"
                        + " large\",\"recommended_plan\":\"large\",\"usage\":[{\"feature\":\"container:run\","
                        + "\"meter_event_name\":\"" + METER + "\",\"window\":\"hour\",\"used\":10,\"limit\":10,"
                        + "\"remaining\":0,\"exceeded\":true,\"window_start\":\"2026-03-31T22:00:00Z\","
                        + "\"resets_at\":\"2026-03-31T23:00:00Z\"}],\"plan_id\":\"small\"}"),
                entitlement("container:run"));
        assertTrue(entitlement("llm:proxy").path("allowed").booleanValue());
        JsonNode status = status(ACCOUNT);
        assertEquals(List.of(10L, 10L, 0L), used(status));
        assertEquals("upgrade_plan", status.path("next_action").asText());
        assertEquals("bus billing setup --plan large", status.path("command").asText());

        hub.answer(of(ACCOUNT, BillingEvents.CHECKOUT, "{\"plan_id\":\"large\"}"));
        assertTrue(entitlement("container:run").path("allowed").booleanValue(), "that command helps");
        assertEquals("large", status(ACCOUNT).path("plan_id").asText());
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
    void shouldCountWhatWasUsedAndPaidBeforeTheFirstWorkerEverCame() throws Exception {
        for (String id : List.of("before-1", "before-2", "before-1")) {
            await(hub.client.publish(Envelope.builder(BillingEvents.EXPORT)
                    .payload(export(id, 2, "2026-03-31T22:00:01Z"))
                    .build()));
        }
        await(hub.client.publish(Envelope.builder(BillingEvents.UPDATE)
                .payload("{\"event_id\":\"u-1\",\"account_id\":\"" + ACCOUNT + "\",\"status\":\"active\""
                        + at("2026-03-01T00:00:00Z", "small", "container:run") + "}")
                .build()));
        worker("quota-config", plans());
        hub.historyOf(3, "bus.billing.usage.export.response");
        hub.historyOf(1, BillingEvents.UPDATED);

        JsonNode status = status(ACCOUNT);
        assertEquals("active", status.path("status").asText());
        assertEquals(4L, used(status).getFirst());
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
        bus.billing.usage.export.request      | {"event_id":" ","account_id":"a","feature":"f","meter_event_name":"m","quantity":1} | event_id is not an id
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
        {"url":"https://a.example/","url":"https://b.example/"} | bad_gateway
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

    @Test
    void shouldNameTheScopeWithoutWhichTheProviderCannotBeAsked() throws Exception {
        Map<String, String> flags = Map.of("provider-backend", "events");
        hub.start(
                new BillingWorkerKind(clock),
                hub.context("billing", Hub.SCOPES.replace(" billing:provider", ""), flags, environment()));
        Envelope response = hub.ask(of(ACCOUNT, BillingEvents.CHECKOUT, "{}"));
        assertEquals("unavailable", response.error().type());
        assertTrue(
                response.error().message().contains("billing:provider"),
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
