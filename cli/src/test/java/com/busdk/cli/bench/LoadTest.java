package com.busdk.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The load generator against the server of the bench that does nothing, which is enough to see it count. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LoadTest {
    private static final EventLines LINES = new EventLines(List.of("example.bench"), 200);
    private static final Timing HUNDRED = new Timing(Duration.ZERO, Duration.ofMinutes(1), 100);

    private Vertx vertx;
    private LoadClient client;
    private Target target;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        target = new Target("127.0.0.1", BareServer.start(vertx, BareServer.ANY_PORT, 2), "/api/v1/events", "token");
        client = new LoadClient(2);
    }

    @AfterEach
    void stop() {
        client.close();
        vertx.close().await();
    }

    @Test
    void shouldPublishAsManyAsAskedFor() throws Exception {
        LoadResult result = new PublishLoad(7, 0, LINES, HUNDRED).run(client, target);
        assertEquals(100, result.count());
        assertEquals(100, result.latency().getTotalCount());
    }

    @Test
    void shouldPublishLinesOfOneRequest() throws Exception {
        LoadResult result = new NdjsonLoad(3, 0, 16, LINES, HUNDRED).run(client, target);
        assertEquals(100, result.count());
        assertEquals(100 * 201, result.bytes());
    }

    @Test
    void shouldKeepAPace() throws Exception {
        LoadResult result =
                new PublishLoad(4, 1_000, LINES, Timing.of(Duration.ZERO, Duration.ofMillis(200))).run(client, target);
        assertEquals(200, result.count());
    }

    @Test
    void shouldCountWhatEveryListenerGets() throws Exception {
        LoadResult all = new BroadcastLoad(20, 0, true, 10, LINES, HUNDRED).run(client, target);
        assertEquals(20 * 100, all.count());
        assertEquals(0, all.missing());
        LoadResult paced = new BroadcastLoad(20, 2_000, false, 10, LINES, HUNDRED).run(client, target);
        assertEquals(20 * 100, paced.count());
        assertEquals(20 * 100, paced.latency().getTotalCount());
    }

    @Test
    void shouldReplayAsOftenAsAskedFor() throws Exception {
        LoadResult result = new ReplayLoad(2, List.of("example.bench"), 1_000, 3).run(client, target);
        assertEquals(2 * 3 * 1_000, result.count());
        assertTrue(result.bytes() > result.count());
    }

    @Test
    void shouldAskAsOftenAsAskedFor() throws Exception {
        LoadResult result = new GetLoad(3, 0, "/any?limit=1", HUNDRED).run(client, target);
        assertEquals(100, result.count());
        assertEquals(100, result.latency().getTotalCount());
    }

    @Test
    void shouldSayWhatTheServiceAnswered() throws Exception {
        HttpServer refusing = vertx.createHttpServer()
                .requestHandler(request -> request.response()
                        .setStatusCode(403)
                        .end("{\"error\":{\"type\":\"forbidden\",\"message\":\"scope events:send is missing\"}}"))
                .listen(0, "127.0.0.1")
                .await();
        var forbidden = new Target("127.0.0.1", refusing.actualPort(), "/api/v1/events", "token");
        var failure =
                assertThrows(CliException.class, () -> new PublishLoad(2, 0, LINES, HUNDRED).run(client, forbidden));
        assertEquals(ExitCode.NO_PERMISSION, failure.exitCode());
        assertTrue(failure.text().endsWith("403: scope events:send is missing"), failure.text());
    }

    @Test
    void shouldSayThatNobodyIsThere() throws Exception {
        HttpServer gone = vertx.createHttpServer()
                .requestHandler(_ -> {})
                .listen(0, "127.0.0.1")
                .await();
        gone.close().await();
        var nowhere = new Target("127.0.0.1", gone.actualPort(), "/api/v1/events", "token");
        var failure =
                assertThrows(CliException.class, () -> new PublishLoad(1, 0, LINES, HUNDRED).run(client, nowhere));
        assertEquals(ExitCode.UNREACHABLE, failure.exitCode());
    }
}
