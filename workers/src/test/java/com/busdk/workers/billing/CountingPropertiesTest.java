package com.busdk.workers.billing;

import static com.busdk.workers.upcloud.testing.Await.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.sql.DatabaseLocation;
import com.busdk.workers.store.Store;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** Exports in any order, in batches of any size, some more than once, against a model that adds up a list. */
class CountingPropertiesTest {
    private static final Instant AROUND = Instant.parse("2026-03-01T00:00:00Z"); // a month begins, and a week ends
    private final Vertx vertx = Vertx.vertx();
    private int accounts;

    private Store store;

    @BeforeProperty
    void open() {
        store = new Store(vertx, new DatabaseLocation.Memory(), BillingTables.SCHEMA);
        await(store.start());
    }

    @AfterProperty
    void close() {
        await(store.stop());
        await(vertx.close());
    }

    record Counted(int id, int feature, int meter, long quantity, long secondsFrom) {}

    @Provide
    Arbitrary<List<List<Counted>>> batches() {
        Arbitrary<Counted> one = Combinators.combine(
                        Arbitraries.integers().between(0, 30),
                        Arbitraries.integers().between(0, 1),
                        Arbitraries.integers().between(0, 1),
                        Arbitraries.longs().between(0, 1_000),
                        Arbitraries.longs().between(-9 * 86_400L, 9 * 86_400L))
                .as(Counted::new);
        return one.list().ofMinSize(1).ofMaxSize(10).list().ofMinSize(1).ofMaxSize(6);
    }

    @Property(tries = 150)
    void shouldAddUpEachExportOnceInEachOfItsWindows(@ForAll("batches") List<List<Counted>> batches) {
        Account account = Account.of("account-" + accounts++);
        Map<Integer, Counted> first = new TreeMap<>();
        Set<Instant> moments = new HashSet<>();
        for (List<Counted> batch : batches) {
            List<ExportRequest> exports = new ArrayList<>();
            List<Boolean> expected = new ArrayList<>();
            for (Counted each : batch) {
                Instant at = AROUND.plusSeconds(each.secondsFrom());
                moments.add(at);
                moments.add(at.plus(Duration.ofMinutes(50)));
                expected.add(first.putIfAbsent(each.id(), each) == null);
                exports.add(new ExportRequest(
                        account.key() + "-" + each.id(),
                        account,
                        "feature-" + each.feature(),
                        "meter-" + each.meter(),
                        each.quantity(),
                        at));
            }
            assertEquals(expected, await(store.write(c -> BillingTables.count(c, exports, AROUND))));
        }
        for (Instant moment : moments) {
            Standing standing = await(store.read(c -> BillingTables.standing(c, account, moment)));
            assertEquals(model(first, moment), seen(standing), () -> "at " + moment);
        }
    }

    private static Map<String, Long> seen(Standing standing) {
        Map<String, Long> sums = new TreeMap<>();
        for (Standing.Counter counter : standing.counters()) {
            sums.put(counter.feature() + " " + counter.meter() + " " + counter.window(), counter.used());
        }
        return sums;
    }

    private static Map<String, Long> model(Map<Integer, Counted> exports, Instant moment) {
        Map<String, Long> sums = new TreeMap<>();
        for (Counted each : exports.values()) {
            Instant at = AROUND.plusSeconds(each.secondsFrom());
            for (Window window : Window.values()) {
                boolean same = WindowTest.name(window, at).equals(WindowTest.name(window, moment));
                if (same && each.quantity() > 0) {
                    String key = "feature-" + each.feature() + " meter-" + each.meter() + " " + window;
                    sums.merge(key, each.quantity(), Long::sum);
                }
            }
        }
        return sums;
    }
}
