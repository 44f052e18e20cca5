package com.busdk.broker;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.log.DiskFiles;
import com.busdk.broker.backend.log.FileLayer;
import com.busdk.broker.backend.log.FlushPolicy;
import com.busdk.broker.http.HttpParts;
import com.busdk.broker.http.HttpSettings;
import com.busdk.broker.http.HttpVerticle;
import com.busdk.broker.http.stream.StreamLimits;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.GoDuration;
import com.busdk.client.http.server.UpgradeGuard;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Events API service: a backend, and HTTP servers before it, one for each core.
 *
 * <p>Any thread may start and stop it; its work is done on event loops.
 *
 * <pre>{@code
 * EventsOptions options = EventsOptions.read(Map.of("addr", "127.0.0.1:0", "events-backend", "memory"), System.getenv());
 * EventsService.start(null, options).onSuccess(service -> System.out.println(service.port()));
 * }</pre>
 */
public final class EventsService {
    private static final Logger LOG = LoggerFactory.getLogger(EventsService.class);

    /** Servers that are to share a free port say so by a number below zero that no others have. */
    private static final AtomicInteger FREE_PORTS = new AtomicInteger();

    private final Vertx vertx;
    private final boolean ownVertx;
    private final EventsOptions options;
    private final HttpParts parts;

    /** Filled before the service is handed out. */
    private final List<HttpVerticle> servers = new ArrayList<>();

    /** What Vert.x calls the servers, so that it forgets them with the service. Several event loops fill it. */
    private final List<String> deployed = Collections.synchronizedList(new ArrayList<>());

    private @Nullable Future<Void> stopped;

    private EventsService(Vertx vertx, boolean ownVertx, EventsOptions options, HttpParts parts) {
        this.vertx = vertx;
        this.ownVertx = ownVertx;
        this.options = options;
        this.parts = parts;
    }

    /**
     * Starts a service.
     *
     * @param vertx to run on, or null for one of its own, which is closed with the service
     * @return the service, ready to be asked; fails with a message for the operator
     */
    public static Future<EventsService> start(@Nullable Vertx vertx, EventsOptions options) {
        return start(vertx, options, DiskFiles.INSTANCE);
    }

    /**
     * Starts a service whose log is on something else than the disk of this machine: for measuring and for tests.
     *
     * @param vertx to run on, or null for one of its own, which is closed with the service
     * @param disk what the {@code file} backend keeps its files on
     * @return as above
     */
    public static Future<EventsService> start(@Nullable Vertx vertx, EventsOptions options, FileLayer disk) {
        return start(vertx, options, disk, _ -> Future.succeededFuture());
    }

    /**
     * Starts a service whose first request is as fast as its second: while the log is opened, some requests go through a
     * service of the moment, in a temporary folder, with an address, a secret and events that nobody is told of. It costs some tenths
     * of a second, two seconds at most, and is for programs that take users; a test has no use for it.
     *
     * @param vertx to run on, which stays the caller's
     * @return as above
     */
    public static Future<EventsService> startWarm(Vertx vertx, EventsOptions options) {
        return start(vertx, options, DiskFiles.INSTANCE, WarmUp::run);
    }

    private static Future<EventsService> start(
            @Nullable Vertx vertx, EventsOptions options, FileLayer disk, Function<Vertx, Future<Void>> meanwhile) {
        boolean own = vertx == null;
        Vertx used = vertx == null ? Vertx.vertx(new VertxOptions().setPreferNativeTransport(true)) : vertx;
        Future<EventsService> started;
        try {
            started = assemble(used, own, options, disk).compose(service -> service.open(meanwhile.apply(used)));
        } catch (RuntimeException e) {
            started = Future.failedFuture(e);
        }
        if (!own) {
            return started;
        }
        Promise<EventsService> result = Promise.promise();
        started.onSuccess(result::complete).onFailure(problem -> used.close().onComplete(_ -> result.fail(problem)));
        return result.future();
    }

    /** A service that tells nobody about itself. */
    static Future<EventsService> startQuietly(Vertx vertx, EventsOptions options) {
        return assemble(vertx, false, options, DiskFiles.INSTANCE)
                .compose(service -> service.openBehind(Future.succeededFuture()));
    }

    private static Future<EventsService> assemble(Vertx vertx, boolean own, EventsOptions options, FileLayer disk) {
        InstantSource clock = InstantSource.system();
        TokenSettings tokens =
                new TokenSettings(options.secret().stream().toList(), options.jwks(), options.audiences());
        return vertx.executeBlocking(() -> access(options), false)
                .compose(access -> TokenVerifier.create(vertx, tokens, clock)
                        .compose(verifier -> vertx.executeBlocking(
                                () -> {
                                    verifier.refuseIfWeakAndPublic(
                                            options.address().isLoopback());
                                    return verifier;
                                },
                                false))
                        .map(verifier -> {
                            verifier.warnings().forEach(LOG::warn);
                            Backend backend = BackendFactory.create(vertx, options, disk, clock);
                            HttpParts parts = HttpParts.of(backend, verifier, access, options.rateLimit(), clock);
                            return new EventsService(vertx, own, options, parts);
                        }));
    }

    private static EventAccess access(EventsOptions options) {
        Path table = options.eventAccess();
        return table == null ? EventAccess.standard(options.audiences()) : EventAccess.load(table, options.audiences());
    }

    private Future<EventsService> open(Future<Void> warm) {
        whatIsNotDurable(options).forEach(LOG::warn);
        return openBehind(warm);
    }

