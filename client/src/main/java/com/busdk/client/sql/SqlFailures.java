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
    private static final int SQLITE_READONLY = 8;
    private static final int SQLITE_IOERR = 10;
    private static final int SQLITE_CORRUPT = 11;
    private static final int SQLITE_FULL = 13;
    private static final int SQLITE_CANTOPEN = 14;
    private static final int SQLITE_NOTADB = 26;

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

    /** The database cannot work at the moment; nothing is wrong with what was asked of it. */
    static boolean isUnavailable(Throwable failure) {
        if (!(failure instanceof SQLException sql)) {
            return false;
        }
        String state = state(sql);
        if (!state.isEmpty()) {
            return isConflict(sql)
                    || isConnectionLost(sql)
                    || state.startsWith("28") // may not log in (any more)
                    || state.startsWith("3D") // its database is gone
                    || state.startsWith("53") // no disk, no memory, too many connections
                    || state.startsWith("57") // stopped, or took too long
                    || state.startsWith("58") // trouble of its system
                    || state.startsWith("XX")
                    || state.equals("55P03") // a lock was not to be had in time
                    || state.equals("25006"); // it has become a read-only copy
        }
        return switch (sql.getErrorCode()) {
            case SQLITE_BUSY,
                    SQLITE_LOCKED,
                    SQLITE_READONLY,
                    SQLITE_IOERR,
                    SQLITE_CORRUPT,
                    SQLITE_FULL,
                    SQLITE_CANTOPEN,
                    SQLITE_NOTADB -> true;
            default -> false;
        };
    }

    /** What a caller of the API gets: nothing was stored. */
    static ApiException unavailable() {
        return ApiException.of(ErrorType.UNAVAILABLE, "the store cannot be used at the moment: try again in a while")
                .withRetryAfter(RETRY_AFTER_SECONDS);
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
