package com.busdk.client.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.testing.PostgresServer;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class PostgresDatabaseTest extends DatabaseSuite.Lasting {
    private DatabaseLocation location;

    @BeforeEach
    @Override
    void open() throws Exception {
        location = DatabaseLocation.parse(PostgresServer.shared().emptyDatabase("database_test"));
        super.open();
    }

    @Override
    DatabaseLocation location() {
        return location;
    }

    @Test
    void shouldGoOnAfterItsConnectionsWereCut() throws Exception {
        await(insert("a", 1));
        assertEquals(1, await(sum()));
        try (Connection connection = PostgresServer.shared().connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                    + ((DatabaseLocation.Postgres) location).database() + "'");
        }

        assertEquals(1, await(insert("b", 2)));
        assertEquals(3, await(sum()));
    }

    @Test
    void shouldBeUnavailableWithoutItsServerAndComeBackWithIt() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            Database own = await(Database.open(vertx, DatabaseLocation.parse(server.newDatabase()), SCHEMA));
            server.kill();

            ApiException away = assertInstanceOf(ApiException.class, failure(own.write(c -> 1)));
            assertEquals(ErrorType.UNAVAILABLE.type(), away.type());
            assertFalse(away.message().contains(server.password()), away.message());
            assertInstanceOf(ApiException.class, failure(own.read(c -> 1)));

            server.run();
            Future<Integer> written = own.write(c -> 1);
            Future<Integer> read = own.read(c -> 2);
            assertEquals(1, await(written));
            assertEquals(2, await(read));
            await(own.close());
        }
    }

    @Test
    void shouldBeUnreachableUntilItsServerHasStarted() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            DatabaseLocation there = DatabaseLocation.parse(server.newDatabase());
            server.stop();

            Throwable away = failure(Database.open(vertx, there, SCHEMA));
            ApiException unavailable = assertInstanceOf(ApiException.class, away);
            assertEquals(ErrorType.UNAVAILABLE.type(), unavailable.type());
            assertTrue(unavailable.message().contains("08001"), unavailable.message());
            assertFalse(unavailable.message().contains(server.password()), unavailable.message());

            server.run();
            await(await(Database.open(vertx, there, SCHEMA)).close());
        }
    }

    @Test
    void shouldNotHopeForADatabaseThatNobodyHasMade() throws Exception {
        var right = (DatabaseLocation.Postgres) location;
        var missing = new DatabaseLocation.Postgres(
                right.host(), right.port(), "nobody_made_it", right.user(), right.password(), Map.of());

        Throwable failure = failure(Database.open(vertx, missing, SCHEMA));

        assertInstanceOf(ConfigException.class, failure);
        assertTrue(failure.getMessage().contains("3D000"), failure.getMessage());
    }

    /** As services do that share one database and start together. */
    @Test
    void shouldMakeTheTablesOfManyWhoStartAtOnceOnAnEmptyDatabase() throws Exception {
        await(database.close());
        for (int round = 0; round < 10; round++) {
            DatabaseLocation empty =
                    DatabaseLocation.parse(PostgresServer.shared().emptyDatabase("database_test"));
            List<Future<Database>> opening = new ArrayList<>();
            for (String name : List.of("auth", "usage", "billing", "others")) {
                Schema own = new Schema(name, List.of("CREATE TABLE " + name + "_row (id {identity}, name {text})"));
                opening.add(Database.open(vertx, empty, own));
                opening.add(Database.open(vertx, empty, own)); // a second process of the same service
            }
            await(Future.join(opening).otherwiseEmpty());
            List<Throwable> failures =
                    opening.stream().filter(Future::failed).map(Future::cause).toList();
            for (Future<Database> opened : opening) {
                if (opened.succeeded()) {
                    await(opened.result().close());
                }
            }
            assertEquals(List.of(), failures);
        }
        location = DatabaseLocation.parse(PostgresServer.shared().emptyDatabase("database_test"));
        database = await(Database.open(vertx, location, SCHEMA));
    }

    @Test
    void shouldNotShowThePassword(TestInfo test) throws Exception {
        var right = (DatabaseLocation.Postgres) location;
        var wrong = new DatabaseLocation.Postgres(
                right.host(), right.port(), right.database(), right.user(), "tell-nobody", Map.of());

        Throwable failure = failure(Database.open(vertx, wrong, SCHEMA));

        assertInstanceOf(ConfigException.class, failure, test.getDisplayName());
        assertTrue(failure.getMessage().contains("28P01"), failure.getMessage());
        assertFalse(failure.toString().contains("tell-nobody"), failure.toString());
    }
}
