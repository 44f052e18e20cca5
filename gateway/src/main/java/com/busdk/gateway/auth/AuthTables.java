package com.busdk.gateway.auth;

import com.busdk.client.sql.Schema;
import com.busdk.client.sql.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the auth service, a statement each. Times are milliseconds since 1970. Stateless; on the threads of the store.
 */
final class AuthTables {
    static final Schema SCHEMA = new Schema("auth", List.of("""
        CREATE TABLE auth_account (
            id {text} PRIMARY KEY, email {text} NOT NULL UNIQUE, status {text} NOT NULL,
            email_verified BIGINT NOT NULL, created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL,
            decided_at BIGINT, decided_by {text}, reason {text});
        CREATE INDEX auth_account_waiting ON auth_account (status, created_at, id);
        CREATE TABLE auth_challenge (
            email {text} PRIMARY KEY, code_hash {text} NOT NULL, expires_at BIGINT NOT NULL,
            guesses BIGINT NOT NULL, window_start BIGINT NOT NULL, codes BIGINT NOT NULL);
        CREATE INDEX auth_challenge_window ON auth_challenge (window_start);
        CREATE TABLE auth_session (
            id {text} PRIMARY KEY, account_id {text} NOT NULL REFERENCES auth_account (id) ON DELETE CASCADE,
            started_at BIGINT NOT NULL, expires_at BIGINT NOT NULL);
        CREATE INDEX auth_session_account ON auth_session (account_id, expires_at);
        CREATE INDEX auth_session_end ON auth_session (expires_at);
        """, """
        CREATE TABLE auth_key (kid {text} PRIMARY KEY, jwk {text} NOT NULL, live_until BIGINT NOT NULL);
        CREATE TABLE auth_kept (name {text} PRIMARY KEY, content {text} NOT NULL);
        """));

    private static final String ACCOUNT = "id, status, email_verified";

    private AuthTables() {}

    /** An account of the list for operators. */
    record Listed(Account account, String email, long createdAt) {}

    /** Where such a list goes on. */
    record Position(long createdAt, String id) {}

    /** A code that was asked for. */
    record Challenge(String codeHash, long expiresAt, long guesses, long windowStart, long codes) {}

    /** A session that holds. */
    record Session(Account account, long startedAt) {}

    /** Makes an account, or notes that its holder came again: either writes, so that nobody can tell by the time. */
    static void register(Connection c, EmailAddress address, long now) throws SQLException {
        Sql.update(
                c,
                "INSERT INTO auth_account (id, email, status, email_verified, created_at, seen_at)"
                        + " VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT (email) DO UPDATE SET seen_at = excluded.seen_at",
                UUID.randomUUID().toString(),
                address.text(),
                Account.Status.WAITLISTED.word(),
                now,
                now);
    }

    static Optional<Account> account(Connection c, EmailAddress address) throws SQLException {
        return Sql.first(
                c, AuthTables::account, "SELECT " + ACCOUNT + " FROM auth_account WHERE email = ?", address.text());
    }

    static void verified(Connection c, String accountId) throws SQLException {
        Sql.update(c, "UPDATE auth_account SET email_verified = 1 WHERE id = ?", accountId);
    }

    static Optional<Account> decide(
            Connection c, EmailAddress address, Account.Status status, @Nullable String reason, String by, long now)
            throws SQLException {
        return Sql.first(
                c,
                AuthTables::account,
                "UPDATE auth_account SET status = ?, reason = ?, decided_by = ?, decided_at = ? WHERE email = ?"
                        + " RETURNING " + ACCOUNT,
                status.word(),
                reason,
                by,
                now,
                address.text());
    }

    /** Accounts of a status, oldest first, behind a position. */
    static List<Listed> list(Connection c, Account.Status status, Position after, int limit) throws SQLException {
        return Sql.list(
                c,
                row -> new Listed(account(row), row.getString(4), row.getLong(5)),
                "SELECT " + ACCOUNT + ", email, created_at FROM auth_account WHERE status = ?"
                        + " AND (created_at > ? OR (created_at = ? AND id > ?)) ORDER BY created_at, id LIMIT ?",
                status.word(),
                after.createdAt(),
                after.createdAt(),
                after.id(),
                limit);
    }

