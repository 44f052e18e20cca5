package com.busdk.workers.usage;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.sql.Schema;
import com.busdk.client.sql.Sql;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Times;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tables of the usage worker, and all that is done to them. Each method is (part of) one transaction, and doing it
 * twice for the same event is the same as doing it once.
 *
 * <ul>
 *   <li>{@code usage_event}: the records. One that was deleted leaves its event id behind, and nothing else, so that it is
 *       not stored and billed anew when its event is delivered again.
 *   <li>{@code usage_export}: what is still to be published, see {@link Outbox}.
 *   <li>{@code usage_deletion}: requests to delete that were done, with their answers: doing one again would delete the
 *       next page, which nobody has read.
 * </ul>
 *
 * <p>Stateless; on the database's threads.
 */
final class UsageTables {
    static final Schema SCHEMA = new Schema("usage", List.of("""
        CREATE TABLE usage_event (
            event_id {text} PRIMARY KEY,
            id {text} NOT NULL,
            event_type TEXT NOT NULL,
            account_id TEXT,
            occurred_at BIGINT NOT NULL,
            data TEXT NOT NULL,
            deleted_at BIGINT
        );
        CREATE INDEX usage_event_order ON usage_event (occurred_at, id) WHERE deleted_at IS NULL;
        CREATE INDEX usage_event_deleted ON usage_event (deleted_at) WHERE deleted_at IS NOT NULL;
        CREATE TABLE usage_export (
            event_id {text} PRIMARY KEY,
            account_id TEXT NOT NULL,
            payload TEXT NOT NULL,
            due_at BIGINT NOT NULL
        );
        CREATE INDEX usage_export_due ON usage_export (due_at);
        CREATE TABLE usage_deletion (
            request_id {text} PRIMARY KEY,
            deleted BIGINT NOT NULL,
            deleted_at BIGINT NOT NULL
        );
        CREATE INDEX usage_deletion_time ON usage_deletion (deleted_at)\
        """));

    /** How long what is left of a deleted record is kept: an event is not delivered again after so long. */
    static final Duration KEPT_AFTER_DELETION = Duration.ofDays(90);

    /** An answer has to fit into an event of 1 MiB, its envelope included. */
    static final int MAX_PAGE_CHARS = 1_000_000;

    /** As much is answered to whoever takes parts of a page: an event's room in bytes, whatever its characters take. */
    static final int PART_CHARS = 250_000;

    /** Rows that are fetched at a time from a server: they may be long. */
    private static final int FETCH_ROWS = 100;

    /** Rows that one sweep removes at most, so that nobody waits for it. */
    static final int MAX_SWEPT = 1_000;

    private UsageTables() {}

    /**
     * A record and what follows from it.
     *
     * @param usage the record
     * @param exports what is to be published if it is new
     */
    record Entry(UsageRecord usage, List<UsageExport> exports) {}

