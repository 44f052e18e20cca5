package com.busdk.cli.provider;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.http.server.Address;
import com.busdk.client.worker.RequestHandler;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions;
import com.busdk.gateway.collector.UsageProvider;
import com.busdk.gateway.collector.UsageProviderOptions;
import com.busdk.gateway.containers.ContainersProvider;
import com.busdk.gateway.containers.ContainersProviderOptions;
import com.busdk.gateway.subscription.BillingProvider;
import com.busdk.gateway.subscription.BillingProviderOptions;
import com.busdk.gateway.vm.VmProvider;
import com.busdk.gateway.vm.VmProviderOptions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** An events service in memory, tokens for it, and whatever a test starts before it; closed in the order of a stack. */
final class Platform implements AutoCloseable {
    static final String SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256";

    private static final String ALL = "events:send events:listen vm:read vm:write container:read container:run"
            + " container:delete container:admin usage:write usage:read usage:delete billing:read billing:setup"
            + " billing:entitlement:check";

    final Vertx vertx = Vertx.vertx();
    final HttpClient http = HttpClient.newHttpClient();
    EventsService events;
    final EventsClient client;
    private final Deque<Supplier<Future<Void>>> closing = new ArrayDeque<>();

    Platform() {
        this(Map.of("addr", "127.0.0.1:0", "events-backend", "memory"));
    }

    Platform(Map<String, String> eventsFlags) {
        events = startEvents(eventsFlags);
        client = EventsClient.create(vertx, URI.create(url() + "/api/v1/events"), TokenSource.fixed(service()));
    }

    EventsService startEvents(Map<String, String> flags) {
        return await(EventsService.start(vertx, EventsOptions.read(flags, Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
    }

    /** Ends the events service as a restart does, and starts another on its port; its log has to be on disk. */
    void restartEvents(Path data, Runnable between) {
        int port = events.port();
        await(events.stop());
        between.run();
        events = startEvents(Map.of("addr", "127.0.0.1:" + port, "data-dir", data.toString()));
    }

    String url() {
        return "http://127.0.0.1:" + events.port();
    }

    // --- tokens ---

    static String user(String subject, String scopes) {
        return token(subject, Scopes.AUDIENCE_API, scopes, false);
    }

    static String service() {
        return token("provider", Scopes.AUDIENCE_INTERNAL, ALL, true);
    }

    static String token(String subject, String audience, String scopes, boolean service) {
        return new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(new TokenMinter.Grant(subject, audience, Scopes.parse(scopes), Duration.ofHours(1), service));
    }

    // --- parts ---

    /** Environment of a provider. */
    Map<String, String> environment() {
        return Map.of(
                "BUS_API_JWT_SECRET",
                SECRET,
                "BUS_API_TOKEN",
                service(),
                "BUS_EVENTS_API_URL",
                url(),
                "HOME",
                "/nowhere");
    }

    VmProvider vm(String... flags) {
        return vm(environment(), flags);
    }

    VmProvider vm(Map<String, String> environment, String... flags) {
        VmProvider provider = await(VmProvider.start(vertx, VmProviderOptions.read(flags(flags), environment)));
        closing.push(provider::close);
        return provider;
    }

    ContainersProvider containers(String... flags) {
        return containers(environment(), flags);
    }

    ContainersProvider containers(Map<String, String> environment, String... flags) {
        ContainersProvider provider =
                await(ContainersProvider.start(vertx, ContainersProviderOptions.read(flags(flags), environment)));
        closing.push(provider::close);
        return provider;
    }

    /** One that a test may cut off: it is on a Vert.x of its own, and nobody else closes it. */
    ContainersProvider containers(Vertx on, String... flags) {
        return await(ContainersProvider.start(on, ContainersProviderOptions.read(flags(flags), environment())));
    }

    UsageProvider usage(String... flags) {
        UsageProvider provider =
                await(UsageProvider.start(vertx, UsageProviderOptions.read(flags(flags), environment())));
        closing.push(provider::close);
        return provider;
    }

    BillingProvider billing(String... flags) {
        BillingProvider provider =
                await(BillingProvider.start(vertx, BillingProviderOptions.read(flags(flags), environment())));
        closing.push(provider::close);
        return provider;
    }

    Gateway gateway(Map<GatewayOptions.Service, URI> upstreams) {
        return gateway(GatewayOptions.of(Address.parse("127.0.0.1:0"), upstreams));
    }

    Gateway gateway(GatewayOptions options) {
        Gateway gateway = await(Gateway.start(vertx, options));
        closing.push(gateway::close);
        return gateway;
    }

    private static Map<String, String> flags(String... flags) {
        var map = new HashMap<>(Map.of("addr", "127.0.0.1:0"));
        for (int i = 0; i < flags.length; i += 2) {
            map.put(flags[i], flags[i + 1]);
        }
        return map;
    }

    /** A worker that is connected. */
    Worker worker(String name, RequestHandler handler, String... requests) {
        Worker worker = Worker.create(
                vertx,
                client,
                WorkerOptions.named(name).answers(requests).drain(Duration.ZERO).build(),
                handler);
        await(worker.start());
        closing.push(worker::stop);
        return worker;
    }

    /** Everything of these names that is in the log by now. */
    List<Envelope> history(String... names) {
        var found = new CopyOnWriteArrayList<Envelope>();
        var options = ListenOptions.of(List.of(names)).replay().snapshot().build();
        await(client.listen(options, event -> {
                    found.add(event);
                    return Future.succeededFuture();
                })
                .ended());
        return found;
    }

    /** Waits until the log has so many events of these names, and gives all that it has then. */
    List<Envelope> historyOf(int count, String... names) {
        var options = ListenOptions.of(List.of(names)).replay().limit(count).build();
        await(client.listen(options, _ -> Future.succeededFuture()).ended());
        return history(names);
    }

    // --- HTTP ---

    record Reply(int status, String text, Map<String, List<String>> headers) {
        JsonNode json() {
            return Platform.json(text);
        }

        String errorType() {
            return json().path("error").path("type").asText();
        }

        String message() {
            return json().path("error").path("message").asText();
        }
    }

    Reply get(String url, String token) {
        return send("GET", url, token, null);
    }

    Reply post(String url, String token, String body) {
        return send("POST", url, token, body);
    }

    Reply send(String method, String url, String token, String body) {
        try {
            HttpResponse<String> answer = http.send(request(method, url, token, body), BodyHandlers.ofString());
            return new Reply(
                    answer.statusCode(), answer.body(), answer.headers().map());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static HttpRequest request(String method, String url, String token, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(50))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return request.build();
    }

    static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new IllegalStateException("no JSON: " + text, e);
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            try {
                await(closing.pop().get());
            } catch (IllegalStateException e) {
                // A test may have ended it already.
            }
        }
        await(client.close());
        await(events.stop());
        http.close();
        await(vertx.close());
    }
}
