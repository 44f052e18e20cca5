package com.busdk.workers.usage;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.event.Envelope;
import com.busdk.client.testing.PostgresServer;
import com.busdk.workers.store.Hub;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The usage worker on a real PostgreSQL. */
class PostgresUsageTest extends UsageSuite {
    private String database;

    @Override
    Map<String, String> environment() throws Exception {
        if (database == null) {
            database = PostgresServer.shared().newDatabase();
        }
        return Map.of("BUS_USAGE_DATABASE_URL", database);
    }

    @Test
    void shouldHoldRecordsWhileTheServerIsAway() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            database = server.newDatabase();
            Hub.Started process = worker("billing-export", "default");
            recorded(run("run-1", 1000));
            server.stop();
            for (int i = 2; i < 10; i++) {
                await(hub.client.publish(Envelope.builder(UsageEvents.RECORD)
                        .payload(run("run-" + i, 1000))
                        .build()));
            }
            Hub.until("not ready", () -> process.run().notReady().isPresent());
            assertEquals("unavailable", hub.ask(UsageEvents.LIST, "{}").error().type());
            assertEquals(1, hub.history("bus.usage.record.response").size());
            server.run();

            hub.historyOf(9, "bus.usage.record.response");
            assertEquals(9, hub.historyOf(9, UsageEvents.EXPORT).size());
            assertEquals(9, List.copyOf(stored()).size());
            Hub.until("ready again", () -> process.run().notReady().isEmpty());
            await(process.run().stop());
        }
    }
}
