package com.busdk.workers.billing;

import com.busdk.client.testing.PostgresServer;
import java.util.Map;

/** The billing worker on a real PostgreSQL. */
class PostgresBillingTest extends BillingSuite {
    private String database;

    @Override
    Map<String, String> environment() throws Exception {
        if (database == null) {
            database = PostgresServer.shared().newDatabase();
        }
        return Map.of("BUS_BILLING_DATABASE_URL", database);
    }
}
