package com.busdk.client.sql;

import com.busdk.client.text.Echo;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a database is. No form of it shows a password when it is printed. Immutable.
 *
 * <p>Example: {@code DatabaseLocation.parse("sqlite:/var/lib/bus/auth.db")}.
 */
public sealed interface DatabaseLocation {

    /** A private database in memory, gone when it is closed. */
    record Memory() implements DatabaseLocation {
        @Override
        public String toString() {
            return "memory";
        }
    }

    /**
     * A file of SQLite; it is made, readable for its owner only, if there is none.
     *
     * @param file its place
     */
    record Sqlite(Path file) implements DatabaseLocation {
        /** Refuses a name that the driver would read as a name and options. */
        public Sqlite {
            if (file.toString().isEmpty() || file.toString().indexOf('?') >= 0) {
                throw new IllegalArgumentException("the file of a SQLite database has a name without a ?");
            }
        }

        @Override
        public String toString() {
            return "sqlite:" + file;
        }
    }

    /**
     * A database of a PostgreSQL server.
     *
     * @param host a name or an address, without brackets
     * @param port 1 to 65535
     * @param database its name
     * @param user who connects
     * @param password may be empty
     * @param parameters what else is said of the connection, such as {@code sslmode}
     */
    record Postgres(
            String host, int port, String database, String user, String password, Map<String, String> parameters)
            implements DatabaseLocation {
        /** Where PostgreSQL listens unless told otherwise. */
        public static final int DEFAULT_PORT = 5432;

        private static final int MAX_PORT = 65_535;

        /** Refuses what names no database. */
        public Postgres {
            if (host.isEmpty() || host.startsWith("/")) {
                throw new IllegalArgumentException("a PostgreSQL server is named by its host; sockets are not used");
            }
            if (port < 1 || port > MAX_PORT) {
                throw new IllegalArgumentException("the port of a PostgreSQL server is 1 to " + MAX_PORT);
            }
            if (user.isEmpty() || database.isEmpty()) {
                throw new IllegalArgumentException("a PostgreSQL database is named with its user: write"
                        + " postgres://USER:PASSWORD@HOST:5432/DATABASE");
            }
            parameters = Map.copyOf(parameters);
        }

        /** Everything but the password. */
        @Override
        public String toString() {
            String address = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
            return "postgres://" + Echo.of(user) + "@" + Echo.of(address) + ":" + port + "/" + Echo.of(database)
                    + (parameters.isEmpty()
                            ? ""
                            : new TreeMap<>(parameters).keySet().toString());
        }
    }

    /**
     * Reads a location.
     *
     * @param text {@code memory}; {@code sqlite:PATH} or a plain path; {@code postgres://user:password@host:port/database}
     *     with {@code ?sslmode=…} and the like ({@code postgresql://} too); or {@code host=… dbname=… user=…} as libpq
     *     writes it
     * @return the location
     * @throws IllegalArgumentException if it is none; the message shows how one is written, and nothing of the text
     *     that may be a password
     */
    static DatabaseLocation parse(String text) {
        String location = text.strip();
        if (location.equals("memory")) {
            return new Memory();
        }
        if (location.startsWith("postgres://") || location.startsWith("postgresql://")) {
            return PostgresText.url(location);
        }
        if (location.startsWith("sqlite:")) {
            return sqlite(location.substring("sqlite:".length()));
        }
        if (PostgresText.isKeysAndValues(location)) {
            return PostgresText.keysAndValues(location);
        }
        if (location.contains("://")) {
            throw new IllegalArgumentException(
                    "a database is sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DATABASE or memory");
        }
        return sqlite(location);
    }

    /**
     * Which SQL it speaks.
     *
     * @return the dialect
     */
    default Dialect dialect() {
        return this instanceof Postgres ? Dialect.POSTGRES : Dialect.SQLITE;
    }

    private static Sqlite sqlite(String path) {
        try {
            return new Sqlite(Path.of(path.startsWith("//") ? path.substring(2) : path));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("the file of a SQLite database is not a file name", e);
        }
    }
}
