package com.busdk.workers.usage;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.workers.store.Store;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code --self-test}: a record is stored once, listed, billed once and deleted, in memory. For one use; any thread. */
final class UsageSelfTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final String RECORD = """
        {"event_type":"container_run_finished","event_id":"self-test","occurred_at":"2026-01-01T11:00:00Z",\
        "account_id":"00000000-0000-4000-8000-000000000000","data":{"duration_ms":1500}}\
        """;

    private final Store store;
    private final UsageHandler handler;
    private final AtomicInteger exported = new AtomicInteger();

    UsageSelfTest(Store store) {
        this.store = store;
        this.handler = new UsageHandler(
                store, ExportPolicy.DEFAULT, exported::incrementAndGet, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    Future<String> run() {
        return store.start()
                .compose(_ -> ask("evt_1", UsageEvents.RECORD, RECORD, "\"duplicate\":false"))
                .compose(_ -> ask("evt_2", UsageEvents.RECORD, RECORD, "\"duplicate\":true"))
                .compose(_ -> ask("evt_3", UsageEvents.LIST, "{}", "\"duration_ms\":1500"))
                .compose(_ -> store.write(
                        connection -> UsageTables.claim(connection, NOW, NOW.plus(Duration.ofMinutes(1)), 10)))
                .compose(exports -> expect(
                        "\"quantity\":2",
                        exports.size() == 1 ? exports.getFirst().payload() : ""))
                .compose(_ -> ask("evt_4", UsageEvents.DELETE, "{}", "\"deleted\":1"))
                .compose(_ -> ask("evt_5", UsageEvents.LIST, "{}", "\"items\":[]"))
                .compose(_ -> expect("1", exported.toString()))
                .map("OK usage: recorded once, listed, exported once, deleted")
                .eventually(store::stop);
    }

    private Future<Void> ask(String id, String name, String payload, String expected) {
        Envelope request = Envelope.builder(name).id(id).payload(payload).build();
        return handler.handle(request).map(Reply::payload).compose(answer -> expect(expected, answer));
    }

    private static Future<Void> expect(String part, String text) {
        return text.contains(part)
                ? Future.succeededFuture()
                : Future.failedFuture(new IllegalStateException("the self-test got " + text + " without " + part));
    }
}
