package com.busdk.workers.billing;

import com.busdk.client.sql.Schema;
import com.busdk.client.sql.Sql;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Times;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tables of the billing worker, and all that is done to them. Each method is (part of) one transaction, and doing it
 * twice for the same event is the same as doing it once.
 *
 * <ul>
 *   <li>{@code billing_subscription}: how each account stands.
 *   <li>{@code billing_update}: which updates were heard of.
 *   <li>{@code billing_export}: what was counted, each once.
 *   <li>{@code billing_counter}: the sums of that, for each window in which something was used. All kinds of windows are
 *       counted, since plans change, and what a plan limits tomorrow was used today.
 * </ul>
 *
 * <p>Stateless; on the database's threads.
 */
final class BillingTables {
    static final Schema SCHEMA = new Schema("billing", List.of("""
        CREATE TABLE billing_subscription (
            account_id {text} PRIMARY KEY,
            status TEXT NOT NULL,
            plan_id TEXT,
            features TEXT NOT NULL,
            occurred_at BIGINT NOT NULL,
            sequence BIGINT NOT NULL
        );
        CREATE TABLE billing_update (
            event_id {text} PRIMARY KEY,
            account_id TEXT NOT NULL,
            stored_at BIGINT NOT NULL
        );
        CREATE INDEX billing_update_time ON billing_update (stored_at);
        CREATE TABLE billing_export (
            event_id {text} PRIMARY KEY,
            account_id TEXT NOT NULL,
            feature TEXT NOT NULL,
            meter TEXT NOT NULL,
            quantity BIGINT NOT NULL,
            occurred_at BIGINT NOT NULL,
            stored_at BIGINT NOT NULL
        );
        CREATE INDEX billing_export_time ON billing_export (stored_at);
        CREATE TABLE billing_counter (
            account_id {text} NOT NULL,
            feature {text} NOT NULL,
            meter {text} NOT NULL,
            window_name {text} NOT NULL,
            window_start BIGINT NOT NULL,
            window_end BIGINT NOT NULL,
            used BIGINT NOT NULL,
            PRIMARY KEY (account_id, feature, meter, window_name, window_start)
        );
        CREATE INDEX billing_counter_end ON billing_counter (window_end)\
        """));

    /** How long it is remembered what was heard of and counted: a year's bills can be looked up, and a month more. */
    static final Duration KEPT = Duration.ofDays(400);

    /** How long the sums of a window are kept after its end: for workers whose clock is behind. */
    static final Duration KEPT_AFTER_WINDOW = Duration.ofDays(1);

    /** Rows that one sweep removes of a table at most, so that nobody waits for it. */
    static final int MAX_SWEPT = 1_000;

    /** A sum stays at what it is beyond this: no quota is as large, and the next number might not fit. */
    private static final long ENOUGH = 4_000_000_000_000_000_000L;

    private BillingTables() {}

    /**
     * What came of an update.
     *
     * @param applied whether it is how the account stands now
     * @param duplicate whether it was heard of before
     * @param current how the account stands
     */
    record Outcome(boolean applied, boolean duplicate, Optional<Subscription> current) {}

    /** Takes an update, unless it was taken before, or tells of a time before the one that is known of. */
    static Outcome apply(Connection connection, SubscriptionUpdate update, Instant now) throws SQLException {
        String account = update.account().key();
        boolean isNew = remember(connection, update.eventId(), account, now);
        Optional<Subscription> current = subscription(connection, account);
        if (!isNew || current.isPresent() && update.subscription().isBefore(current.get())) {
            return new Outcome(false, !isNew, current);
        }
        store(connection, account, update.subscription());
        return new Outcome(true, false, Optional.of(update.subscription()));
    }

    /**
     * Makes an account's subscription active, unless it is so already on the plan that is asked for, or the same request
     * has done it before.
     *
     * @param key of the request
     * @param plan asked for; empty for the one there is if it is active, else the default
     */
    static void activate(
            Connection connection, String key, Account account, Optional<String> plan, LocalPlan plans, Instant now)
            throws SQLException {
        // Also where there is nothing to do: the same request must not undo what happens after it.
        boolean isNew = remember(connection, key, account.key(), now);
        Optional<Subscription> current = subscription(connection, account.key());
        boolean isActive = current.isPresent()
                && current.get().isActive()
                && (plan.isEmpty() || plan.equals(current.get().plan()));
        if (isActive || !isNew) {
            return;
        }
        // Whoever sets up does it after all that is known, whatever the clocks of others say.
        Instant last = current.map(Subscription::occurredAt).orElse(Times.MIN);
        boolean sameTime = !now.isAfter(last);
        String id = plan.orElseGet(plans::defaultId);
        store(
                connection,
                account.key(),
                new Subscription(
                        Subscription.Status.ACTIVE,
                        Optional.of(id),
                        plans.features(id),
                        sameTime ? last : Times.kept(now),
                        sameTime ? current.map(Subscription::sequence).orElse(0L) + 1 : 0));
    }

    /** What an account is given that sets itself up. */
    interface LocalPlan {
        String defaultId();

        List<String> features(String plan);
    }

    /** Returns false if it was remembered already. */
    private static boolean remember(Connection connection, String eventId, String account, Instant now)
            throws SQLException {
        return Sql.update(
                        connection,
                        "INSERT INTO billing_update (event_id, account_id, stored_at) VALUES (?, ?, ?)"
                                + " ON CONFLICT (event_id) DO NOTHING",
                        eventId,
                        account,
                        Times.micros(now))
                == 1;
    }

