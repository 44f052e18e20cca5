package com.busdk.client.sql;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What is done in one transaction. It runs on a thread of the database, where it may block on the connection and on
 * nothing else, and <em>may run more than once</em> before its transaction holds: it changes nothing but the database.
 * What it throws undoes all that it did.
 *
 * @param <T> what comes out
 */
@FunctionalInterface
public interface SqlWork<T extends @Nullable Object> {
    /**
     * Does it.
     *
     * @param connection in a transaction; not to be committed, closed or kept
     * @return what came out, given to the caller after the commit
     * @throws SQLException if the database refuses
     */
    T apply(Connection connection) throws SQLException;
}
