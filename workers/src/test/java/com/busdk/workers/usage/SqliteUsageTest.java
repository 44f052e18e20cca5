package com.busdk.workers.usage;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.event.Envelope;
import com.busdk.workers.store.Hub;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The usage worker on SQLite. */
class SqliteUsageTest extends UsageSuite {
    @TempDir
    Path folder;

    @Override
    Map<String, String> environment() {
        return Map.of("BUS_USAGE_DATABASE_URL", "sqlite:" + folder.resolve("usage.db"));
    }

    @Test
    void shouldKeepItsTablesInTheStateDirectoryAcrossARestart() throws Exception {
        Map<String, String> environment = Map.of("XDG_STATE_HOME", folder.toString());
        Hub.Started first = hub.start(new UsageWorkerKind(clock), hub.context("usage", Map.of(), environment));
        recorded(record("e-1", "2026-01-01T00:00:00Z"));
        await(first.run().stop());
        hub.start(new UsageWorkerKind(clock), hub.context("usage", Map.of(), environment));

        assertEquals(List.of("e-1"), stored());
        Path file = folder.resolve("bus").resolve("usage.db");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void shouldForgetEverythingThatIsInMemoryOnly() throws Exception {
        Hub.Started first = worker("usage-backend", "memory");
        recorded(record("e-1", "2026-01-01T00:00:00Z"));
        assertEquals(List.of("e-1"), stored());
        await(first.run().stop());
        worker("usage-backend", "memory");
        assertEquals(List.of(), stored());
    }

    @Test
    void shouldEndAfterOneEventAndPublishItsExportBefore() throws Exception {
        Hub.Started once = worker("once", "true", "billing-export", "default");
        await(hub.client.publish(
                Envelope.builder(UsageEvents.RECORD).payload(run("run-1", 1)).build()));
        await(once.run().ended());
        assertEquals(1, hub.history(UsageEvents.EXPORT).size());
    }

    @Test
    void shouldPassItsSelfTest() {
        Vertx vertx = Vertx.vertx();
        try {
            assertEquals(
                    "OK usage: recorded once, listed, exported once, deleted",
                    await(new UsageWorkerKind().selfTest(vertx)));
        } finally {
            await(vertx.close());
        }
    }
}
