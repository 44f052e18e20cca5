package com.busdk.client.sql;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Tells the failures of a database apart: by SQLSTATE for PostgreSQL (its manual, appendix A) and by result code for
 * SQLite (sqlite.org/rescode.html), which has no SQLSTATE. Stateless.
 */
final class SqlFailures {
    /** Seconds after which a caller may come again: a server restarts in about this time. */
    private static final int RETRY_AFTER_SECONDS = 2;

    private static final int SQLITE_BUSY = 5;
    private static final int SQLITE_LOCKED = 6;
    private static final int SQLITE_IOERR = 10;
    private static final int SQLITE_FULL = 13;
    private static final int SQLITE_TOOBIG = 18;
    private static final int SQLITE_CONSTRAINT = 19;
    private static final int SQLITE_MISMATCH = 20;
    private static final int SQLITE_RANGE = 25;

    private SqlFailures() {}

    /** The transaction was undone since another came across it: the same again may well hold. */
    static boolean isConflict(Throwable failure) {
        String state = state(failure);
        return state.equals("40001") || state.equals("40P01");
    }

    /** The connection is gone, or of no use any more. */
    static boolean isConnectionLost(Throwable failure) {
        String state = state(failure);
        // 25P03: the server ended it, since the transaction stood still for too long.
        return state.startsWith("08") || state.startsWith("57P") || state.equals("25P03");
    }

    /** Whether a commit that failed like this may hold nevertheless. */
    static boolean leavesCommitInDoubt(SQLException failure) {
        return isConnectionLost(failure) || (state(failure).isEmpty() && failure.getErrorCode() == SQLITE_IOERR);
    }

    /**
     * The database cannot work at the moment; nothing is wrong with what was asked of it. That is everything but what the
     * values of this very work are the reason of: who may not write, or does not find a table, may or does so again when
     * an operator has granted or restored it, and until then nothing that waits is to be thrown away for it.
     */
    static boolean isUnavailable(Throwable failure) {
        if (!(failure instanceof SQLException sql)) {
            return false;
        }
        String state = state(sql);
        if (!state.isEmpty()) {
            return !state.startsWith("22") // a value that cannot be
                    && !state.startsWith("23") // a row that cannot be beside the others
                    && !state.startsWith("54"); // a value that is too large for an index
        }
        return switch (sql.getErrorCode()) {
            case SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE -> false;
            default -> true;
        };
    }

    /**
     * A database that could not be opened, and may well be opened at the next try: a server that is not there yet, a file
     * that another holds, a disk that is full. What an operator has to put right first, such as a password or a file that
     * is no database, is none of these.
     */
    static boolean mayPass(SQLException failure) {
        String state = state(failure);
        if (!state.isEmpty()) {
            return isConflict(failure)
                    // 08004: what the driver says where no password was given, or the server has no TLS.
                    || isConnectionLost(failure) && !state.equals("08004")
                    || state.startsWith("53") // no disk, no memory, too many connections
                    || state.startsWith("57") // starts or stops, or took too long
                    || state.startsWith("58") // trouble of its system
                    || state.startsWith("XX")
                    || state.equals("55P03") // a lock was not to be had in time
                    || state.equals("25006"); // it is a read-only copy, until it takes over
        }
        return switch (failure.getErrorCode()) {
            case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL -> true;
            default -> false;
        };
    }

    /** What a caller of the API gets: nothing was stored. */
    static ApiException unavailable() {
        return ApiException.of(ErrorType.UNAVAILABLE, "the store cannot be used at the moment: try again in a while")
                .withRetryAfter(RETRY_AFTER_SECONDS);
    }

    /** Why a service does not start, which one that starts it again and again gets over. */
    static ApiException unreachable(DatabaseLocation location, SQLException failure) {
        return ApiException.of(
                ErrorType.UNAVAILABLE,
                "the database " + location + " cannot be used at the moment, " + brief(failure)
                        + ": look whether its server runs, its disk has room, and nobody else holds it; then start this"
                        + " again");
    }

    /** What a caller of the API gets when nobody knows. */
    static ApiException inDoubt() {
        return ApiException.of(
                        ErrorType.UNAVAILABLE,
                        "the store was lost while it stored this, which may or may not be there: look before you"
                                + " try again")
                .withRetryAfter(RETRY_AFTER_SECONDS);
    }

    /** What a caller of the API gets when too much waits. */
    static ApiException busy() {
        return ApiException.of(ErrorType.UNAVAILABLE, "the store has more to do than it can: try again in a while")
                .withRetryAfter(RETRY_AFTER_SECONDS);
    }

    /** For logs: which failure, without the statement and its values, which PostgreSQL puts into its messages. */
    static String brief(Throwable failure) {
        if (failure instanceof SQLException sql) {
            String state = state(sql);
            return sql.getClass().getSimpleName()
                    + (state.isEmpty() ? " with code " + sql.getErrorCode() : " with SQLSTATE " + state);
        }
        return failure.getClass().getSimpleName();
    }

    private static String state(@Nullable Throwable failure) {
        String state = failure instanceof SQLException sql ? sql.getSQLState() : null;
        return state == null ? "" : state;
    }
}
