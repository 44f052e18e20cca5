package com.busdk.workers.store;

import static com.busdk.workers.upcloud.testing.Await.await;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.ListenObserver;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.events.PublishStream;
import com.busdk.client.testing.PostgresServer;
import com.busdk.workers.billing.BillingWorkerKind;
import com.busdk.workers.usage.UsageWorkerKind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures the two workers through an events service on disk, all in one process: a program and no test, since what it
 * tells depends on the machine. Without arguments all of it, else {@code usage} or {@code entitlement}.
 */
public final class BooksBench {
    private static final int RECORDS = 50_000;
    private static final int CHECKS_PER_SECOND = 500;
    private static final int SECONDS = 20;
    private static final String ACCOUNT = "6f1c2a34-0000-4000-8000-0123456789ab";

    private BooksBench() {}

    /** Runs it and prints a line for each. */
    public static void main(String[] arguments) throws Exception {
        List<String> parts = arguments.length == 0 ? List.of("usage", "entitlement") : Arrays.asList(arguments);
        Path folder = Files.createTempDirectory("bus-books-bench-");
        if (parts.contains("usage")) {
            usage("sqlite", Map.of("BUS_USAGE_DATABASE_URL", "sqlite:" + folder.resolve("usage.db")), folder);
            try (PostgresServer server = PostgresServer.start()) {
                usage("postgres", Map.of("BUS_USAGE_DATABASE_URL", server.newDatabase()), folder);
            }
        }
        if (parts.contains("entitlement")) {
            entitlement(Map.of("BUS_BILLING_DATABASE_URL", "sqlite:" + folder.resolve("billing.db")), folder);
        }
        System.exit(0); // what is left is in a folder for temporary files
    }

    private static void usage(String database, Map<String, String> environment, Path folder) throws Exception {
        try (Hub hub = new Hub(folder.resolve("events-usage-" + database))) {
            hub.start(new UsageWorkerKind(), hub.context("usage", Map.of("billing-export", "default"), environment));
            for (int round = 0; round < 3; round++) {
                AtomicInteger answers = new AtomicInteger();
                Promise<Void> all = Promise.promise();
                Listening listening = hub.client.listenRaw(
                        ListenOptions.of("bus.usage.record.response").build(),
                        batch -> {
                            if (answers.addAndGet(batch.size()) >= RECORDS) {
                                all.tryComplete();
                            }
                            return Future.succeededFuture();
                        },
                        ListenObserver.NONE);
                await(listening.connected());
                long begun = System.nanoTime();
                PublishStream stream = await(hub.client.openPublishStream());
                for (int i = 0; i < RECORDS; i++) {
                    await(stream.write(record()));
                }
                await(stream.end());
                long published = System.nanoTime();
                all.future().await(5, TimeUnit.MINUTES);
                double seconds = (System.nanoTime() - begun) / 1e9;
                System.out.printf(
                        "usage %s: %,d records stored and answered in %.2f s (published in %.2f s): %,.0f/s%n",
                        database, RECORDS, seconds, (published - begun) / 1e9, RECORDS / seconds);
                await(listening.close());
            }
        }
    }

    private static Envelope record() {
        return Envelope.builder("bus.usage.record.request")
                .payload("{\"event_type\":\"runtime_start_finished\",\"event_id\":\"" + UUID.randomUUID()
                        + "\",\"account_id\":\"" + ACCOUNT
                        + "\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"data\":{\"state\":\"ready\",\"ms\":1200}}")
                .build();
    }

    private static void entitlement(Map<String, String> environment, Path folder) throws Exception {
        Path quotas = Files.writeString(folder.resolve("quota.json"), """
            {"plans":[{"id":"default","quotas":[
              {"feature":"container:run","meter_event_name":"seconds","window":"hour","limit":1000000},
              {"feature":"container:run","meter_event_name":"seconds","window":"month","limit":1000000}]}]}
            """);
        try (Hub hub = new Hub(folder.resolve("events-billing"))) {
            hub.start(
                    new BillingWorkerKind(),
                    hub.context("billing", Map.of("quota-config", quotas.toString()), environment));
            hub.answer(Envelope.builder("bus.billing.checkout_session.request")
                    .identityId(ACCOUNT)
                    .build());
            checks(hub, 5); // warm
            long[] nanos = checks(hub, SECONDS);
            Arrays.sort(nanos);
            System.out.printf(
                    "entitlement sqlite: %d checks at %d/s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms%n",
                    nanos.length,
                    CHECKS_PER_SECOND,
                    nanos[nanos.length / 2] / 1e6,
                    nanos[nanos.length * 99 / 100] / 1e6,
                    nanos[nanos.length * 999 / 1000] / 1e6,
                    nanos[nanos.length - 1] / 1e6);
        }
    }

    /** Asks at a steady pace; a time counts from when the question was due, not from when it was asked. */
    private static long[] checks(Hub hub, int seconds) {
        List<Future<Long>> open = new ArrayList<>();
        long interval = TimeUnit.SECONDS.toNanos(1) / CHECKS_PER_SECOND;
        long begun = System.nanoTime();
        for (int i = 0; i < seconds * CHECKS_PER_SECOND; i++) {
            long due = begun + i * interval;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            Envelope question = Envelope.builder("bus.billing.entitlement.check.request")
                    .identityId(ACCOUNT)
                    .payload("{\"account_id\":\"" + ACCOUNT + "\",\"scope\":\"container:run\"}")
                    .build();
            open.add(hub.client.request(question, Duration.ofSeconds(10)).map(answer -> {
                if (!answer.payload().contains("\"allowed\":true")) {
                    throw new IllegalStateException("not allowed: " + answer.payload());
                }
                return System.nanoTime() - due;
            }));
        }
        return open.stream().mapToLong(future -> await(future)).toArray();
    }
}
