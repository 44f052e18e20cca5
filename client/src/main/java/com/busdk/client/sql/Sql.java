package com.busdk.client.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Statements with parameters, in a line each. Parameters are {@link String}, {@link Long}, {@link Integer} or null; texts of
 * strangers go in as parameters only. Stateless; on the thread of the work that the connection belongs to.
 *
 * <pre>{@code
 * Optional<String> id = Sql.first(c, row -> row.getString(1), "SELECT id FROM account WHERE email = ?", email);
 * }</pre>
 */
public final class Sql {
    private Sql() {}

    /**
     * Reads one row.
     *
     * @param <T> what it becomes
     */
    @FunctionalInterface
    public interface RowReader<T> {
        /**
         * Reads the row on which the result stands.
         *
         * @param row columns count from 1
         * @return what it becomes, not null
         * @throws SQLException if it is not as expected
         */
        T read(ResultSet row) throws SQLException;
    }

    /**
     * Changes rows.
     *
     * @param connection in a transaction
     * @param sql an {@code INSERT}, {@code UPDATE} or {@code DELETE} without {@code RETURNING}
     * @param parameters for its question marks, in order
     * @return how many rows it changed
     * @throws SQLException if the database refuses
     */
    public static int update(Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            return statement.executeUpdate();
        }
    }

    /**
     * Changes rows by one statement for many sets of parameters, in as few round trips as the driver can.
     *
     * @param connection in a transaction
     * @param sql as for {@link #update}
     * @param sets parameters, a set for each time
     * @return how many rows each time changed, in order
     * @throws SQLException if the database refuses
     */
    public static int[] updateAll(Connection connection, String sql, List<@Nullable Object[]> sets)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (@Nullable Object[] parameters : sets) {
                bind(statement, parameters);
                statement.addBatch();
            }
            return statement.executeBatch();
        }
    }

    /**
     * The first row of a query, or of a change that is {@code RETURNING} rows.
     *
     * @param <T> what rows become
     * @param connection in a transaction
     * @param reader reads a row
     * @param sql the statement
     * @param parameters for its question marks, in order
     * @return what the first row became, or empty if there was none
     * @throws SQLException if the database refuses
     */
    public static <T> Optional<T> first(
            Connection connection, RowReader<T> reader, String sql, @Nullable Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.of(reader.read(rows)) : Optional.empty();
            }
        }
    }

    /**
     * All rows of a query, or of a change that is {@code RETURNING} rows. The caller bounds them with {@code LIMIT}.
     *
     * @param <T> what rows become
     * @param connection in a transaction
     * @param reader reads a row
     * @param sql the statement
     * @param parameters for its question marks, in order
     * @return what they became, in order
     * @throws SQLException if the database refuses
     */
    public static <T> List<T> list(
            Connection connection, RowReader<T> reader, String sql, @Nullable Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            try (ResultSet rows = statement.executeQuery()) {
                List<T> all = new ArrayList<>();
                while (rows.next()) {
                    all.add(reader.read(rows));
                }
                return all;
            }
        }
    }

    private static void bind(PreparedStatement statement, @Nullable Object[] parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            switch (parameters[i]) {
                // Without a type of its own, so that the database takes that of the column.
                case null -> statement.setNull(i + 1, Types.NULL);
                case String text -> statement.setString(i + 1, text);
                case Long number -> statement.setLong(i + 1, number);
                case Integer number -> statement.setLong(i + 1, number);
                case Object other ->
                    throw new IllegalArgumentException("a parameter is a text or a whole number, not "
                            + other.getClass().getSimpleName());
            }
        }
    }
}
