package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.bench.LoadClient;
import com.busdk.cli.bench.Target;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loads of a soak against a service in this process, which is enough to see them count. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SteadyLoadTest {
    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final Topic TOPIC = Topic.of("soak", 1, 200);

    private EventsService service;
    private LoadClient client;
    private HubServer server;

    @BeforeEach
    void start() throws Exception {
        service = await(EventsService.start(
                null,
                EventsOptions.read(
                        Map.of("addr", "127.0.0.1:0", "events-backend", "memory"),
                        Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
        String token = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(Grant.service("bench", Scopes.parse(Scopes.EVENTS_SEND + " " + Scopes.EVENTS_LISTEN)));
        server = new HubServer(null, new Target("127.0.0.1", service.port(), "/api/v1/events", token));
        client = new LoadClient(2);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        await(service.stop());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void shouldCountEveryEventOnceWhileOthersComeAndVanish() throws Exception {
        var inquiry = new GroupInquiry(server.target(), TOPIC.names().getFirst());
        var visits = new Visits(client, server, TOPIC, "example.soak.history", Duration.ofMinutes(1));
        try (var load = new SteadyLoad(client, server, TOPIC);
                var asking = new Connections(client, server.address())) {
            load.open();
            asking.open(List.of(inquiry));
            asking.begin(List.of(inquiry));
            visits.begin();
            load.begin(500, TimeUnit.MILLISECONDS.toNanos(1_200));
            long published = load.awaitPublished();
            Visits.Totals visited = visits.end();
            SteadyLoad.Totals totals = load.awaitDelivered(published);
            assertEquals(600, published);
            assertEquals(List.of(), totals.faults());
            assertEquals(new SteadyLoad.Totals(600, 0, 0, 0, 600), totals);
            assertEquals(600, load.published().getTotalCount());
            assertEquals(600L * SteadyLoad.LISTENERS, load.delivered().getTotalCount());
            assertEquals("", visited.trouble());
            assertTrue(visited.visits() >= 4 && visited.vanished() >= 1, visited.toString());
            JsonObject group = asking.await(inquiry.ask(), TimeUnit.MINUTES.toNanos(1), "for the group");
            assertEquals(0, GroupInquiry.left(group), group.encode());
        }
    }

    @Test
    void shouldSayHowMuchItWasWhereThereIsNoPace() throws Exception {
        try (var load = new SteadyLoad(client, server, TOPIC)) {
            load.open();
            load.begin(0, TimeUnit.MILLISECONDS.toNanos(200));
            long published = load.awaitPublished();
            assertTrue(published >= SteadyLoad.PUBLISHERS, published + " events");
            assertEquals(List.of(), load.awaitDelivered(published).faults());
            assertEquals(published, load.published().getTotalCount());
        }
    }

    @Test
    void shouldMissWhatDoesNotCome() throws Exception {
        try (var load = new SteadyLoad(client, server, TOPIC)) {
            load.open();
            load.begin(500, TimeUnit.MILLISECONDS.toNanos(100));
            SteadyLoad.Totals totals = load.awaitDelivered(load.awaitPublished() + 1);
            assertEquals(SteadyLoad.LISTENERS, totals.missing());
            assertEquals(3, totals.faults().size(), totals.toString());
        }
    }
}
