package com.busdk.gateway.auth;

import com.busdk.client.testing.PostgresServer;
import java.util.Map;

class PostgresAuthTest extends AuthSuite {
    @Override
    Map<String, String> storeFlags() {
        return Map.of();
    }

    @Override
    Map<String, String> storeEnvironment() throws Exception {
        return Map.of("BUS_AUTH_POSTGRES_DSN", PostgresServer.shared().emptyDatabase("auth_test"));
    }
}
