package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.command.CliException;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loads against a system of the test's own, which is enough to see them count. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RunsTest {
    private static final Topic TOPIC = Topic.of("r", 1, 100);
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(100);

    private Vertx vertx;
    private FakeSystem system;
    private LoadClient client;
    private Runs runs;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        system = new FakeSystem(vertx);
        client = new LoadClient(2);
        runs = new Runs(client);
    }

    @AfterEach
    void stop() {
        client.close();
        system.close();
        vertx.close().await();
    }

    @Test
    void shouldPublishAsManyAsAskedForOneByOneAndInBatches() throws Exception {
        Measured single = runs.publish(system, TOPIC, 3, true, MINUTE, 100);
        assertEquals(100, single.events());
        assertTrue(single.p50() > 0 && single.p99() >= single.p50());
        Measured batched = runs.publish(system, TOPIC, 1, false, MINUTE, 10_000);
        assertEquals(10_000, batched.events());
        assertEquals(10_100, system.published());
    }

    @Test
    void shouldCountWhatEveryListenerGets() throws Exception {
        Measured most = runs.fanOut(system, TOPIC, () -> system.listening(TOPIC), 5, 0, false, 0, MOMENT);
        assertEquals(5L * system.published(), most.events());
        assertEquals(0, most.missing());
        assertTrue(most.value() > 0);
    }

    @Test
    void shouldKeepAPaceAndTellHowLateEachEventIs() throws Exception {
        Measured paced = runs.fanOut(system, TOPIC, () -> system.listening(TOPIC), 2, 500, true, 0, MOMENT);
        assertEquals(50, system.published());
        assertEquals(100, paced.events());
        assertEquals(0, paced.missing());
        assertTrue(paced.p50() > 0);
    }

    @Test
    void shouldMissWhatIsNotDelivered() throws Exception {
        system.loseAll();
        Measured paced = runs.fanOut(system, TOPIC, () -> system.listening(TOPIC), 2, 100, true, 0, MOMENT);
        assertEquals(20, paced.missing());
    }

    @Test
    void shouldReadHistoryToItsEnd() throws Exception {
        runs.publish(system, TOPIC, 1, false, MINUTE, 5_000);
        assertEquals(5_000, runs.replay(system, TOPIC, 0, 5_000).events());
    }

    @Test
    void shouldSeeABacklogThrough() throws Exception {
        runs.publish(system, TOPIC, 1, false, MINUTE, 1_000);
        Measured done = runs.consume(system, TOPIC, 3, 1_000);
        assertEquals(1_000, done.events());
        assertEquals(0, done.missing());
    }

    @Test
    void shouldEndAtOnceWhereTheSystemEndsAConnection() {
        var failure = assertThrows(
                CliException.class, () -> runs.fanOut(system, TOPIC, FakeSystem::thrownOut, 1, 1, true, 0, MOMENT));
        assertTrue(failure.text().contains("closed a connection"), failure.text());
    }
}
