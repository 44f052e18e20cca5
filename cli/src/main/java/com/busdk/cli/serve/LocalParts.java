package com.busdk.cli.serve;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.run.WorkerSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How the parts of the local stack are started and stopped: with a service token of their own, over HTTP as across
 * machines, the last one started being the first to stop.
 *
 * <p>Thread: the command's, which waits for each to start and to stop.
 */
final class LocalParts implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    /** Longest wait for a part to start, or to stop beyond the time for what it has in hand. */
    private static final long PART_SECONDS = 20;

    /** How often is said that a worker still reads the history. */
    private static final Duration NOTE_EVERY = Duration.ofSeconds(5);

    /**
     * Longest time in which a worker that reads the history gets no event: a log of the default size is looked through for
     * the next one well within, also on a slow disk.
     */
    private static final Duration STALLED = Duration.ofMinutes(5);

    /** What the parts' requests in hand may take when the stack is stopped by somebody at a terminal. */
    private static final String DRAIN = "10s";

    /** The parts' own token; it is made anew long before it ends. */
    private static final Duration TOKEN_TTL = Duration.ofDays(30);

    private static final long RENEW_TOKEN_MILLIS = Duration.ofDays(1).toMillis();

    /** Name of the file with that token, below the data directory. */
    private static final String TOKEN_FILE = "internal-token";

    private static final String SCOPES = "vm:read vm:write container:read container:run container:delete"
            + " container:admin ssh:run usage:read usage:write usage:delete billing:read billing:setup"
            + " billing:entitlement:check billing:subscription:write billing:usage:export billing:provider";

    /** Where each service looks for the secret that tokens are signed with. */
    private static final List<String> SECRETS = List.of(
            "BUS_VM_JWT_SECRET",
            "BUS_CONTAINERS_JWT_SECRET",
            "BUS_USAGE_JWT_SECRET",
            "BUS_BILLING_JWT_SECRET",
            "BUS_API_JWT_SECRET",
            "BUS_AUTH_HS256_SECRET");

    /**
     * What services elsewhere keep their data in and sign with. Here all is in the data directory, and signed with the one
     * secret that all parts know.
     */
    private static final List<String> ELSEWHERE = List.of(
            "BUS_AUTH_STORE_PATH",
            "BUS_AUTH_POSTGRES_DSN",
            "BUS_AUTH_SIGNING_KEY",
            "BUS_USAGE_DATABASE_URL",
            "BUS_BILLING_DATABASE_URL");

    private final Vertx vertx;
    private final Map<String, String> variables;
    private final String eventsUrl;
    private final Path tokenFile;
    private final Hs256Secret secret;
    private final Deque<Supplier<Future<Void>>> stops = new ArrayDeque<>();

    private LocalParts(Vertx vertx, Map<String, String> variables, String eventsUrl, Path data, String secret) {
        this.vertx = vertx;
        this.variables = new HashMap<>(variables);
        SECRETS.forEach(name -> this.variables.put(name, secret));
        ELSEWHERE.forEach(this.variables::remove);
        this.variables.remove("BUS_API_TOKEN"); // the user's own, which is not for the parts
        this.eventsUrl = eventsUrl;
        this.tokenFile = data.resolve(TOKEN_FILE);
        this.secret = Hs256Secret.parse(secret);
    }

    /** Nothing started yet but what renews the parts' token. */
    static LocalParts create(Vertx vertx, Map<String, String> variables, String eventsUrl, Path data, String secret)
            throws IOException {
        var parts = new LocalParts(vertx, variables, eventsUrl, data, secret);
        parts.writeToken();
        long timer = vertx.setPeriodic(
                RENEW_TOKEN_MILLIS,
                _ -> vertx.executeBlocking(() -> {
                    parts.writeToken();
                    return null;
                }));
        parts.stops.push(() -> {
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
        return parts;
    }

    Vertx vertx() {
        return vertx;
    }

    String eventsUrl() {
        return eventsUrl;
    }

    /** The environment as the parts see it. */
    Map<String, String> variables() {
        return Map.copyOf(variables);
    }

    /** Whether the user has set it; an empty variable counts as none. */
    boolean isSet(String variable) {
        return !variables.getOrDefault(variable, "").isBlank();
    }

    /** The flags of a part that listens at a free port and speaks with the events service. */
    Map<String, String> flags() {
        return Map.of("addr", address(0), "events-url", eventsUrl, "token-file", tokenFile.toString());
    }

    /** An address that this machine alone reaches. */
    static String address(int port) {
        return LOOPBACK + ":" + port;
    }

    /**
     * Waits for a part to be there; from then on it is stopped with the others.
     *
     * @param starting completes with it
     * @param what it is, or where it was to listen, for messages
     * @param close stops it
     */
    <T> T started(Future<T> starting, String what, Function<T, Future<Void>> close) throws InterruptedException {
        T part = await(starting, what);
        stops.push(() -> close.apply(part));
        return part;
    }

    /** Makes the workers of a process. */
    @FunctionalInterface
    interface Maker {
        WorkerSet make(WorkerContext context);
    }

    /**
     * Starts a worker, which need not be connected yet.
     *
     * @param name of the worker, also its group
     * @param flags its own
     * @param more variables that win over those of the user
     * @param maker makes it
     * @throws com.busdk.client.config.ConfigException if one of its variables is wrong
     */
    WorkerRun worker(String name, Map<String, String> flags, Map<String, String> more, Maker maker)
            throws InterruptedException {
        WorkerSettings settings = WorkerSettings.read(
                name,
                Map.of("events-url", eventsUrl, "token-file", tokenFile.toString(), "drain", DRAIN),
                variables,
                _ -> {});
        EventsClient client = EventsClient.create(vertx, settings.events(), TokenSource.file(tokenFile, _ -> {}));
        stops.push(client::close);
        var environment = new HashMap<>(variables);
        environment.putAll(more);
        var context = new WorkerContext(name, vertx, client, settings, flags, environment);
        return started(WorkerRun.start(maker.make(context), context), name, WorkerRun::stop);
    }

    /** Waits for something that starts. */
    static <T> T await(Future<T> future, String what) throws InterruptedException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PART_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw StartFailures.explain(e.getCause() == null ? e : e.getCause(), what);
        } catch (TimeoutException e) {
            throw new CliException(ExitCode.FAILED, what + " did not start in time", e);
        }
    }

    /**
     * Waits for a worker to take requests: as long as it gets on with reading the history, which may be as long as the
     * retention allows.
     *
     * @param notes is told every few seconds what is waited for
     * @param stop completes with the exit code if nobody wants to wait any more
     */
    static void awaitRunning(WorkerRun worker, String what, Consumer<String> notes, CompletableFuture<Integer> stop)
            throws InterruptedException {
        awaitRunning(worker, what, notes, stop, NOTE_EVERY, STALLED);
    }

    static void awaitRunning(
            WorkerRun worker,
            String what,
            Consumer<String> notes,
            CompletableFuture<Integer> stop,
            Duration noteEvery,
            Duration stalled)
            throws InterruptedException {
        CompletableFuture<Void> running = worker.running().toCompletionStage().toCompletableFuture();
        long read = 0;
        long since = System.nanoTime();
        while (true) {
            try {
                CompletableFuture.anyOf(running, stop).get(noteEvery.toNanos(), TimeUnit.NANOSECONDS);
                if (stop.isDone()) {
                    throw new CliException(stop.join(), "stopped while it waited for " + what);
                }
                return;
            } catch (ExecutionException e) {
                throw StartFailures.explain(e.getCause() == null ? e : e.getCause(), what);
            } catch (TimeoutException e) {
                long now = worker.progress();
                if (now != read) {
                    read = now;
                    since = System.nanoTime();
                } else if (System.nanoTime() - since >= stalled.toNanos()) {
                    throw new CliException(ExitCode.FAILED, what + " did not start in time", e);
                }
                notes.accept("waiting for " + what + ", which reads the history of events: " + now + " so far");
            }
        }
    }

    private void writeToken() throws IOException {
        var grant = TokenMinter.Grant.service("bus-up", Scopes.parse(SCOPES))
                .withAudience(Scopes.AUDIENCE_INTERNAL)
                .withTtl(TOKEN_TTL);
        PrivateFiles.write(tokenFile, new TokenMinter(secret, Clock.systemUTC()).mint(grant) + "\n");
    }

    @Override
    public void close() {
        for (Supplier<Future<Void>> stop = stops.poll(); stop != null; stop = stops.poll()) {
            try {
                stop.get().toCompletionStage().toCompletableFuture().get(PART_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException _) {
                // What is still open ends with the process in a moment.
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
