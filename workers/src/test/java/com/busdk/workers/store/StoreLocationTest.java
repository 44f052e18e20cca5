package com.busdk.workers.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.sql.DatabaseLocation;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreLocationTest {
    private static final StoreLocation.Names NAMES =
            new StoreLocation.Names("usage-backend", "BUS_USAGE_BACKEND", "BUS_USAGE_DATABASE_URL", "usage.db");

    private static DatabaseLocation read(String backend, String url) {
        Map<String, String> environment = new HashMap<>(Map.of("HOME", "/home/u"));
        if (url != null) {
            environment.put("BUS_USAGE_DATABASE_URL", url);
        }
        return StoreLocation.read(NAMES, backend == null ? Map.of() : Map.of("usage-backend", backend), environment);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                 |                              | sqlite:/home/u/.local/state/bus/usage.db
        sqlite   |                              | sqlite:/home/u/.local/state/bus/usage.db
        sqlite   | sqlite:/x/y.db               | sqlite:/x/y.db
        sqlite   | /x/y.db                      | sqlite:/x/y.db
                 | sqlite:/x/y.db               | sqlite:/x/y.db
                 | postgres://u:p@db:5433/books | postgres://u@db:5433/books
        postgres | postgres://u:p@db:5433/books | postgres://u@db:5433/books
                 | memory                       | memory
        memory   |                              | memory
        memory   | postgres://u:p@db:5433/books | memory\
        """)
    void shouldFindThePlace(String backend, String url, String expected) {
        assertEquals(expected, read(backend, url).toString());
    }

    @Test
    void shouldTakeTheVariableWhereThereIsNoFlag() {
        Map<String, String> environment = Map.of("BUS_USAGE_BACKEND", "memory", "HOME", "/home/u");
        assertEquals(new DatabaseLocation.Memory(), StoreLocation.read(NAMES, Map.of(), environment));
        assertEquals(
                new DatabaseLocation.Sqlite(Path.of("/home/u/.local/state/bus/usage.db")),
                StoreLocation.read(NAMES, Map.of("usage-backend", "sqlite"), environment));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        oracle   |                              | --usage-backend (BUS_USAGE_BACKEND): "oracle" is not known: write memory or sqlite or postgres
        postgres |                              | BUS_USAGE_DATABASE_URL: is not set
        postgres | sqlite:/x/y.db               | BUS_USAGE_DATABASE_URL: is not a PostgreSQL server
        sqlite   | postgres://u:secret@db/books | BUS_USAGE_DATABASE_URL: is not a file
        sqlite   | memory                       | BUS_USAGE_DATABASE_URL: is not a file
                 | mysql://u:secret@db/books    | BUS_USAGE_DATABASE_URL: a database is sqlite:PATH
        postgres | postgres://u:secret@:/       | BUS_USAGE_DATABASE_URL: the PostgreSQL location\
        """)
    void shouldRefuseWhatDoesNotFitAndKeepThePassword(String backend, String url, String message) {
        ConfigException e = assertThrows(ConfigException.class, () -> read(backend, url));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
        assertFalse(e.getMessage().contains("secret"), e.getMessage());
    }
}
