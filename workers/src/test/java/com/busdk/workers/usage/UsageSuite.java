package com.busdk.workers.usage;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.event.Envelope;
import com.busdk.client.sql.Sql;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.RequestHandler;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.store.Hub;
import com.busdk.workers.store.Store;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** What the usage worker promises, on either database, with a real events service between it and who asks. */
abstract class UsageSuite extends UsageRecordSuite {
    // --- exports ---

    @Test
    void shouldExportWhatIsBilledOnce() throws Exception {
        worker("billing-export", "default");
        recorded(run("run-1", 61_001));
        recorded(run("run-1", 61_001));
        recorded("{\"event_type\":\"usage_recorded\",\"event_id\":\"llm-1\",\"account_id\":\"" + ACCOUNT
                + "\",\"occurred_at\":\"2026-03-01T11:30:00Z\",\"data\":{\"total_tokens\":42}}");
        List<Envelope> exports = hub.historyOf(2, UsageEvents.EXPORT);

        assertEquals(2, exports.size());
        List<JsonNode> payloads =
                exports.stream().map(export -> Hub.json(export.payload())).toList();
        assertEquals(
                "{\"feature\":\"container:run\",\"meter\":\"bus_container_runtime_seconds\",\"quantity\":62}",
                summary(payloads.getFirst()));
        assertEquals(
                "{\"feature\":\"llm:proxy\",\"meter\":\"bus_llm_tokens\",\"quantity\":42}",
                summary(payloads.getLast()));
        assertEquals(ACCOUNT, payloads.getFirst().path("account_id").asText());
        assertEquals(ACCOUNT, exports.getFirst().identityId());
        assertEquals(
                "2026-03-01T11:00:00Z", payloads.getFirst().path("occurred_at").asText());
        assertEquals("run-1", payloads.getFirst().path("source_event_id").asText());
    }

    private static String summary(JsonNode payload) {
        return "{\"feature\":" + payload.path("feature") + ",\"meter\":" + payload.path("meter_event_name")
                + ",\"quantity\":" + payload.path("quantity") + "}";
    }

    @Test
    void shouldRecordWhatWasUsedBeforeTheFirstWorkerEverCame() throws Exception {
        for (String id : List.of("run-1", "run-2", "run-1")) {
            await(hub.client.publish(
                    Envelope.builder(UsageEvents.RECORD).payload(run(id, 1000)).build()));
        }
        await(hub.client.publish(
                Envelope.builder(UsageEvents.DELETE).payload("{}").build()));
        Hub.Started first = worker("billing-export", "default");
        recorded(run("run-3", 1000));
        hub.historyOf(4, RESPONSE);
        await(first.run().stop());
        // From the beginning once: what comes next is the next event, and nothing is recorded or billed anew.
        worker("billing-export", "default");
        recorded(run("run-4", 1000));

        assertEquals(
                List.of("run-1", "run-2", "run-3", "run-4"),
                stored().stream().sorted().toList());
        assertEquals(5, hub.historyOf(5, RESPONSE).size());
        assertEquals(4, hub.historyOf(4, UsageEvents.EXPORT).size());
        // Whoever asked for that has given up long ago, and what there is now is not what was there then.
        assertEquals(List.of(), hub.history("bus.usage.delete.response"));
    }

    @Test
    void shouldExportNothingUnlessToldTo() throws Exception {
        Hub.Started process = worker();
        recorded(run("run-1", 1000));
        await(process.run().stop()); // publishes what is left, were there anything
        assertEquals(List.of(), hub.history(UsageEvents.EXPORT));
        assertEquals(0, left());
    }

    /** How many exports the tables still hold. */
    private int left() throws Exception {
        Store store = store();
        int left = await(store.start()
                .compose(_ -> store.write(connection -> UsageTables.claim(
                                connection,
                                Instant.parse("2100-01-01T00:00:00Z"),
                                Instant.parse("2100-01-02T00:00:00Z"),
                                1000)
                        .size())));
        await(store.stop());
        return left;
    }

    Store store() throws Exception {
        return new Store(hub.vertx, UsageOptions.read(Map.of(), environment()).database(), UsageTables.SCHEMA);
    }

