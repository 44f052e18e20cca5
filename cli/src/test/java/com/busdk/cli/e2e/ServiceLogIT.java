package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the services write into their logs at the finest level, and what they do not: they are real processes. */
@Timeout(180)
class ServiceLogIT {
    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final String SCOPES = "container:read container:run container:delete";
    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());
    private static final String USERS = MINTER.mint(Grant.user("alice", Scopes.parse(SCOPES)));
    private static final String SERVICES = MINTER.mint(Grant.service("services", Scopes.parse(SCOPES)));
    private static final String RUNS = "/api/v1/containers/runs";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private Bus bus;
    private Bus.Running events;
    private Bus.Running provider;
    private Bus.Running gateway;
    private String url;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        bus = new Bus(folder)
                .with("BUS_LOG_LEVEL=trace")
                .with("BUS_LOG_FORMAT=text")
                .with("BUS_API_JWT_SECRET=" + SECRET)
                .with("BUS_API_TOKEN=" + SERVICES);
        events = bus.start("api", "provider", "events", "--addr", "127.0.0.1:0", "--events-backend", "memory");
        String eventsUrl = url(events);
        provider = bus.start("api", "provider", "containers", "--addr", "127.0.0.1:0", "--events-url", eventsUrl);
        gateway = bus.start(
                "api",
                "gateway",
                "--addr",
                "127.0.0.1:0",
                "--events-url",
                eventsUrl,
                "--vm-url",
                "none",
                "--containers-url",
                url(provider));
        url = url(gateway);
        EventsClient client = EventsClient.create(vertx, URI.create(eventsUrl), TokenSource.fixed(SERVICES));
        Worker foreign = Worker.create(
                vertx,
                client,
                WorkerOptions.named("runner")
                        .answers("bus.containers.run.request")
                        .build(),
                _ -> Future.succeededFuture(Reply.of("{\"owner_identity_id\":\"bob\",\"exit_code\":0}")));
        await(foreign.start());
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
        http.close();
        bus.close();
    }

    private static String url(Bus.Running service) throws Exception {
        String line = service.awaitOut(text -> text.contains(" at http://"));
        return line.substring(line.indexOf("http://"));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS);
    }

    private HttpRequest.Builder request(String path, String id) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .header("Authorization", "Bearer " + USERS)
                .header("Content-Type", "application/json")
                .header("X-Request-Id", id);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> run() throws IOException, InterruptedException {
        return send(request(RUNS, "log-foreign").POST(HttpRequest.BodyPublishers.ofString("{\"profile\":\"codex\"}")));
    }

    private void list() throws Exception {
        Patience.until(
                "the runs are listed",
                () -> send(request(RUNS + "?limit=197", "log-listed")).statusCode() == 200,
                () -> "they are not");
    }

    @Test
    void shouldTellOfAnAnswerThatNamesAnotherOwnerButNotWhose() throws Exception {
        HttpResponse<String> refused = run();

        assertEquals(403, refused.statusCode(), refused.body());
        String told = provider.awaitErr(line -> line.contains("names another owner"));
        assertTrue(told.contains("request log-foreign: "), told);
        assertFalse(told.contains("bob"), told);
    }

    @Test
    void shouldTellOfEachRequestByItsIdAndWithoutItsQuery() throws Exception {
        list();

        for (Bus.Running service : List.of(gateway, provider)) {
            String access = service.awaitErr(line -> line.contains("log-listed GET " + RUNS) && line.contains(" 200 "));
            assertFalse(access.contains("limit"), access);
        }
    }

    @Test
    void shouldTellNoTokenAtAnyLevel() throws Exception {
        run();
        list();

        for (Bus.Running service : List.of(gateway, provider, events)) {
            service.signal("TERM");
            String all = service.end().err();
            assertTrue(all.contains(" TRACE "), "it was the finest level");
            for (String token : List.of(USERS, SERVICES)) {
                assertFalse(all.contains(token.substring(token.lastIndexOf('.'))), "a token was logged");
            }
            assertFalse(all.contains(SECRET), "the secret was logged");
        }
    }
}
