package com.busdk.workers.billing;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.workers.store.Hub;
import io.vertx.core.Vertx;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The billing worker on SQLite. */
class SqliteBillingTest extends BillingSuite {
    @Override
    Map<String, String> environment() {
        return Map.of("BUS_BILLING_DATABASE_URL", "sqlite:" + folder.resolve("billing.db"));
    }

    @Test
    void shouldKeepItsTablesAcrossARestart() throws Exception {
        Hub.Started first = worker();
        setup(ACCOUNT);
        await(first.run().stop());
        worker();
        assertEquals("active", status(ACCOUNT).path("status").asText());
    }

    @Test
    void shouldEndAfterOneEvent() throws Exception {
        Hub.Started once = worker("once", "true");
        setup(ACCOUNT);
        await(once.run().ended());
        worker();
        assertEquals("active", status(ACCOUNT).path("status").asText());
    }

    @Test
    void shouldPassItsSelfTest() {
        Vertx vertx = Vertx.vertx();
        try {
            String said = await(new BillingWorkerKind().selfTest(vertx));
            assertTrue(said.startsWith("OK billing"), said);
        } finally {
            await(vertx.close());
        }
    }
}
