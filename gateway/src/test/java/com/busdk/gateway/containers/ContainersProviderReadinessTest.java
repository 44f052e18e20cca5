package com.busdk.gateway.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which responses a provider has to hear before it is ready, before an events service that takes note of the streams. */
@Timeout(60)
class ContainersProviderReadinessTest {
    private static final String SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";
    private static final List<String> RUNNER = List.of(
            "bus.containers.runner.status.response",
            "bus.containers.runner.start.response",
            "bus.containers.runner.delete.response");

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<List<String>> watched = new LinkedBlockingQueue<>();
    private HttpServer events;

    @BeforeEach
    void start() throws Exception {
        events = await(vertx.createHttpServer().requestHandler(this::listened).listen(0, "127.0.0.1"));
    }

    @AfterEach
    void stop() throws Exception {
        await(events.close());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private void listened(HttpServerRequest request) {
        if (request.getParam("correlationId", "").startsWith("watch-")) {
            watched.add(request.params().getAll("name"));
        }
        request.response()
                .setChunked(true)
                .putHeader("Content-Type", "application/x-ndjson")
                .writeHead();
    }

    @ParameterizedTest
    @CsvSource({
        "ai.hg.fi/internal, container:admin, true",
        "ai.hg.fi/internal, container:read, false",
        "ai.hg.fi/api, container:admin, false"
    })
    void shouldHearTheRunnersResponsesWhereItsTokenMay(String audience, String scope, boolean runner) throws Exception {
        Scopes scopes = Scopes.parse("container:run container:delete " + scope);
        String token = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(new Grant("provider", audience, scopes, Duration.ofHours(1), true));
        Map<String, String> environment = Map.of(
                "BUS_API_JWT_SECRET",
                SECRET,
                "BUS_API_TOKEN",
                token,
                "BUS_EVENTS_API_URL",
                "http://127.0.0.1:" + events.actualPort(),
                "BUS_EVENTS_LISTENER_REQUIRED",
                "1");
        ContainersProvider provider = await(ContainersProvider.start(
                vertx, ContainersProviderOptions.read(Map.of("addr", "127.0.0.1:0"), environment)));
        try {
            List<String> names = watched.poll(30, TimeUnit.SECONDS);
            assertTrue(names != null && names.contains("bus.containers.run.response"), "the runs' responses");
            assertEquals(runner, names.containsAll(RUNNER));
            assertEquals(runner, names.stream().anyMatch(RUNNER::contains));
        } finally {
            await(provider.close());
        }
    }
}
