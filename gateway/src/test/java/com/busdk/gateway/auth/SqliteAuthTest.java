package com.busdk.gateway.auth;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

class SqliteAuthTest extends AuthSuite {
    @TempDir
    Path folder;

    @Override
    Map<String, String> storeFlags() {
        return Map.of("store-path", folder.resolve("auth.db").toString());
    }

    @Override
    Map<String, String> storeEnvironment() {
        return Map.of();
    }
}