    @Test
    void shouldPublishWhatADeadProcessHadOnlyStored() throws Exception {
        Store store = store();
        await(store.start());
        RequestHandler dies = new UsageHandler(store, ExportPolicy.DEFAULT, () -> {}, clock);
        await(dies.handle(event("evt_a", run("run-1", 1000))));
        await(store.stop());

        worker("billing-export", "default");
        assertEquals(1, hub.historyOf(1, UsageEvents.EXPORT).size());
        hub.ask(UsageEvents.RECORD, run("run-1", 1000));
        recorded(run("run-2", 1000));
        assertEquals(2, hub.historyOf(2, UsageEvents.EXPORT).size());
    }

    @Test
    void shouldPublishOnceWhatADeadProcessHadPublishedAndNotForgotten() throws Exception {
        Store store = store();
        await(store.start());
        await(new UsageHandler(store, ExportPolicy.DEFAULT, () -> {}, clock)
                .handle(event("evt_a", run("run-1", 1000))));
        List<UsageExport> claimed = await(store.write(connection ->
                UsageTables.claim(connection, clock.instant(), clock.instant().plus(Outbox.CLAIM), 10)));
        await(store.stop());
        // As the worker that died: idempotency keys belong to the subject of the token.
        await(hub.client("usage", Hub.SCOPES).publish(claimed.getFirst().envelope()));

        Hub.Started next = worker("billing-export", "default");
        recorded(run("run-2", 1000));
        hub.historyOf(2, UsageEvents.EXPORT);
        clock.advance(Outbox.CLAIM.plusSeconds(1));
        recorded(run("run-3", 1000)); // wakes it, and the claim of the dead one is over
        hub.historyOf(3, UsageEvents.EXPORT);
        await(next.run().stop());
        assertEquals(3, hub.history(UsageEvents.EXPORT).size());
        assertEquals(0, left());
    }

    @Test
    void shouldPublishWhatIsLeftBeforeItStops() throws Exception {
        Store store = store();
        await(store.start());
        UsageHandler handler = new UsageHandler(store, ExportPolicy.DEFAULT, () -> {}, clock);
        for (int i = 0; i <= Outbox.MAX_ROUND; i++) {
            await(handler.handle(event("evt_" + i, run("run-" + i, 1000))));
        }
        await(new Outbox(hub.vertx, hub.client, store, clock).stop());
        await(store.stop());
        assertEquals(Outbox.MAX_ROUND, hub.history(UsageEvents.EXPORT).size());
        assertEquals(1, left(), "one round, and no more");
    }

    @Test
    void shouldEndWithItsTokenWhereThatMayNotExport() throws Exception {
        WorkerContext context = hub.context(
                "usage", "usage:write usage:read usage:delete", Map.of("billing-export", "default"), environment());
        Hub.Started process = hub.start(new UsageWorkerKind(clock), context);
        await(hub.client.publish(
                Envelope.builder(UsageEvents.RECORD).payload(run("run-1", 1000)).build()));

        Throwable end = await(process.run().ended().transform(done -> Future.succeededFuture(done.cause())));
        assertTrue(end.getMessage().contains("billing:usage:export"), end.getMessage());
        worker("billing-export", "default");
        clock.advance(Outbox.CLAIM.plusSeconds(1));
        recorded(run("run-2", 1000));
        assertEquals(2, hub.historyOf(2, UsageEvents.EXPORT).size());
    }

    // --- deaths ---

    private static Envelope event(String id, String payload) {
        return Envelope.builder(UsageEvents.RECORD).id(id).payload(payload).build();
    }

    /** A process that does its work and dies before it says so. */
    private Hub.Started silent(BlockingQueue<Reply> done) throws Exception {
        WorkerContext context = context("billing-export", "default");
        Store store = new Store(
                context.vertx(), UsageOptions.read(Map.of(), environment()).database(), UsageTables.SCHEMA);
        UsageHandler handler = new UsageHandler(store, ExportPolicy.DEFAULT, () -> {}, clock);
        return hub.start(
                new WorkerSet(
                        context.workers(
                                request -> handler.handle(request).compose(reply -> {
                                    done.add(reply);
                                    return Promise.<Reply>promise().future();
                                }),
                                List.of(WorkerContext.Part.of(
                                        UsageEvents.RECORD, UsageEvents.LIST, UsageEvents.DELETE))),
                        List.of(store)),
                context);
    }

