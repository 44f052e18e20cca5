package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.workers.store.Store;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

/** {@code --self-test}: an account is set up, uses what it has, once, and is over its quota, in memory. For one use. */
final class BillingSelfTest {
    private static final String ACCOUNT = "00000000-0000-4000-8000-000000000000";
    private static final String QUESTION = "{\"account_id\":\"" + ACCOUNT + "\",\"scope\":\"container:run\"}";
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);
    private static final Plans PLANS = Plans.of(List.of(new Plans.Plan(
            "small",
            List.of(new Quota(
                    "container:run", "bus_container_runtime_seconds", Window.MONTH, 60, Optional.of("large"))))));

    private final Store store;
    private final BillingHandler handler;

    BillingSelfTest(Store store) {
        this.store = store;
        this.handler = new BillingHandler(
                store, PLANS, new LocalSessions(store, BillingOptions.DEFAULT_BASE_URL, PLANS, CLOCK), CLOCK);
    }

    Future<String> run() {
        return store.start()
                .compose(_ -> ask("evt_1", BillingEvents.ENTITLEMENT, QUESTION, "\"billing_required\""))
                .compose(_ -> ask("evt_2", BillingEvents.CHECKOUT, "{}", "\"url\":\"https://billing.invalid/checkout/"))
                .compose(_ -> ask("evt_3", BillingEvents.ENTITLEMENT, QUESTION, "\"allowed\":true"))
                .compose(_ -> ask("evt_4", BillingEvents.EXPORT, export(59), "\"duplicate\":false"))
                .compose(_ -> ask("evt_5", BillingEvents.EXPORT, export(59), "\"duplicate\":true"))
                .compose(_ -> ask("evt_6", BillingEvents.STATUS, "{}", "\"remaining\":1"))
                .compose(_ -> ask("evt_7", BillingEvents.EXPORT, export(1), "\"duplicate\":false"))
                .compose(_ -> ask("evt_8", BillingEvents.ENTITLEMENT, QUESTION, "\"recommended_plan\":\"large\""))
                .map("OK billing: set up, counted once, over quota")
                .eventually(store::stop);
    }

    private static String export(int seconds) {
        return "{\"event_id\":\"self-test-" + seconds + "\",\"account_id\":\"" + ACCOUNT
                + "\",\"feature\":\"container:run\",\"meter_event_name\":\"bus_container_runtime_seconds\",\"quantity\":"
                + seconds + ",\"occurred_at\":\"2026-01-01T11:00:00Z\"}";
    }

    private Future<Void> ask(String id, String name, String payload, String expected) {
        Envelope request = Envelope.builder(name)
                .id(id)
                .identityId(ACCOUNT)
                .payload(payload)
                .build();
        return handler.handle(request)
                .map(Reply::payload)
                .compose(answer -> answer.contains(expected)
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                new IllegalStateException("the self-test got " + answer + " without " + expected)));
    }
}
