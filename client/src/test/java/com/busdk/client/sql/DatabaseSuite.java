package com.busdk.client.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a database promises, whichever it is. */
abstract class DatabaseSuite {
    static final Schema SCHEMA = new Schema("suite", List.of("""
        CREATE TABLE account (id {identity}, name {text} NOT NULL UNIQUE, balance BIGINT NOT NULL);
        CREATE INDEX account_balance ON account (balance);
        """));

    Vertx vertx;
    Database database;

    abstract DatabaseLocation location() throws Exception;

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        database = await(Database.open(vertx, location(), SCHEMA));
    }

    @AfterEach
    void close() throws Exception {
        await(database.close());
        await(vertx.close());
    }

    static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    static Throwable failure(Future<?> future) throws Exception {
        return await(future.transform(done -> Future.succeededFuture(done.cause())));
    }

    Future<Integer> insert(String name, long balance) {
        return database.write(c -> Sql.update(c, "INSERT INTO account (name, balance) VALUES (?, ?)", name, balance));
    }

    Future<Long> sum() {
        return database.read(c -> Sql.first(c, row -> row.getLong(1), "SELECT sum(balance) FROM account")
                .orElseThrow());
    }

    static Future<Long> add(Database to, String name) {
        return to.write(c -> {
            long before = Sql.first(c, row -> row.getLong(1), "SELECT balance FROM account WHERE name = ?", name)
                    .orElseThrow();
            Sql.update(c, "UPDATE account SET balance = ? WHERE name = ?", before + 1, name);
            return before + 1;
        });
    }

    @Test
    void shouldKeepWhatWasCommitted() throws Exception {
        await(insert("a", 1));
        await(insert("b", 2));

        assertEquals(3, await(sum()));
        assertEquals(
                List.of("b", "a"),
                await(database.read(
                        c -> Sql.list(c, row -> row.getString(1), "SELECT name FROM account ORDER BY name DESC"))));
        assertEquals(List.of(1, 0), await(database.write(c -> {
            int[] changed = Sql.updateAll(
                    c,
                    "UPDATE account SET balance = ? WHERE name = ?",
                    List.of(new Object[] {7L, "a"}, new Object[] {7L, "nobody"}));
            return List.of(changed[0], changed[1]);
        })));
        assertEquals(9, await(sum()));
    }

    @Test
    void shouldUndoAllOfAWorkThatThrows() throws Exception {
        ApiException thrown = ApiException.of(ErrorType.CONFLICT, "no");

        Throwable failure = failure(database.write(c -> {
            Sql.update(c, "INSERT INTO account (name, balance) VALUES (?, ?)", "a", 1);
            throw thrown;
        }));

        assertSame(thrown, failure);
        assertTrue(await(database.read(c -> Sql.first(c, row -> row.getLong(1), "SELECT id FROM account")))
                .isEmpty());
    }

    @Test
    void shouldTellTheCallerOfARowThatIsThereAlready() throws Exception {
        await(insert("a", 1));

        assertInstanceOf(SQLException.class, failure(insert("a", 2)));
        assertEquals(1, await(sum()));
    }

    @Test
    void shouldNotLetOneWorkSufferFromAnother() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Future<?> holding = database.write(c -> waitFor(go)); // so that what follows waits, and shares a transaction
        List<Future<Integer>> works = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            works.add(insert(i % 10 == 3 ? "the same" : "name " + i, 1));
        }
        go.countDown();

        await(holding);
        await(Future.join(works).otherwiseEmpty());
        assertEquals(
                91, works.stream().filter(Future::succeeded).count(), "all but nine of the ten with the same name");
        assertEquals(91, await(sum()));
    }

    @Test
    void shouldLetNothingChangeBetweenWhatAWorkReadsAndWrites() throws Exception {
        await(insert("a", 0));
        Database another = location() instanceof DatabaseLocation.Memory
                ? database
                : await(Database.open(vertx, location(), SCHEMA)); // stands for another process
        List<Future<Long>> works = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            works.add(add(i % 2 == 0 ? database : another, "a"));
        }

        await(Future.join(works));
        assertEquals(300, await(sum()));
        assertEquals(300, works.stream().map(Future::result).distinct().count(), "each saw another number");
        if (another != database) {
            await(another.close());
        }
    }

    @Test
    void shouldAnswerOnTheContextOfTheCaller() throws Exception {
        Context context = vertx.getOrCreateContext();
        Promise<Context> answered = Promise.promise();

        context.runOnContext(_ -> database.read(c -> 1).onComplete(_ -> answered.complete(Vertx.currentContext())));

        assertSame(context, await(answered.future()));
    }

    @Test
    void shouldRefuseWorkWhenTooMuchWaits() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        Future<?> holding = database.write(c -> {
            begun.countDown();
            return waitFor(go);
        });
        assertTrue(begun.await(60, TimeUnit.SECONDS));
        List<Future<Integer>> waiting = new ArrayList<>();
        for (int i = 0; i < Lane.MAX_WAITING; i++) {
            waiting.add(database.write(c -> 1));
        }

        ApiException refused = assertInstanceOf(ApiException.class, failure(database.write(c -> 1)));

        assertEquals(ErrorType.UNAVAILABLE.type(), refused.type());
        assertTrue(refused.retryAfter().isPresent());
        assertFalse(waiting.stream().anyMatch(Future::isComplete), "what waits is not what was refused");
        go.countDown();
        await(holding);
        await(Future.join(waiting));
    }

    @Test
    void shouldDoWhatWaitsBeforeItIsClosedAndNothingAfterwards() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Future<?> holding = database.write(c -> waitFor(go));
        Future<Integer> waiting = insert("a", 1);
        Future<Void> closing = database.close();
        Future<Integer> late = insert("b", 1);
        go.countDown();

        assertEquals(1, await(waiting));
        await(holding);
        await(closing);
        ApiException refused = assertInstanceOf(ApiException.class, failure(late));
        assertEquals(ErrorType.UNAVAILABLE.type(), refused.type());
    }

    @Test
    void shouldCallAnErrorOfTheWorkByItsName() throws Exception {
        assertInstanceOf(
                IllegalArgumentException.class,
                failure(database.write(
                        c -> Sql.update(c, "INSERT INTO account (name, balance) VALUES (?, ?)", "a", 1.5))));
        assertInstanceOf(StackOverflowError.class, failure(database.write(c -> {
            throw new StackOverflowError();
        })));
        assertEquals(1, await(insert("a", 1)), "it goes on");
    }

    static int waitFor(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return 0;
    }

    /** What holds where the database outlives the program that has opened it. */
    abstract static class Lasting extends DatabaseSuite {
        @Test
        void shouldKeepItsRowsWhenItIsOpenedAgain() throws Exception {
            await(insert("a", 5));
            await(database.close());

            database = await(Database.open(vertx, location(), SCHEMA));

            assertEquals(5, await(sum()));
        }

        @Test
        void shouldAddTheStepsThatAreNew() throws Exception {
            await(insert("a", 5));
            await(database.close());
            Schema newer = new Schema(
                    "suite", List.of(SCHEMA.steps().getFirst(), "ALTER TABLE account ADD COLUMN note {text}"));

            Database first = await(Database.open(vertx, location(), newer));
            await(first.close());
            database = await(Database.open(vertx, location(), newer)); // and adds them once

            Future<Integer> changed = database.write(c -> Sql.update(c, "UPDATE account SET note = ?", (Object) null));
            assertEquals(1, await(changed));
            Throwable older = failure(Database.open(vertx, location(), SCHEMA));
            assertInstanceOf(ConfigException.class, older);
            assertTrue(older.getMessage().contains("step 2"), older.getMessage());
        }

        @Test
        void shouldLeaveOutAStepThatFails() throws Exception {
            await(insert("a", 5));
            Schema broken = new Schema(
                    "suite",
                    List.of(SCHEMA.steps().getFirst(), "UPDATE account SET balance = 0;\nDROP TABLE of_nobody"));

            assertInstanceOf(ConfigException.class, failure(Database.open(vertx, location(), broken)));

            assertEquals(5, await(sum()));
        }

        @Test
        void shouldBeMadeOnceByTwoThatStartAtOnce() throws Exception {
            Schema other = new Schema("other", List.of("CREATE TABLE other (id {identity}, name {text})"));
            List<Future<Database>> opening = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                opening.add(Database.open(vertx, location(), other));
            }

            await(Future.join(opening));
            for (Future<Database> opened : opening) {
                await(opened.result().close());
            }
        }

        /** As while a backup is restored. */
        @Test
        void shouldBeUnavailableWithoutATableAndGoOnWhenItIsBack() throws Exception {
            await(insert("a", 5));
            await(database.write(c -> Sql.update(c, "ALTER TABLE account RENAME TO away")));

            ApiException missing = assertInstanceOf(ApiException.class, failure(insert("b", 1)));
            assertEquals(ErrorType.UNAVAILABLE.type(), missing.type());
            assertInstanceOf(ApiException.class, failure(sum()));

            await(database.write(c -> Sql.update(c, "ALTER TABLE away RENAME TO account")));
            await(insert("b", 1));
            assertEquals(6, await(sum()));
        }

        @Test
        void shouldReadWhileAnotherWrites() throws Exception {
            await(insert("a", 5));
            CountDownLatch go = new CountDownLatch(1);
            CountDownLatch written = new CountDownLatch(1);
            Future<?> writing = database.write(c -> {
                Sql.update(c, "UPDATE account SET balance = 6");
                written.countDown();
                return waitFor(go);
            });
            assertTrue(written.await(60, TimeUnit.SECONDS));

            assertEquals(5, await(sum()), "as it was before");
            go.countDown();
            await(writing);
            assertEquals(6, await(sum()));
        }

        @Test
        void shouldNotWriteInARead() throws Exception {
            await(insert("a", 5));
            failure(database.read(c -> Sql.update(c, "UPDATE account SET balance = 6")));
            assertEquals(5, await(sum()));
        }
    }
}
