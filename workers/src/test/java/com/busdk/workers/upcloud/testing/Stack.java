package com.busdk.workers.upcloud.testing;

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
import com.busdk.client.worker.Reply;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSettings;
import com.busdk.workers.upcloud.UpCloudWorkerKind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * All that an UpCloud worker lives between: a real events service, a cloud that is played, an open port in place of the
 * runner's sshd, and an SSH worker that answers as the test says.
 */
public final class Stack implements AutoCloseable {
    public static final String USER = "container:read container:run container:delete vm:read vm:write";
    private static final String SECRET = "a-secret-of-tests-that-is-long-enough-for-hs256";
    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());

    /** What the token of a worker lets it do that is started from now on. */
    public volatile String workerScopes = USER + " ssh:run";

    public final Vertx vertx = Vertx.vertx();
    public final StubCloud cloud = StubCloud.start(vertx);

    /** Scripts that the SSH worker was given. */
    public final List<Envelope> scripts = new CopyOnWriteArrayList<>();

    private EventsService hub = serve(0);
    private final NetServer sshd = vertx.createNetServer().connectHandler(socket -> {});
    private final List<Started> workers = new ArrayList<>();

    /** A worker process. */
    public record Started(Vertx vertx, WorkerRun run) {
        /** Cuts it off as a dying process does: nothing is finished or given back. */
        public void die() {
            Await.await(vertx.close());
        }
    }

    public Stack() {
        Await.await(sshd.listen(0, "127.0.0.1"));
        cloud.polls = 1; // real time passes here
    }

    private static EventsService serve(int port) {
        return Await.await(EventsService.start(
                null,
                EventsOptions.read(
                        Map.of("addr", "127.0.0.1:" + port, "events-backend", "memory"),
                        Map.of("BUS_EVENTS_JWT_SECRET", SECRET))));
    }

    /** The events service is started again at the same address, and has lost its log. */
    public void loseTheLog() {
        int port = hub.port();
        Await.await(hub.stop());
        hub = serve(port);
    }

    private URI url() {
        return ServiceUrls.of(Map.of()).events(hub.url());
    }

    public EventsClient user(String subject) {
        String token = MINTER.mint(Grant.user(subject, Scopes.parse(USER)));
        return EventsClient.create(vertx, url(), TokenSource.fixed(token));
    }

    public EventsClient service(String scopes) {
        return EventsClient.create(vertx, url(), TokenSource.fixed(serviceToken(scopes)));
    }

    /** Somebody who may ask for everything, runners too. */
    public EventsClient administrator() {
        return EventsClient.create(vertx, url(), TokenSource.fixed(internalToken("administrator")));
    }

    private static String internalToken(String subject) {
        Scopes all = Scopes.parse(USER + " container:admin ssh:run");
        return MINTER.mint(new Grant(subject, Scopes.AUDIENCE_INTERNAL, all, Duration.ofHours(1), true));
    }

    private static String serviceToken(String scopes) {
        return MINTER.mint(Grant.service("worker", Scopes.parse(scopes)));
    }

    /** Starts a worker process for the runner {@code runner}, and waits until it takes requests. */
    public Started worker(String... more) {
        Map<String, String> flags = new HashMap<>(Map.of(
                "consumer",
                "upcloud-" + workers.size(),
                "drain",
                "1s",
                "provider",
                "upcloud",
                "upcloud-api-url",
                cloud.url().toString(),
                "container-runner-name",
                "runner",
                "container-ssh-port",
                Integer.toString(sshd.actualPort())));
        for (int i = 0; i < more.length; i += 2) {
            flags.put(more[i], more[i + 1]);
        }
        Map<String, String> environment = Map.of(
                "BUS_EVENTS_API_URL",
                hub.url(),
                "BUS_API_TOKEN",
                serviceToken(workerScopes),
                "UPCLOUD_TOKEN",
                StubCloud.TOKEN);
        Vertx own = Vertx.vertx();
        WorkerSettings settings = WorkerSettings.read("upcloud", flags, environment, ignored -> {});
        EventsClient client = EventsClient.create(own, settings.events(), settings.token());
        WorkerContext context = new WorkerContext("upcloud", own, client, settings, flags, environment);
        Started started = new Started(own, Await.await(WorkerRun.start(new UpCloudWorkerKind(), context)));
        workers.add(started);
        Await.await(started.run().running());
        return started;
    }

    /** Starts a worker process of any kind, which may administer runners too, and waits until it takes requests. */
    public Started worker(WorkerKind kind, Map<String, String> flags) {
        Map<String, String> given = new HashMap<>(Map.of("consumer", kind.name() + workers.size(), "drain", "1s"));
        given.putAll(flags);
        Map<String, String> environment = Map.of(
                "BUS_EVENTS_API_URL",
                hub.url(),
                "BUS_API_TOKEN",
                internalToken("worker"),
                "UPCLOUD_TOKEN",
                StubCloud.TOKEN,
                "PATH",
                System.getenv("PATH"));
        Vertx own = Vertx.vertx();
        WorkerSettings settings = WorkerSettings.read(kind.name(), given, environment, ignored -> {});
        EventsClient client = EventsClient.create(own, settings.events(), settings.token());
        WorkerContext context = new WorkerContext(kind.name(), own, client, settings, given, environment);
        Started started = new Started(own, Await.await(WorkerRun.start(kind, context)));
        workers.add(started);
        Await.await(started.run().running());
        return started;
    }

    /** The port that is open in the place of the runner's sshd. */
    public int sshdPort() {
        return sshd.actualPort();
    }

    /** Starts an SSH worker. */
    public void ssh(Function<Envelope, Future<Reply>> answer) {
        Worker worker = Worker.create(
                vertx,
                service("ssh:run"),
                WorkerOptions.named("ssh-runner")
                        .answers("bus.ssh.script.run.request")
                        .drain(Duration.ZERO)
                        .build(),
                request -> {
                    scripts.add(request);
                    return answer.apply(request);
                });
        Await.await(worker.start());
    }

    /** An SSH worker whose scripts end at once, with that output. */
    public static Function<Envelope, Future<Reply>> prints(String text) {
        return request -> Future.succeededFuture(Reply.of("""
            {"target":{"host":"127.0.0.1","user":"root"},"exit_code":0,"stdout":"%s","stderr":"","duration_ms":7}\
            """.formatted(text)));
    }

    public Future<Envelope> ask(EventsClient client, String name, String payload) {
        return client.request(Envelope.builder(name).payload(payload).build(), Duration.ofSeconds(50));
    }

    /** All events of a name so far. */
    public List<Envelope> history(String name, String scopes) {
        List<Envelope> events = new ArrayList<>();
        Await.await(service(scopes)
                .listen(ListenOptions.of(name).replay().snapshot().build(), event -> {
                    events.add(event);
                    return Future.succeededFuture();
                })
                .ended());
        return events;
    }

    /** Waits on the test's own thread until something holds, which may ask the hub itself. */
    public void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it never came");
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    @Override
    public void close() {
        workers.forEach(worker -> Await.await(
                worker.run().stop().transform(ignored -> worker.vertx().close())));
        cloud.close();
        Await.await(vertx.close());
        Await.await(hub.stop());
    }
}
