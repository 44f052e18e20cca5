package com.busdk.client.sql;

import com.busdk.client.sql.DatabaseLocation.Memory;
import com.busdk.client.sql.DatabaseLocation.Postgres;
import com.busdk.client.sql.DatabaseLocation.Sqlite;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;

/**
 * Opens connections and begins transactions on them, as either database wants it. Immutable; its methods block.
 *
 * <p>Writers take turns, in this process and in all others that use the schema: SQLite knows it no other way, and
 * PostgreSQL has a lock for it. So nothing that one transaction has read is changed before it commits, on both, and no
 * work has to think of others that run at the same time.
 */
final class Connector {
    /** How long SQLite waits for another process that writes. */
    private static final int SQLITE_BUSY_MILLIS = 5_000;

    /** Seconds to reach a server and be let in. */
    private static final int CONNECT_SECONDS = 5;

    /** Longest statement, the wait for the lock included: a writer that hangs does not hold the others for ever. */
    private static final int STATEMENT_MILLIS = 15_000;

    /** Longest silence of a server; longer than its longest statement, so that it speaks first. */
    private static final int SOCKET_SECONDS = 30;

    /** Held by who makes tables, whichever: the table of all schemas is common to them. */
    private static final long MIGRATION_KEY = key("bus schemas");

    private final DatabaseLocation location;
    private final long lockKey;
    private final String schemaName;

    Connector(DatabaseLocation location, String schemaName) {
        this.location = location;
        this.schemaName = schemaName;
        this.lockKey = key("bus schema " + schemaName);
    }

    Dialect dialect() {
        return location.dialect();
    }

    DatabaseLocation location() {
        return location;
    }

    /** A connection that no transaction has begun on. */
    Connection open(boolean forWriting) throws SQLException {
        return switch (location) {
            case Memory _ -> sqlite(":memory:", forWriting);
            case Sqlite file -> sqlite(file.file().toAbsolutePath().toString(), forWriting);
            case Postgres server -> postgres(server, forWriting);
        };
    }

    /** Begins a transaction. One that writes waits until no other does. */
    void begin(Connection connection, boolean forWriting) throws SQLException {
        if (dialect() == Dialect.SQLITE) {
            // By hand: the driver would begin the next transaction, and take its lock, at the end of each. Locked
            // before
            // it reads, since a reader that then wants to write would be refused instead of waiting.
            execute(connection, forWriting ? "BEGIN IMMEDIATE" : "BEGIN");
        } else if (forWriting) {
            // https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS: held until the end of the
            // transaction, and gone with its connection.
            lock(connection, lockKey);
        }
    }

    /**
     * As {@link #begin}, with all the time that new tables may take, and one after the other across all schemas of a
     * database: of two that make their common table at once, PostgreSQL would refuse one, though it is to be made only if
     * it is not there. This lock is always taken before that of a schema, so nobody waits in a circle.
     */
    void beginMigration(Connection connection) throws SQLException {
        if (dialect() == Dialect.POSTGRES) {
            execute(connection, "SET LOCAL statement_timeout = 0");
            lock(connection, MIGRATION_KEY);
        }
        begin(connection, true);
    }

    private static void lock(Connection connection, long key) throws SQLException {
        Sql.list(connection, _ -> "", "SELECT pg_advisory_xact_lock(?)", key);
    }

    /** Commits a transaction. */
    void commit(Connection connection) throws SQLException {
        if (dialect() == Dialect.SQLITE) {
            execute(connection, "COMMIT");
        } else {
            connection.commit();
        }
    }

    /** Undoes a transaction. */
    void rollback(Connection connection) throws SQLException {
        if (dialect() == Dialect.SQLITE) {
            execute(connection, "ROLLBACK");
        } else {
            connection.rollback();
        }
    }

    /** Makes the file, and the folder that it is in, for nobody else's eyes; SQLite gives its side files the same. */
    void prepare() throws IOException {
        if (!(location instanceof Sqlite sqlite)) {
            return;
        }
        Path file = sqlite.file().toAbsolutePath();
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        Path folder = file.getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder, posix ? owner("rwx------") : new FileAttribute<?>[0]);
        }
        try {
            Files.createFile(file, posix ? owner("rw-------") : new FileAttribute<?>[0]);
        } catch (FileAlreadyExistsException e) {
            return; // with the permissions that its owner gave it
        }
    }

    private static FileAttribute<?>[] owner(String permissions) {
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }

    private static Connection sqlite(String file, boolean forWriting) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try {
            for (String setting : List.of(
                    "busy_timeout = " + SQLITE_BUSY_MILLIS,
                    "journal_mode = WAL",
                    "synchronous = FULL", // an answer means that it is on the disk
                    "foreign_keys = ON",
                    "trusted_schema = OFF",
                    "query_only = " + (forWriting ? "OFF" : "ON"))) {
                execute(connection, "PRAGMA " + setting);
            }
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private Connection postgres(Postgres server, boolean forWriting) throws SQLException {
        Properties properties = new Properties();
        // The driver's words for what libpq calls otherwise.
        server.parameters()
                .forEach((word, value) -> properties.setProperty(
                        switch (word) {
                            case "connect_timeout" -> "connectTimeout";
                            case "application_name" -> "ApplicationName";
                            default -> word;
                        },
                        value));
        properties.putIfAbsent("ApplicationName", "bus " + schemaName);
        properties.putIfAbsent("connectTimeout", Integer.toString(CONNECT_SECONDS));
        properties.setProperty("loginTimeout", Integer.toString(2 * CONNECT_SECONDS));
        properties.setProperty("socketTimeout", Integer.toString(SOCKET_SECONDS));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("logServerErrorDetail", "false"); // the detail has the values of rows
        properties.setProperty(
                "options",
                "-c statement_timeout=" + STATEMENT_MILLIS + " -c idle_in_transaction_session_timeout="
                        + STATEMENT_MILLIS);
        properties.setProperty("user", server.user());
        if (!server.password().isEmpty()) {
            properties.setProperty("password", server.password());
        }
        String host = server.host().indexOf(':') >= 0 ? "[" + server.host() + "]" : server.host();
        Connection connection = DriverManager.getConnection(
                "jdbc:postgresql://" + host + ":" + server.port() + "/"
                        + URLEncoder.encode(server.database(), StandardCharsets.UTF_8),
                properties);
        try {
            connection.setReadOnly(!forWriting);
            // A writer reads what was committed before it got the lock, a reader one moment's state.
            connection.setTransactionIsolation(
                    forWriting ? Connection.TRANSACTION_READ_COMMITTED : Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A number that others hardly have by chance: the server knows locks by numbers only. */
    private static long key(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            long key = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                key = key << Byte.SIZE | (hash[i] & 0xff);
            }
            return key;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
