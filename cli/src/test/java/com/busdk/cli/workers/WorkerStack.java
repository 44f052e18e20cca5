package com.busdk.cli.workers;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.run.WorkerSettings;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/** An events service in memory, workers beside it, each with an event loop and a client of its own, and users who ask. */
@SuppressWarnings("try") // waiting for things to stop may be interrupted, and the test with it
final class WorkerStack implements AutoCloseable {
    static final String VM = "vm:read vm:write";
    static final String CONTAINERS = "container:read container:run container:delete";

    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx = Vertx.vertx();
    private final EventsService service;
    private final List<Started> workers = new ArrayList<>();

    private WorkerStack(EventsService service) {
        this.service = service;
    }

    /** A worker and what it runs on. */
    record Started(Vertx vertx, WorkerRun run) {}

    static WorkerStack start() throws Exception {
        EventsOptions options = EventsOptions.read(
                Map.of("addr", "127.0.0.1:0", "events-backend", "memory"), Map.of("BUS_EVENTS_JWT_SECRET", SECRET));
        return new WorkerStack(await(EventsService.start(null, options)));
    }

    URI url() {
        return ServiceUrls.of(Map.of()).events(service.url());
    }

    static String serviceToken(String scopes) {
        return MINTER.mint(Grant.service("worker", Scopes.parse(scopes)));
    }

    static String userToken(String subject, String scopes) {
        return MINTER.mint(Grant.user(subject, Scopes.parse(scopes)));
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    static void until(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            assertTrue(System.nanoTime() < deadline, "it never came");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    /** Starts a worker and waits until it takes requests. */
    Started worker(String name, String scopes, Function<WorkerContext, WorkerSet> kind, String... flags)
            throws Exception {
        Started started = begin(name, scopes, kind, flags);
        await(started.run().running());
        return started;
    }

    /** Starts a worker. */
    Started begin(String name, String scopes, Function<WorkerContext, WorkerSet> kind, String... flags)
            throws Exception {
        Map<String, String> given = new HashMap<>(Map.of("consumer", name + "-" + workers.size(), "drain", "1s"));
        for (int i = 0; i < flags.length; i += 2) {
            given.put(flags[i], flags[i + 1]);
        }
        var environment = Map.of("BUS_EVENTS_API_URL", service.url(), "BUS_API_TOKEN", serviceToken(scopes));
        Vertx own = Vertx.vertx();
        WorkerSettings settings = WorkerSettings.read(name, given, environment, ignored -> {});
        EventsClient client = EventsClient.create(own, settings.events(), settings.token());
        var context = new WorkerContext(name, own, client, settings, given, environment);
        Started started = new Started(own, await(WorkerRun.start(kind.apply(context), context)));
        workers.add(started);
        return started;
    }

    EventsClient user(String subject, String scopes) {
        return EventsClient.create(vertx, url(), TokenSource.fixed(userToken(subject, scopes)));
    }

    EventsClient service(String scopes) {
        return EventsClient.create(vertx, url(), TokenSource.fixed(serviceToken(scopes)));
    }

    /** Asks and waits for the answer. */
    static Envelope ask(EventsClient client, String name, String payload) throws Exception {
        return await(asking(client, name, payload));
    }

    static Future<Envelope> asking(EventsClient client, String name, String payload) {
        return client.request(Envelope.builder(name).payload(payload).build(), Duration.ofSeconds(50));
    }

    static JsonNode json(Envelope event) throws Exception {
        return JSON.readTree(event.payload());
    }

    /** All events of a name so far. */
    List<Envelope> history(EventsClient client, String name) throws Exception {
        List<Envelope> events = new ArrayList<>();
        await(client.listen(ListenOptions.of(name).replay().snapshot().build(), event -> {
                    events.add(event);
                    return Future.succeededFuture();
                })
                .ended());
        return events;
    }

    @Override
    public void close() throws Exception {
        for (Started worker : workers) {
            await(worker.run().stop().transform(ignored -> worker.vertx().close()));
        }
        await(vertx.close());
        await(service.stop());
    }
}
