package com.busdk.client.sql;

import com.busdk.client.config.ConfigException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The tables of one part of the system, as numbered steps from nothing to what this program needs. A step that has been
 * released is never changed: what comes later is a further step. Immutable.
 *
 * <pre>{@code
 * new Schema("usage", List.of("CREATE TABLE usage_record (id {identity}, event_id {text} NOT NULL UNIQUE)"));
 * }</pre>
 *
 * @param name tells schemas apart that share a database: 1 to 32 of the characters a-z, 0-9 and _
 * @param steps each one or more statements, each but the last with a {@code ;} at the end of its line; may hold what
 *     {@link Dialect#adapt} fills in
 */
public record Schema(String name, List<String> steps) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,31}");
    private static final Pattern BETWEEN_STATEMENTS = Pattern.compile(";[ \\t]*(?:\\R|$)");

    /** Refuses a name that is none, and a schema without steps. */
    public Schema {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a schema is named with 1 to 32 of a-z, 0-9 and _");
        }
        steps = List.copyOf(steps);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("a schema has at least one step");
        }
    }

    /**
     * Brings a database up to this schema, in the transaction that the connection is in and under its lock, so that
     * programs which start at once do it once.
     *
     * @throws ConfigException if the database is newer than this program
     */
    void migrate(Connection connection, Dialect dialect, DatabaseLocation location) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "CREATE TABLE IF NOT EXISTS bus_schema (name TEXT PRIMARY KEY, version BIGINT NOT NULL)");
        }
        long version = Sql.first(
                        connection, row -> row.getLong(1), "SELECT version FROM bus_schema WHERE name = ?", name)
                .orElse(0L);
        if (version > steps.size()) {
            throw new ConfigException(
                    location.toString(),
                    "its tables of " + name + " are at step " + version + ", and this program knows " + steps.size()
                            + ": a newer one has used it; start that one, or give another database");
        }
        for (String step : steps.subList((int) version, steps.size())) {
            for (String sql : statements(step)) {
                try (Statement statement = connection.createStatement()) {
                    statement.executeUpdate(dialect.adapt(sql));
                }
            }
        }
        if (version < steps.size()) {
            Sql.update(
                    connection,
                    "INSERT INTO bus_schema (name, version) VALUES (?, ?)"
                            + " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                    name,
                    (long) steps.size());
        }
    }

    /** The statements of a step: the drivers take one at a time. */
    private static List<String> statements(String step) {
        List<String> statements = new ArrayList<>();
        for (String statement : BETWEEN_STATEMENTS.split(step, -1)) {
            if (!statement.isBlank()) {
                statements.add(statement.strip());
            }
        }
        return statements;
    }
}
