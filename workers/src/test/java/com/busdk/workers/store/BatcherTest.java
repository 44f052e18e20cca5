package com.busdk.workers.store;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.client.sql.Schema;
import com.busdk.client.sql.Sql;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatcherTest {
    private final Vertx vertx = Vertx.vertx();
    private final Store store = new Store(
            vertx,
            new DatabaseLocation.Memory(),
            new Schema("test", List.of("CREATE TABLE thing (name TEXT PRIMARY KEY)")));
    private final List<Integer> sizes = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    @BeforeEach
    void open() {
        await(store.start());
    }

    @AfterEach
    void close() {
        await(store.stop());
        await(vertx.close());
    }

    /** Inserts, and refuses a name twice; the very first batch waits for the gate. */
    private List<String> insert(Connection connection, List<String> names) throws SQLException {
        if (sizes.isEmpty()) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        sizes.add(names.size());
        List<String> stored = new ArrayList<>();
        for (String name : names) {
            Sql.update(connection, "INSERT INTO thing (name) VALUES (?)", name);
            stored.add("stored " + name);
        }
        return stored;
    }

    private List<String> names() {
        return await(store.read(connection -> Sql.list(connection, row -> row.getString(1), "SELECT name FROM thing")));
    }

    @Test
    void shouldPutWhatWaitsIntoOneTransaction() {
        Batcher<String, String> batcher = new Batcher<>(store, this::insert);
        List<Future<String>> added = IntStream.range(0, Batcher.MAX_BATCH + 101)
                .mapToObj(i -> batcher.add("n" + i))
                .toList();
        gate.countDown();

        await(Future.all(added));
        assertEquals(List.of(1, Batcher.MAX_BATCH, 100), sizes);
        assertEquals("stored n7", added.get(7).result());
        assertEquals(Batcher.MAX_BATCH + 101, names().size());
        assertEquals("stored last", await(batcher.add("last")), "after it had nothing to do");
    }

    @Test
    void shouldLetNobodySufferFromAnothersWrite() {
        Batcher<String, String> batcher = new Batcher<>(store, this::insert);
        Future<String> first = batcher.add("a");
        Future<String> second = batcher.add("b");
        Future<String> twice = batcher.add("a");
        Future<String> third = batcher.add("c");
        gate.countDown();

        await(Future.all(first, second, third));
        assertTrue(failure(SQLException.class, twice).getMessage().contains("UNIQUE"));
        assertEquals(List.of("a", "b", "c"), names().stream().sorted().toList());
        assertEquals("stored d", await(batcher.add("d")));
    }

    @Test
    void shouldFailWhatWaitsOnceItIsStopped() {
        Batcher<String, String> batcher = new Batcher<>(store, this::insert);
        gate.countDown();
        await(batcher.add("a"));
        await(store.stop());
        assertEquals(
                "unavailable", failure(ApiException.class, batcher.add("b")).type());
        assertEquals(
                "unavailable", failure(ApiException.class, batcher.add("c")).type());
    }
}
