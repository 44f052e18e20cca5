package com.busdk.client.sql;

/**
 * Where the SQL of the two databases differs. The common subset is used otherwise: {@code INSERT … ON CONFLICT …},
 * {@code RETURNING}, types {@code TEXT} and {@code BIGINT}. Immutable.
 */
public enum Dialect {
    /** SQLite 3.35 or newer. */
    SQLITE("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT"),
    /** PostgreSQL 13 or newer. */
    POSTGRES("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "TEXT COLLATE \"C\"");

    private final String identity;
    private final String text;

    Dialect(String identity, String text) {
        this.identity = identity;
        this.text = text;
    }

    /**
     * Fills in what a statement leaves open: <code>{identity}</code> for a column that numbers its rows, and
     * <code>{text}</code> for text that is ordered by its bytes (which is what SQLite does in any case).
     *
     * @param sql a statement
     * @return the statement for this database
     */
    public String adapt(String sql) {
        return sql.replace("{identity}", identity).replace("{text}", text);
    }
}