    /** Stores records, each id once, and with each new one what is to be published. Returns for each whether it is new. */
    static List<Boolean> record(Connection connection, List<Entry> entries, Instant now) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (Entry entry : entries) {
            UsageRecord usage = entry.usage();
            rows.add(new @Nullable Object[] {
                usage.eventId(),
                usage.id(),
                usage.type(),
                usage.account().orElse(null),
                Times.micros(usage.occurredAt()),
                usage.dataText()
            });
        }
        int[] stored = Sql.updateAll(
                connection,
                "INSERT INTO usage_event (event_id, id, event_type, account_id, occurred_at, data)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
                rows);
        List<Boolean> isNew = new ArrayList<>();
        List<@Nullable Object[]> exports = new ArrayList<>();
        for (int i = 0; i < stored.length; i++) {
            isNew.add(stored[i] == 1);
            if (stored[i] == 1) {
                for (UsageExport export : entries.get(i).exports()) {
                    exports.add(new @Nullable Object[] {
                        export.eventId(), export.account(), export.payload(), Times.micros(now)
                    });
                }
            }
        }
        if (!exports.isEmpty()) {
            Sql.updateAll(
                    connection,
                    "INSERT INTO usage_export (event_id, account_id, payload, due_at) VALUES (?, ?, ?, ?)"
                            + " ON CONFLICT (event_id) DO NOTHING",
                    exports);
        }
        return isNew;
    }

    /**
     * A page of records; or, for whoever takes that, as much of it as fits, and in {@code next} how many of the page were
     * answered so far.
     *
     * @return the answer's payload
     * @throws ApiException {@code payload_too_large} if the page does not fit into an event
     */
    static String list(Connection connection, UsageSelector selector) throws SQLException {
        ObjectNode answer = Fields.object();
        ArrayNode items = answer.putArray("items");
        boolean more = false;
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT id, event_id, occurred_at, account_id, event_type, data FROM usage_event"
                        + " WHERE deleted_at IS NULL AND occurred_at < ?"
                        + " ORDER BY occurred_at, id LIMIT ? OFFSET ?")) {
            statement.setFetchSize(FETCH_ROWS);
            statement.setLong(1, Times.micros(selector.before()));
            statement.setLong(2, selector.most() + 1L);
            statement.setLong(3, selector.offset());
            int chars = 0;
            try (ResultSet rows = statement.executeQuery()) {
                while (!more && rows.next()) {
                    more = items.size() == selector.most();
                    if (!more) {
                        ObjectNode item = item(rows);
                        chars += Fields.text(item).length() + 1;
                        if (selector.skip().isPresent() && chars > PART_CHARS && !items.isEmpty()) {
                            answer.put("next", selector.skip().getAsInt() + items.size());
                            more = true;
                        } else {
                            checkLength(chars);
                            items.add(item);
                        }
                    }
                }
            }
        }
        answer.put("page", selector.page());
        answer.put("page_size", selector.pageSize());
        answer.put("before", selector.before().toString());
        answer.put("has_more", more);
        return Fields.text(answer);
    }

    private static ObjectNode item(ResultSet row) throws SQLException {
        ObjectNode item = Fields.object();
        item.put("id", row.getString(1));
        item.put("event_id", row.getString(2));
        item.put("occurred_at", Times.instant(row.getLong(3)).toString());
        String account = row.getString(4);
        if (account != null) {
            item.put("account_id", account);
        }
        item.put("event_type", row.getString(5));
        item.set("data", Fields.tree(row.getString(6)));
        return item;
    }

    private static void checkLength(int chars) {
        if (chars > MAX_PAGE_CHARS) {
            throw ApiException.of(
                    ErrorType.PAYLOAD_TOO_LARGE,
                    "the page has more than " + MAX_PAGE_CHARS + " characters: ask with a smaller page_size");
        }
    }

    /**
     * Deletes a page of records.
     *
     * @param requestId of the event that asks for it
     * @return how many were deleted, also when it is asked for again
     */
    static long delete(Connection connection, String requestId, UsageSelector selector, Instant now)
            throws SQLException {
        var before = Sql.first(
                connection,
                row -> row.getLong(1),
                "SELECT deleted FROM usage_deletion WHERE request_id = ?",
                requestId);
        if (before.isPresent()) {
            return before.get();
        }
        long deleted = Sql.update(
                connection,
                "UPDATE usage_event SET deleted_at = ?, account_id = NULL, data = '{}' WHERE event_id IN ("
                        + "SELECT event_id FROM usage_event WHERE deleted_at IS NULL AND occurred_at < ?"
                        + " ORDER BY occurred_at, id LIMIT ? OFFSET ?)",
                Times.micros(now),
                Times.micros(selector.before()),
                selector.pageSize(),
                selector.offset());
        Sql.update(
                connection,
                "INSERT INTO usage_deletion (request_id, deleted, deleted_at) VALUES (?, ?, ?)",
                requestId,
                deleted,
                Times.micros(now));
        return deleted;
    }

    /** Forgets what is left of records that were deleted long ago. Returns how many rows went. */
    static int sweep(Connection connection, Instant now) throws SQLException {
        long until = Times.micros(now.minus(KEPT_AFTER_DELETION));
        return Sql.update(
                        connection,
                        "DELETE FROM usage_event WHERE event_id IN ("
                                + "SELECT event_id FROM usage_event WHERE deleted_at < ? ORDER BY deleted_at LIMIT ?)",
                        until,
                        MAX_SWEPT)
                + Sql.update(
                        connection,
                        "DELETE FROM usage_deletion WHERE request_id IN (SELECT request_id FROM usage_deletion WHERE"
                                + " deleted_at < ? ORDER BY deleted_at LIMIT ?)",
                        until,
                        MAX_SWEPT);
    }

    /**
     * Takes what is to be published, so that no other process takes it meanwhile.
     *
     * @param until from when on others may take it, should this process have died
     */
    static List<UsageExport> claim(Connection connection, Instant now, Instant until, int limit) throws SQLException {
        return Sql.list(
                connection,
                row -> new UsageExport(row.getString(1), row.getString(2), row.getString(3)),
                "UPDATE usage_export SET due_at = ? WHERE event_id IN ("
                        + "SELECT event_id FROM usage_export WHERE due_at <= ? ORDER BY due_at, event_id LIMIT ?)"
                        + " RETURNING event_id, account_id, payload",
                Times.micros(until),
                Times.micros(now),
                limit);
    }

    /** Forgets what was published; what was not is due again at a time. */
    static int settle(Connection connection, List<String> published, List<String> failed, Instant again)
            throws SQLException {
        if (!published.isEmpty()) {
            Sql.updateAll(
                    connection,
                    "DELETE FROM usage_export WHERE event_id = ?",
                    published.stream().map(id -> new @Nullable Object[] {id}).toList());
        }
        if (!failed.isEmpty()) {
            Sql.updateAll(
                    connection,
                    "UPDATE usage_export SET due_at = ? WHERE event_id = ?",
                    failed.stream()
                            .map(id -> new @Nullable Object[] {Times.micros(again), id})
                            .toList());
        }
        return published.size();
    }
}
