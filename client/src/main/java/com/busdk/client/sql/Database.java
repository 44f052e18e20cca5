package com.busdk.client.sql;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A relational store, alike on SQLite and PostgreSQL.
 *
 * <ul>
 *   <li>A write is one transaction. Writers take turns, across all processes that use the schema: what a write has read
 *       stays as it is until it commits. Works that wait at the same time share a commit, so that many small writes cost
 *       one flush to disk.
 *   <li>A read is a transaction too, sees one state of the database, and waits for no writer.
 *   <li>A future succeeds after the commit is on the disk, on the Vert.x context of the caller.
 * </ul>
 *
 * <pre>{@code
 * Database.open(vertx, DatabaseLocation.parse("sqlite:bus.db"), schema)
 *         .compose(db -> db.write(c -> Sql.update(c, "INSERT INTO account (id) VALUES (?)", id)));
 * }</pre>
 *
 * <p>Threads: any may call and none waits; works run on threads of the database.
 */
public final class Database {
    /** Readers of a file: reading takes microseconds, and more would only fight for the processors. */
    private static final int SQLITE_READERS = 2;

    /** Readers of a server, which answers over a network. */
    private static final int POSTGRES_READERS = 4;

    private final Vertx vertx;
    private final Dialect dialect;
    private final Lane writers;
    private final Lane readers;

    private Database(Vertx vertx, Connector connector, String name, Connection first) {
        this.vertx = vertx;
        this.dialect = connector.dialect();
        this.writers =
                new Lane(1, Lane.MAX_BATCH, threads(name + "-writer"), () -> new Transactions(connector, true, first));
        // What is in memory is on the one connection, and nowhere else.
        this.readers = connector.location() instanceof DatabaseLocation.Memory
                ? writers
                : new Lane(
                        dialect == Dialect.SQLITE ? SQLITE_READERS : POSTGRES_READERS,
                        1,
                        threads(name + "-reader"),
                        () -> new Transactions(connector, false, null));
    }

    /**
     * Opens a database, and brings its tables up to the schema.
     *
     * @param vertx on whose contexts callers are answered; stays the caller's to close
     * @param location where it is
     * @param schema its tables
     * @return the database; fails with {@link ConfigException} if it cannot be opened or is newer than this program, and
     *     with {@link ApiException} {@code unavailable} if it cannot be reached, in which case another try may succeed. No
     *     message shows the password
     */
    public static Future<Database> open(Vertx vertx, DatabaseLocation location, Schema schema) {
        Context caller = vertx.getOrCreateContext();
        Promise<Database> opened = Promise.promise();
        // The first one loads the driver and its native code, in which a virtual thread would keep its carrier.
        Thread.ofPlatform().daemon().name("bus-sql-open").start(() -> {
            try {
                Database database = opened(vertx, location, schema);
                caller.runOnContext(_ -> opened.complete(database));
            } catch (RuntimeException | Error e) {
                caller.runOnContext(_ -> opened.fail(e));
            }
        });
        return opened.future();
    }

    /**
     * Reads, in one transaction.
     *
     * @param <T> what comes out
     * @param work only reads; may run more than once
     * @return what it returned. Fails with what it threw; with {@link ApiException} {@code unavailable} if the database
     *     cannot be used at the moment, or more than {@value Lane#MAX_WAITING} works wait
     */
    public <T extends @Nullable Object> Future<T> read(SqlWork<T> work) {
        return submit(readers, work);
    }

    /**
     * Writes, in one transaction, which may be shared with other works; nobody else writes meanwhile.
     *
     * @param <T> what comes out
     * @param work may run more than once before it counts
     * @return what it returned, once that is committed. Fails with what it threw, all that it did being undone; with
     *     {@link ApiException} {@code unavailable} if the database cannot be used at the moment or too many works wait,
     *     and where its message says so the outcome is unknown
     */
    public <T extends @Nullable Object> Future<T> write(SqlWork<T> work) {
        return submit(writers, work);
    }

    /**
     * Closes it, once all works that wait are done. Further ones are refused.
     *
     * @return completes when no connection is open any more
     */
    public Future<Void> close() {
        writers.close();
        readers.close();
        Context caller = vertx.getOrCreateContext();
        Promise<Void> closed = Promise.promise();
        Thread.ofPlatform().daemon().name("bus-sql-close").start(() -> {
            try {
                readers.awaitEnd();
                writers.awaitEnd();
                caller.runOnContext(_ -> closed.complete());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                caller.runOnContext(_ -> closed.fail(e));
            }
        });
        return closed.future();
    }

    private <T extends @Nullable Object> Future<T> submit(Lane lane, SqlWork<T> work) {
        Job<T> job = new Job<>(work, vertx.getOrCreateContext());
        if (lane.submit(job)) {
            return job.future();
        }
        return Future.failedFuture(
                lane.isClosed()
                        ? ApiException.of(ErrorType.UNAVAILABLE, "the store is closed: the service is stopping")
                        : SqlFailures.busy());
    }

    private static Database opened(Vertx vertx, DatabaseLocation location, Schema schema) {
        Connector connector = new Connector(location, schema.name());
        try {
            connector.prepare();
            Connection first = connector.open(true);
            try {
                connector.beginMigration(first);
                schema.migrate(first, connector.dialect(), location);
                connector.commit(first);
            } catch (SQLException | RuntimeException | Error e) {
                first.close();
                throw e;
            }
            return new Database(vertx, connector, "bus-sql-" + schema.name(), first);
        } catch (IOException e) {
            throw new ConfigException(
                    location.toString(),
                    "the file cannot be made (" + e.getClass().getSimpleName()
                            + "): give a place that this user may write to");
        } catch (SQLException e) {
            if (SqlFailures.mayPass(e)) {
                throw SqlFailures.unreachable(location, e);
            }
            throw new ConfigException(
                    location.toString(),
                    "the database cannot be opened, " + SqlFailures.brief(e)
                            + ": check that it is there, and that its user may log in and make tables");
        }
    }

    /** Threads of the platform: SQLite works in native code, which a virtual thread would not give way in. */
    private ThreadFactory threads(String name) {
        return dialect == Dialect.SQLITE
                ? Thread.ofPlatform().daemon().name(name + "-", 0).factory()
                : Thread.ofVirtual().name(name + "-", 0).factory();
    }
}