    /** The log first, and no listening before all is ready. */
    private Future<EventsService> openBehind(Future<Void> warm) {
        return Future.join(parts.backend().start(), warm)
                .compose(_ -> listen().recover(problem -> Future.failedFuture(cannotListen(problem))))
                .recover(this::closeBehind)
                .map(this);
    }

    /** What an operator is told at the start who trades durability away; empty for who does not. */
    static List<String> whatIsNotDurable(EventsOptions options) {
        if (options.backend() == EventsOptions.BackendKind.MEMORY) {
            return List.of("the events are kept in memory: nothing survives a restart (--events-backend memory)");
        }
        if (options.backend() == EventsOptions.BackendKind.NATS) {
            return List.of();
        }
        return switch (options.log().flush()) {
            case FlushPolicy.Always _ -> List.of();
            case FlushPolicy.Interval interval ->
                List.of("a power failure may lose events that were answered within the last "
                        + GoDuration.format(interval.every()) + " (--fsync interval)");
            case FlushPolicy.Never _ ->
                List.of("a power failure may lose events that were answered: nothing is flushed (--fsync never)");
        };
    }

    /** One server for each core, which share the port. */
    private Future<Void> listen() {
        int port = options.address().port();
        HttpSettings settings = settings(options, port == 0 ? -FREE_PORTS.incrementAndGet() : port);
        List<Future<?>> started = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            HttpVerticle server = new HttpVerticle(settings, parts);
            servers.add(server);
            started.add(vertx.deployVerticle(server).onSuccess(deployed::add));
        }
        return Future.all(started)
                .compose(_ -> options.tls().isPresent()
                        ? Future.succeededFuture()
                        : UpgradeGuard.begin(vertx, options.address().reachable(), port()));
    }

    private static HttpSettings settings(EventsOptions options, int port) {
        return new HttpSettings(
                options.address().host(),
                port,
                options.maxEventBytes(),
                options.maxConnections(),
                options.maxHeaderBytes(),
                options.idleTimeout(),
                new StreamLimits(
                        options.maxStreamsPerIdentity(),
                        EventsOptions.MAX_NAMES,
                        options.stallTimeout(),
                        options.allowWildcards()),
                options.tls().map(EventsOptions.Tls::certificate).orElse(null),
                options.tls().map(EventsOptions.Tls::key).orElse(null));
    }

    private Throwable cannotListen(Throwable problem) {
        // What the network refuses is an IOException of one kind or another; what is wrong with a file is one of files.
        if (problem instanceof IOException && !(problem instanceof FileSystemException)) {
            return new ConfigException(
                    "--addr (BUS_EVENTS_ADDR)",
                    options.address() + " cannot be listened on (" + problem.getMessage()
                            + "): end what has it, or choose another");
        }
        return options.tls().isEmpty()
                ? problem
                : new ConfigException(
                        "--tls-cert, --tls-key",
                        "TLS cannot be served with these files (" + problem.getMessage()
                                + "): give a certificate and its key as PEM");
    }

    private Future<Void> closeBehind(Throwable problem) {
        return closeServers(Duration.ZERO)
                .eventually(parts.backend()::stop)
                .eventually(() -> parts.tokens().close())
                .transform(_ -> Future.failedFuture(problem));
    }

    /** The port it listens on. */
    public int port() {
        return servers.getFirst().port();
    }

    /** How it is reached from this machine, without a trailing slash. */
    public String url() {
        return options.address().url(options.tls().isPresent() ? "https" : "http", port());
    }

    /** The backend, for those who run in the same process and want its figures. */
    public Backend backend() {
        return parts.backend();
    }

    /**
     * Stops: new publishes are 503 at once, those under way are answered, streams end at a line's end, and all of that
     * within {@code --drain}. Harmless when repeated.
     */
    public synchronized Future<Void> stop() {
        if (stopped == null) {
            stopped = drain();
        }
        return stopped;
    }

    private Future<Void> drain() {
        Future<Void> answered = parts.state().stop();
        long deadline = System.nanoTime() + options.drain().toNanos();
        Future<Void> closed = within(parts.backend().stop(), options.drain())
                // Who comes meanwhile is told to come again, and does not find a closed door.
                .transform(_ -> answered.timeout(millisUntil(deadline), TimeUnit.MILLISECONDS))
                .transform(_ -> closeServers(Duration.ofMillis(millisUntil(deadline))))
                .eventually(() -> parts.tokens().close())
                .eventually(() -> {
                    parts.metrics().close();
                    return Future.succeededFuture();
                });
        if (!ownVertx) {
            return closed;
        }
        // Belongs to no event loop, since those end before it completes.
        Promise<Void> result = Promise.promise();
        closed.onComplete(_ -> vertx.close().onComplete(result));
        return result.future();
    }

    /** At least one: no timer takes less. */
    private static long millisUntil(long deadline) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
    }

    private Future<Void> closeServers(Duration most) {
        return Future.join(servers.stream().map(server -> server.drain(most)).toList())
                .eventually(() -> Future.join(
                        List.copyOf(deployed).stream().map(vertx::undeploy).toList()))
                .mapEmpty();
    }

    private <T> Future<T> within(Future<T> work, Duration most) {
        return work.timeout(Math.max(1, most.toMillis()), TimeUnit.MILLISECONDS).onFailure(problem -> {
            if (problem instanceof TimeoutException) {
                LOG.warn("what was under way did not end within {} (--drain)", most);
            } else {
                LOG.error("the backend did not stop properly", problem);
            }
        });
    }
}
