package com.busdk.workers.store;

import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.sql.DatabaseLocation;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out where a worker keeps its tables: a flag says which kind of database, a variable where it is. The place is in a
 * variable alone, since it may hold a password, and a command line is everybody's to read. Stateless.
 */
public final class StoreLocation {
    private StoreLocation() {}

    /** What the flag takes. */
    enum Backend {
        /** In memory, gone with the process. */
        MEMORY,
        /** A file. */
        SQLITE,
        /** A server. */
        POSTGRES
    }

    /**
     * How a worker calls its settings.
     *
     * @param flag which database, without dashes
     * @param flagVariable the variable beside that flag
     * @param urlVariable where it is
     * @param file name of the file that SQLite has below the state directory unless told otherwise
     */
    public record Names(String flag, String flagVariable, String urlVariable, String file) {
        /**
         * The flag's line in the help.
         *
         * @return with its variables
         */
        public String help() {
            return "where records are kept (" + flagVariable + "); sqlite and postgres are found by " + urlVariable
                    + "; default: what that names, else the file " + file + " in the state directory";
        }
    }

    /**
     * Reads them.
     *
     * @param names how they are called
     * @param flags by name without dashes
     * @param environment {@code System.getenv()} outside of tests
     * @return the place
     * @throws ConfigException if one is wrong, or they do not fit together; the message shows no password
     */
    public static DatabaseLocation read(Names names, Map<String, String> flags, Map<String, String> environment) {
        Settings settings = new Settings("BUS_", flags, environment).alias(names.flag(), names.flagVariable());
        Optional<DatabaseLocation> given = given(names, environment);
        if (settings.find(names.flag()).isEmpty()) {
            return given.orElseGet(() -> file(names, environment));
        }
        return switch (settings.oneOf(names.flag(), Backend.class, Backend.SQLITE)) {
            case MEMORY -> new DatabaseLocation.Memory();
            case SQLITE -> {
                DatabaseLocation place = given.orElseGet(() -> file(names, environment));
                if (!(place instanceof DatabaseLocation.Sqlite)) {
                    throw new ConfigException(
                            names.urlVariable(), "is not a file, as --" + names.flag() + " says: write sqlite:PATH");
                }
                yield place;
            }
            case POSTGRES -> {
                DatabaseLocation place = given.orElseThrow(() -> new ConfigException(
                        names.urlVariable(),
                        "is not set, and is needed for --" + names.flag()
                                + " postgres: write postgres://USER:PASSWORD@HOST:5432/DATABASE"));
                if (!(place instanceof DatabaseLocation.Postgres)) {
                    throw new ConfigException(
                            names.urlVariable(),
                            "is not a PostgreSQL server, as --" + names.flag()
                                    + " says: write postgres://USER:PASSWORD@HOST:5432/DATABASE");
                }
                yield place;
            }
        };
    }

    private static Optional<DatabaseLocation> given(Names names, Map<String, String> environment) {
        String text = environment.getOrDefault(names.urlVariable(), "");
        if (text.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(DatabaseLocation.parse(text));
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            throw new ConfigException(names.urlVariable(), message == null ? "is wrong" : message);
        }
    }

    private static DatabaseLocation file(Names names, Map<String, String> environment) {
        return new DatabaseLocation.Sqlite(BusDirs.of(environment).state().resolve(names.file()));
    }
}