    @Test
    void shouldAnswerForAWorkerThatDiedAfterStoring() throws Exception {
        BlockingQueue<Reply> done = new LinkedBlockingQueue<>();
        Hub.Started first = silent(done);
        await(hub.client.publish(Envelope.builder(UsageEvents.RECORD)
                .payload(run("run-1", 1000))
                .correlationId("c-1")
                .build()));
        assertTrue(done.take().payload().contains("\"duplicate\":false"));
        worker("billing-export", "default");
        first.die();

        Envelope response = hub.correlated(RESPONSE, "c-1");
        assertTrue(response.payload().contains("\"duplicate\":true"), response.payload());
        assertEquals(List.of("run-1"), stored());
        assertEquals(1, hub.historyOf(1, UsageEvents.EXPORT).size());
        assertEquals(1, hub.history(RESPONSE).size());
    }

    @Test
    void shouldNotDeleteASecondPageForAWorkerThatDiedAfterDeleting() throws Exception {
        BlockingQueue<Reply> done = new LinkedBlockingQueue<>();
        Hub.Started filler = worker();
        for (int i = 0; i < 4; i++) {
            recorded(record("e-" + i, "2026-01-01T00:00:0" + i + "Z"));
        }
        await(filler.run().stop());
        Hub.Started first = silent(done);
        await(hub.client.publish(Envelope.builder(UsageEvents.DELETE)
                .payload("{\"page_size\":2}")
                .correlationId("c-1")
                .build()));
        assertEquals("{\"deleted\":2}", done.take().payload());
        worker();
        first.die();

        assertEquals(
                "{\"deleted\":2}",
                hub.correlated("bus.usage.delete.response", "c-1").payload());
        assertEquals(List.of("e-2", "e-3"), stored());
    }

    /** A table is missing for as long as a backup is restored, and workers come and go meanwhile. */
    @Test
    void shouldKeepARecordThatMoreWorkersDiedWithThanAnEventHasDeliveries() throws Exception {
        Store store = store();
        await(store.start());
        await(store.write(c -> Sql.update(c, "ALTER TABLE usage_event RENAME TO away")));
        await(hub.client.publish(Envelope.builder(UsageEvents.RECORD)
                .payload(run("run-1", 1000))
                .correlationId("c-1")
                .build()));
        for (int i = 0; i < 7; i++) {
            Hub.Started process = worker("billing-export", "default");
            Hub.until("it has the record", () -> process.run().notReady().isPresent());
            process.die();
        }
        Hub.Started last = worker("billing-export", "default");
        Hub.until("it has the record", () -> last.run().notReady().isPresent());
        await(store.write(c -> Sql.update(c, "ALTER TABLE away RENAME TO usage_event")));
        await(store.stop());

        Envelope response = hub.correlated(RESPONSE, "c-1");
        assertTrue(response.payload().contains("\"duplicate\":false"), response.payload());
        assertEquals(List.of("run-1"), stored());
    }

    // --- what is old ---

    @Test
    void shouldForgetWhatWasDeletedLongAgo() throws Exception {
        Store store = store();
        await(store.start());
        UsageHandler handler = new UsageHandler(store, ExportPolicy.NONE, () -> {}, clock);
        await(handler.handle(event("evt_a", record("gone", "2026-01-01T00:00:00Z"))));
        await(store.write(connection -> UsageTables.delete(
                connection, "evt_d", new UsageSelector(clock.instant(), 1, 10, OptionalInt.empty()), clock.instant())));
        await(handler.handle(event("evt_b", record("kept", "2026-01-01T00:00:00Z"))));

        clock.advance(UsageTables.KEPT_AFTER_DELETION);
        assertEquals(0, (int) await(store.write(connection -> UsageTables.sweep(connection, clock.instant()))));
        clock.advance(Duration.ofSeconds(1));
        assertEquals(2, (int) await(store.write(connection -> UsageTables.sweep(connection, clock.instant()))));
        assertTrue(await(handler.handle(event("evt_c", record("gone", "2026-01-01T00:00:00Z"))))
                .payload()
                .contains("\"duplicate\":false"));
        assertTrue(await(handler.handle(event("evt_e", record("kept", "2026-01-01T00:00:00Z"))))
                .payload()
                .contains("\"duplicate\":true"));
        await(store.stop());
    }
}
