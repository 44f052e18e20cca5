package com.busdk.workers.store;

import static com.busdk.workers.upcloud.testing.Await.await;

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
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.run.WorkerSettings;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A real events service in memory, tokens for it, and worker processes that can die. */
public final class Hub implements AutoCloseable {
    /** All that the two workers and those who ask them need. */
    public static final String SCOPES = "usage:write usage:read usage:delete billing:read billing:setup"
            + " billing:entitlement:check billing:subscription:write billing:usage:export billing:provider";

    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    public final Vertx vertx = Vertx.vertx();
    private final Map<String, String> flags;
    private EventsService service;

    /** Publishes and asks as the providers do. */
    public final EventsClient client;

    private final List<Started> started = new ArrayList<>();

    /** A worker process. */
    public record Started(Vertx vertx, WorkerRun run) {
        /** Cuts it off as a dying process does: nothing is finished or given back. */
        public void die() {
            await(vertx.close());
        }
    }

    /** In memory. */
    public Hub() {
        this(Map.of("addr", "127.0.0.1:0", "events-backend", "memory"));
    }

    /** On disk. */
    Hub(Path data) {
        this(Map.of("addr", "127.0.0.1:0", "data-dir", data.toString()));
    }

    private Hub(Map<String, String> flags) {
        this.flags = flags;
        service = serve(flags);
        client = client("provider", SCOPES);
    }

    private static EventsService serve(Map<String, String> flags) {
        return await(EventsService.start(null, EventsOptions.read(flags, Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
    }

    /** Nobody is there from now on; with {@link #comeBack} one is again, at the same address, and of one in memory all is lost. */
    public void goAway() {
        await(service.stop());
    }

    public void comeBack() {
        Map<String, String> same = new HashMap<>(flags);
        same.put("addr", "127.0.0.1:" + service.port());
        service = serve(same);
    }

    private URI url() {
        return ServiceUrls.of(Map.of()).events(service.url());
    }

    public EventsClient client(String subject, String scopes) {
        return EventsClient.create(vertx, url(), TokenSource.fixed(token(subject, scopes)));
    }

    /** A person with a token of the public audience, to whom only their own events belong. */
    public EventsClient user(String subject, String scopes) {
        return EventsClient.create(vertx, url(), TokenSource.fixed(userToken(subject, scopes)));
    }

    private static String userToken(String subject, String scopes) {
        return MINTER.mint(Grant.user(subject, Scopes.parse(scopes)));
    }

    private static String token(String subject, String scopes) {
        return MINTER.mint(Grant.service(subject, Scopes.parse(scopes)));
    }

    /** What a worker process is made of, with flags and their values in turn. */
    public WorkerContext context(String name, Map<String, String> more, String... flags) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < flags.length; i += 2) {
            all.put(flags[i], flags[i + 1]);
        }
        return context(name, all, more);
    }

    /** What a worker process is made of. */
    public WorkerContext context(String name, Map<String, String> flags, Map<String, String> more) {
        return context(name, SCOPES, flags, more);
    }

    public WorkerContext context(String name, String scopes, Map<String, String> flags, Map<String, String> more) {
        return contextWith(token(name, scopes), name, flags, more); // one subject for all workers of a kind
    }

    /** What a worker process is made of that somebody runs for themselves. */
    public WorkerContext contextOfUser(String name, String scopes) {
        return contextWith(userToken(name, scopes), name, Map.of(), Map.of());
    }

    private WorkerContext contextWith(String token, String name, Map<String, String> flags, Map<String, String> more) {
        Map<String, String> all = new HashMap<>(flags);
        all.putIfAbsent("consumer", name + "-" + started.size());
        all.putIfAbsent("drain", "5s");
        Map<String, String> environment = new HashMap<>(more);
        environment.put("BUS_EVENTS_API_URL", service.url());
        environment.put("BUS_API_TOKEN", token);
        environment.put("HOME", "/nowhere");
        Vertx own = Vertx.vertx();
        WorkerSettings settings = WorkerSettings.read(name, all, environment, _ -> {});
        EventsClient client = EventsClient.create(own, settings.events(), settings.token());
        return new WorkerContext(name, own, client, settings, all, environment);
    }

    /** Starts a worker process and waits until it takes requests. */
    public Started start(WorkerKind kind, WorkerContext context) {
        return start(kind.create(context), context);
    }

    public Started start(WorkerSet set, WorkerContext context) {
        Started process = new Started(context.vertx(), await(WorkerRun.start(set, context)));
        started.add(process);
        await(process.run().running());
        return process;
    }

    /** Asks, and gives the response, which may carry an error. */
    public Envelope ask(Envelope request) {
        return await(client.request(request, PATIENCE));
    }

    public Envelope ask(String name, String payload) {
        return ask(Envelope.builder(name).payload(payload).build());
    }

    /** The payload of a response without an error. */
    public JsonNode answer(String name, String payload) {
        return answer(Envelope.builder(name).payload(payload).build());
    }

    public JsonNode answer(Envelope request) {
        Envelope response = ask(request);
        if (response.error() != null) {
            throw new AssertionError("answered with " + response.error());
        }
        return json(response.payload());
    }

    /** All events of these names so far. */
    public List<Envelope> history(String... names) {
        return read(ListenOptions.of(List.of(names)).replay().snapshot().build());
    }

    /** Waits until the log has so many events of a name, and gives all that it has then. */
    public List<Envelope> historyOf(int count, String name) {
        read(ListenOptions.of(name).replay().limit(count).build());
        return history(name);
    }

    /** The first event of a name with that correlation id. */
    public Envelope correlated(String name, String correlationId) {
        return read(ListenOptions.of(name)
                        .replay()
                        .correlationId(correlationId)
                        .limit(1)
                        .build())
                .getFirst();
    }

    private List<Envelope> read(ListenOptions options) {
        List<Envelope> events = new ArrayList<>();
        await(client.listen(options, event -> {
                    events.add(event);
                    return Future.succeededFuture();
                })
                .ended());
        return events;
    }

    /** Waits on the test's own thread until something holds. */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it never came: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    public static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    /** One value of each item of a list. */
    public static List<String> each(JsonNode list, Function<JsonNode, String> value) {
        List<String> values = new ArrayList<>();
        list.forEach(item -> values.add(value.apply(item)));
        return values;
    }

    @Override
    public void close() {
        started.forEach(process ->
                await(process.run().stop().transform(_ -> process.vertx().close())));
        await(client.close());
        await(vertx.close());
        await(service.stop());
    }
}
