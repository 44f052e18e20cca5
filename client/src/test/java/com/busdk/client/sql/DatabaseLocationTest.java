package com.busdk.client.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.sql.DatabaseLocation.Memory;
import com.busdk.client.sql.DatabaseLocation.Postgres;
import com.busdk.client.sql.DatabaseLocation.Sqlite;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseLocationTest {
    private static final Postgres FULL =
            new Postgres("db.example", 6432, "bus data", "u@x", "p@ss/w:rd", Map.of("sslmode", "require"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres://u%40x:p%40ss%2Fw:rd@db.example:6432/bus%20data?sslmode=require",
                "postgresql://u%40x:p%40ss%2Fw:rd@db.example:6432/bus%20data?sslmode=require",
                "host=db.example port=6432 dbname='bus data' user=u@x password=p@ss/w:rd sslmode=require",
                "  user = 'u@x'  password='p@ss/w:rd' host=db.example port=6432 dbname=bus\\ data sslmode=require "
            })
    void shouldReadBothNotations(String text) {
        assertEquals(FULL, DatabaseLocation.parse(text));
    }

    @Test
    void shouldTakeWhatLibpqTakesForWhatIsLeftOut() {
        assertEquals(new Postgres("localhost", 5432, "me", "me", "", Map.of()), DatabaseLocation.parse("user=me"));
        assertEquals(
                new Postgres("::1", 5432, "me", "me", "", Map.of()), DatabaseLocation.parse("postgres://me@[::1]"));
        assertEquals(
                new Postgres("h", 5432, "d", "u", "it's", Map.of()),
                DatabaseLocation.parse("host=h dbname=d user=u password='it\\'s'"));
        assertEquals(
                new Postgres("h", 5432, "d", "u", "a+b", Map.of()), DatabaseLocation.parse("postgres://u:a+b@h/d"));
        assertEquals(
                new Postgres("127.0.0.1", 5432, "d", "u", "", Map.of()),
                DatabaseLocation.parse("postgres://u@127.0.0.1:/d"));
    }

    /** As the networks of containers have them. */
    @Test
    void shouldTakeAnUnderscoreInTheNameOfAHost() {
        assertEquals(
                new Postgres("bus_db-1.local", 6432, "bus", "u", "p@ss", Map.of("sslmode", "disable")),
                DatabaseLocation.parse("postgres://u:p%40ss@bus_db-1.local:6432/bus?sslmode=disable"));
        assertEquals(
                new Postgres("bus_db", 5432, "u", "u", "", Map.of()), DatabaseLocation.parse("postgres://u@bus_db"));
    }

    @ParameterizedTest
    @CsvSource({
        "sqlite:/var/lib/bus/auth.db,/var/lib/bus/auth.db",
        "sqlite:auth.db,auth.db",
        "data/auth.db,data/auth.db",
        "sqlite:///var/lib/a.db,/var/lib/a.db"
    })
    void shouldReadFiles(String text, String file) {
        assertEquals(new Sqlite(Path.of(file)), DatabaseLocation.parse(text));
    }

    @Test
    void shouldKnowMemory() {
        assertEquals(new Memory(), DatabaseLocation.parse("memory"));
        assertEquals(Dialect.SQLITE, DatabaseLocation.parse("memory").dialect());
        assertEquals(Dialect.POSTGRES, FULL.dialect());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sqlite:",
                "sqlite:a?cache=shared",
                "mysql://u:secret@h/d",
                "postgres://u:secret@/d",
                "postgres://u:secret@h1,h2/d",
                "postgres://u:secret@h_1,h_2/d",
                "postgres://u:secret@h_1:1,h_2:2/d",
                "postgres://u:secret@h_1:70000/d",
                "postgres://u:secret@h_1:99999999999/d",
                "postgres://u:secret@h$1/d",
                "postgres://u:secret@%2Frun%2Fpg/d",
                "postgres://u:secret@[::1/d",
                "postgres://u:sec ret@h/d",
                "postgres://:secret@h/",
                "postgres://u:secret@h:0/d",
                "postgres://u:secret@h:70000/d",
                "postgres://u:secret@h/d?password=secret",
                "postgres://u:secret@h/d?loadBalanceHosts=secret",
                "postgres://u:secret@h/d?secret",
                "postgres://u:secret%zz@h/d",
                "user=u password=secret host=/run/postgresql",
                "user=u password=secret port=secret",
                "user=u password='secret",
                "user=u password=a secret",
                "user=u password=a secret=b",
                "host=h password=secret"
            })
    void shouldRefuseWithoutRepeatingIt(String text) {
        IllegalArgumentException wrong =
                assertThrows(IllegalArgumentException.class, () -> DatabaseLocation.parse(text));
        assertFalse(wrong.getMessage().contains("secret"), wrong.getMessage());
    }

    @Test
    void shouldNotPrintThePassword() {
        assertEquals("postgres://u@x@db.example:6432/bus data[sslmode]", FULL.toString());
        assertFalse(new Memory().toString().isEmpty());
    }
}
