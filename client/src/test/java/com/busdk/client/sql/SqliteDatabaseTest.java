package com.busdk.client.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteDatabaseTest extends DatabaseSuite.Lasting {
    @TempDir
    Path folder;

    @Override
    DatabaseLocation location() {
        return new DatabaseLocation.Sqlite(folder.resolve("made by it").resolve("store.db"));
    }

    @Test
    void shouldBeForItsOwnersEyesOnly() throws Exception {
        await(insert("a", 1));
        try (Stream<Path> files = Files.list(folder.resolve("made by it"))) {
            for (Path file : files.toList()) {
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                        file.toString());
            }
        }
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("made by it"))));
    }

    @Test
    void shouldFlushEachCommitAndWatchKeys() throws Exception {
        assertEquals(
                List.of("wal", "2", "1"),
                await(database.write(
                        c -> List.of(pragma(c, "journal_mode"), pragma(c, "synchronous"), pragma(c, "foreign_keys")))));
    }

    private static String pragma(java.sql.Connection connection, String name) throws SQLException {
        return Sql.first(connection, row -> row.getString(1), "PRAGMA " + name).orElse("");
    }

    @Test
    void shouldSayWhatIsWrongWithAFileThatIsNone() throws Exception {
        Path file = Files.writeString(folder.resolve("text"), "not a database, but long enough to look at".repeat(50));

        Throwable failure = failure(Database.open(vertx, new DatabaseLocation.Sqlite(file), SCHEMA));

        assertInstanceOf(ConfigException.class, failure);
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
    }

    @Test
    void shouldSayThatAFileCannotBeMade() throws Exception {
        Path file = Files.writeString(folder.resolve("text"), "x").resolve("store.db");

        Throwable failure = failure(Database.open(vertx, new DatabaseLocation.Sqlite(file), SCHEMA));

        assertInstanceOf(ConfigException.class, failure);
    }
}
