package com.busdk.broker.http;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.broker.backend.log.DiskFiles;
import com.busdk.broker.backend.log.FileLayer;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A service in memory at a free port of this machine, and short words to talk to it. */
@SuppressWarnings("try") // waiting for the service to stop may be interrupted, and the test with it
final class TestService implements AutoCloseable {
    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());

    final EventsService service;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestService(EventsService service) {
        this.service = service;
    }

    /** @param flags pairs of flag and value, on top of memory and a free port */
    static TestService start(String... flags) throws Exception {
        return startOn(DiskFiles.INSTANCE, flags);
    }

    /** @param disk what a service keeps its log on that is not in memory */
    static TestService startOn(FileLayer disk, String... flags) throws Exception {
        Map<String, String> given = new HashMap<>(Map.of("addr", "127.0.0.1:0", "events-backend", "memory"));
        for (int i = 0; i < flags.length; i += 2) {
            given.put(flags[i], flags[i + 1]);
        }
        EventsOptions options = EventsOptions.read(given, Map.of("BUS_EVENTS_JWT_SECRET", SECRET));
        return new TestService(await(EventsService.start(null, options, disk)));
    }

    static String user(String subject, String scopes) {
        return MINTER.mint(Grant.user(subject, Scopes.parse(scopes)));
    }

    static String service(String subject, String scopes) {
        return MINTER.mint(Grant.service(subject, Scopes.parse(scopes)));
    }

    /** A token that may publish and listen to names of no domain. */
    static String token() {
        return user("user-1", "events:send events:listen");
    }

    int port() {
        return service.port();
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> publish(String token, String body) throws IOException, InterruptedException {
        return post(token, "application/json", body);
    }

    HttpResponse<String> post(String token, String type, String body) throws IOException, InterruptedException {
        return send(to("/api/v1/events")
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body)));
    }

    HttpResponse<String> get(String token, String path) throws IOException, InterruptedException {
        return send(to(path).header("Authorization", "Bearer " + token));
    }

    /** A figure of {@code /metrics}. */
    double figure(String name) throws IOException, InterruptedException {
        String metrics = send(to("/metrics")).body();
        return metrics.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        client.close();
        service.stop()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