    static Optional<Challenge> challenge(Connection c, EmailAddress address) throws SQLException {
        return Sql.first(
                c,
                row -> new Challenge(row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5)),
                "SELECT code_hash, expires_at, guesses, window_start, codes FROM auth_challenge WHERE email = ?",
                address.text());
    }

    static void put(Connection c, EmailAddress address, Challenge challenge) throws SQLException {
        Sql.update(
                c,
                "INSERT INTO auth_challenge (email, code_hash, expires_at, guesses, window_start, codes)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (email) DO UPDATE SET code_hash = excluded.code_hash,"
                        + " expires_at = excluded.expires_at, guesses = excluded.guesses,"
                        + " window_start = excluded.window_start, codes = excluded.codes",
                address.text(),
                challenge.codeHash(),
                challenge.expiresAt(),
                challenge.guesses(),
                challenge.windowStart(),
                challenge.codes());
    }

    /** Counts a guess, also where no code was ever asked for: either writes a row, so that nobody can tell by the time. */
    static void countGuess(Connection c, EmailAddress address, long now) throws SQLException {
        Sql.update(
                c,
                "INSERT INTO auth_challenge (email, code_hash, expires_at, guesses, window_start, codes)"
                        + " VALUES (?, '', 0, 1, ?, 0)"
                        + " ON CONFLICT (email) DO UPDATE SET guesses = auth_challenge.guesses + 1",
                address.text(),
                now);
    }

    /** Forgets an address's code, guesses and count of codes. */
    static void forget(Connection c, EmailAddress address) throws SQLException {
        Sql.update(c, "DELETE FROM auth_challenge WHERE email = ?", address.text());
    }

    static void startSession(Connection c, String id, String accountId, long startedAt, long expiresAt)
            throws SQLException {
        Sql.update(
                c,
                "INSERT INTO auth_session (id, account_id, started_at, expires_at) VALUES (?, ?, ?, ?)",
                id,
                accountId,
                startedAt,
                expiresAt);
    }

    static Optional<Session> session(Connection c, String id, String accountId, long now) throws SQLException {
        return Sql.first(
                c,
                row -> new Session(account(row), row.getLong(4)),
                "SELECT a.id, a.status, a.email_verified, s.started_at FROM auth_session s"
                        + " JOIN auth_account a ON a.id = s.account_id"
                        + " WHERE s.id = ? AND s.account_id = ? AND s.expires_at > ?",
                id,
                accountId,
                now);
    }

    /** Ends a session. Returns false if it had ended already. */
    static boolean endSession(Connection c, String id, String accountId, long now) throws SQLException {
        return Sql.update(
                        c,
                        "DELETE FROM auth_session WHERE id = ? AND account_id = ? AND expires_at > ?",
                        id,
                        accountId,
                        now)
                == 1;
    }

    /** Ends all sessions of an account but those that end last. */
    static void keepSessions(Connection c, String accountId, int most) throws SQLException {
        Sql.update(
                c,
                "DELETE FROM auth_session WHERE account_id = ? AND id NOT IN (SELECT id FROM auth_session"
                        + " WHERE account_id = ? ORDER BY expires_at DESC, id LIMIT ?)",
                accountId,
                accountId,
                most);
    }

    /** Forgets what has no meaning any more. Returns how many rows. */
    static int sweep(Connection c, long now, long windowsBefore, long unverifiedBefore) throws SQLException {
        return Sql.update(c, "DELETE FROM auth_session WHERE expires_at <= ?", now)
                + Sql.update(
                        c, "DELETE FROM auth_challenge WHERE window_start < ? AND expires_at <= ?", windowsBefore, now)
                + Sql.update(
                        c,
                        "DELETE FROM auth_account WHERE status = ? AND email_verified = 0 AND seen_at < ?",
                        Account.Status.WAITLISTED.word(),
                        unverifiedBefore);
    }

    /** Keeps a public key until then, or longer if it was to be kept longer. */
    static void keepKey(Connection c, String keyId, String jwk, long until) throws SQLException {
        Sql.update(
                c,
                "INSERT INTO auth_key (kid, jwk, live_until) VALUES (?, ?, ?) ON CONFLICT (kid) DO UPDATE"
                        + " SET live_until = excluded.live_until WHERE auth_key.live_until < excluded.live_until",
                keyId,
                jwk,
                until);
    }

    /** Public keys that live, those that end last first. */
    static List<String> keys(Connection c, long now, int most) throws SQLException {
        return Sql.list(
                c,
                row -> row.getString(1),
                "SELECT jwk FROM auth_key WHERE live_until > ? ORDER BY live_until DESC, kid LIMIT ?",
                now,
                most);
    }

    static int sweepKeys(Connection c, long now) throws SQLException {
        return Sql.update(c, "DELETE FROM auth_key WHERE live_until <= ?", now);
    }

    static int forgetKeys(Connection c) throws SQLException {
        return Sql.update(c, "DELETE FROM auth_key");
    }

    /** What is kept under a name: what is given, if nothing was. */
    static String kept(Connection c, String name, String content) throws SQLException {
        Sql.update(
                c, "INSERT INTO auth_kept (name, content) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, content);
        return Sql.first(c, row -> row.getString(1), "SELECT content FROM auth_kept WHERE name = ?", name)
                .orElse(content);
    }

    private static Account account(ResultSet row) throws SQLException {
        return new Account(row.getString(1), Account.Status.of(row.getString(2)), row.getLong(3) != 0);
    }
}