    private static void store(Connection connection, String account, Subscription subscription) throws SQLException {
        ArrayNode features = Fields.object().putArray("features");
        subscription.features().forEach(features::add);
        Sql.update(
                connection,
                "INSERT INTO billing_subscription (account_id, status, plan_id, features, occurred_at, sequence)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET status = excluded.status,"
                        + " plan_id = excluded.plan_id, features = excluded.features,"
                        + " occurred_at = excluded.occurred_at, sequence = excluded.sequence",
                account,
                subscription.status().word(),
                subscription.plan().orElse(null),
                Fields.text(features),
                Times.micros(subscription.occurredAt()),
                subscription.sequence());
    }

    private static Optional<Subscription> subscription(Connection connection, String account) throws SQLException {
        return Sql.first(
                connection,
                BillingTables::subscription,
                "SELECT status, plan_id, features, occurred_at, sequence FROM billing_subscription"
                        + " WHERE account_id = ?",
                account);
    }

    private static Subscription subscription(ResultSet row) throws SQLException {
        String word = row.getString(1);
        List<String> features = new ArrayList<>();
        for (JsonNode feature : Fields.tree(row.getString(3))) {
            features.add(feature.textValue());
        }
        return new Subscription(
                Subscription.Status.find(word)
                        .orElseThrow(() -> new IllegalStateException("the table has a status that is none: " + word)),
                Optional.ofNullable(row.getString(2)),
                features,
                Times.instant(row.getLong(4)),
                row.getLong(5));
    }

    /** A window of an account in which something is counted; ordered, so that all writers take rows in one order. */
    private record Key(String account, String feature, String meter, Window window, long start, long end)
            implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = account.compareTo(other.account);
            order = order != 0 ? order : feature.compareTo(other.feature);
            order = order != 0 ? order : meter.compareTo(other.meter);
            order = order != 0 ? order : window.compareTo(other.window);
            return order != 0 ? order : Long.compare(start, other.start);
        }
    }

    /** Counts what was not counted yet. Returns for each whether it was new. */
    static List<Boolean> count(Connection connection, List<ExportRequest> exports, Instant now) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (ExportRequest export : exports) {
            rows.add(new @Nullable Object[] {
                export.eventId(),
                export.account().key(),
                export.feature(),
                export.meter(),
                export.quantity(),
                Times.micros(export.occurredAt()),
                Times.micros(now)
            });
        }
        int[] stored = Sql.updateAll(
                connection,
                "INSERT INTO billing_export (event_id, account_id, feature, meter, quantity, occurred_at, stored_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
                rows);
        List<Boolean> isNew = new ArrayList<>();
        Map<Key, Long> sums = new TreeMap<>();
        for (int i = 0; i < stored.length; i++) {
            isNew.add(stored[i] == 1);
            if (stored[i] == 1 && exports.get(i).quantity() > 0) {
                for (Window window : Window.values()) {
                    sums.merge(key(exports.get(i), window), exports.get(i).quantity(), Long::sum);
                }
            }
        }
        if (!sums.isEmpty()) {
            add(connection, sums);
        }
        return isNew;
    }

    private static Key key(ExportRequest export, Window window) {
        return new Key(
                export.account().key(),
                export.feature(),
                export.meter(),
                window,
                Times.micros(window.start(export.occurredAt())),
                Times.micros(window.end(export.occurredAt())));
    }

    private static void add(Connection connection, Map<Key, Long> sums) throws SQLException {
        Sql.updateAll(
                connection,
                "INSERT INTO billing_counter"
                        + " (account_id, feature, meter, window_name, window_start, window_end, used)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (account_id, feature, meter, window_name, window_start) DO UPDATE"
                        + " SET used = CASE WHEN billing_counter.used > " + ENOUGH + " THEN billing_counter.used"
                        + " ELSE billing_counter.used + excluded.used END",
                sums.entrySet().stream()
                        .map(sum -> new @Nullable Object[] {
                            sum.getKey().account(),
                            sum.getKey().feature(),
                            sum.getKey().meter(),
                            sum.getKey().window().word(),
                            sum.getKey().start(),
                            sum.getKey().end(),
                            sum.getValue()
                        })
                        .toList());
    }

    /** How an account stands at a moment. */
    static Standing standing(Connection connection, Account account, Instant now) throws SQLException {
        long moment = Times.micros(now);
        List<Standing.Counter> counters = Sql.list(
                connection,
                row -> new Standing.Counter(
                        row.getString(1), row.getString(2), window(row.getString(3)), row.getLong(4)),
                "SELECT feature, meter, window_name, used FROM billing_counter"
                        + " WHERE account_id = ? AND window_start <= ? AND window_end > ?"
                        + " ORDER BY feature, meter, window_name",
                account.key(),
                moment,
                moment);
        return new Standing(subscription(connection, account.key()), counters, now);
    }

    private static Window window(String word) {
        return Window.find(word)
                .orElseThrow(() -> new IllegalStateException("the table has a window that is none: " + word));
    }

    /** Forgets what is old. Returns how many rows went. */
    static int sweep(Connection connection, Instant now) throws SQLException {
        String key = "account_id, feature, meter, window_name, window_start";
        int counters = Sql.update(
                connection,
                "DELETE FROM billing_counter WHERE (" + key + ") IN (SELECT " + key
                        + " FROM billing_counter WHERE window_end < ? ORDER BY window_end LIMIT ?)",
                Times.micros(now.minus(KEPT_AFTER_WINDOW)),
                MAX_SWEPT);
        return counters
                + sweep(connection, "billing_export", now.minus(KEPT))
                + sweep(connection, "billing_update", now.minus(KEPT));
    }

    private static int sweep(Connection connection, String table, Instant until) throws SQLException {
        return Sql.update(
                connection,
                "DELETE FROM " + table + " WHERE event_id IN (SELECT event_id FROM " + table
                        + " WHERE stored_at < ? ORDER BY stored_at LIMIT ?)",
                Times.micros(until),
                MAX_SWEPT);
    }
}
