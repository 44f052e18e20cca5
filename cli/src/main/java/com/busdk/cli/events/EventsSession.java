package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Common;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.logging.Logs;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.EventsClientOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A client for one command, with the event loop that it needs. Made and closed on the command's thread, whose waiting it
 * does.
 */
public final class EventsSession implements AutoCloseable {
    /** How long a request may take unless {@code --timeout} says otherwise. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    /** Variables that may hold the token, in this order. */
    public static final List<String> TOKEN_VARIABLES = List.of("BUS_API_TOKEN");

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final URI collection;
    private final TokenSource token;
    private final EventsClientOptions options;
    private final EventsClient client;

    private EventsSession(Vertx vertx, URI collection, TokenSource token, EventsClientOptions options) {
        this.vertx = vertx;
        this.collection = collection;
        this.token = token;
        this.options = options;
        this.client = EventsClient.create(vertx, collection, token, options);
    }

    /**
     * A client for the service and with the token that the options and the environment name. It connects when it is
     * used.
     *
     * @throws CliException usage, when the URL is wrong
     */
    public static EventsSession open(Invocation invocation) {
        URI collection = collection(invocation);
        TokenSource token = tokenSource(invocation);
        Logs.forClient(invocation);
        Duration timeout = invocation.common().timeoutOr(DEFAULT_TIMEOUT);
        Duration connect = timeout.compareTo(CONNECT_TIMEOUT) < 0 ? timeout : CONNECT_TIMEOUT;
        var options = EventsClientOptions.DEFAULT.withRequestTimeout(timeout).withConnectTimeout(connect);
        Vertx vertx = ClientVertx.create();
        return new EventsSession(vertx, collection, token, options);
    }

    /**
     * The events collection that the options and the environment name.
     *
     * @throws CliException usage, when the URL is wrong
     */
    public static URI collection(Invocation invocation) {
        try {
            return ServiceUrls.of(invocation.environment().variables())
                    .events(invocation.common().apiUrl(), invocation.common().apiUrlOption());
        } catch (ConfigException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    /** The token that the options and the environment name; it is read when it is used. */
    public static TokenSource tokenSource(Invocation invocation) {
        var variables = invocation.environment().variables();
        Common common = invocation.common();
        return TokenSource.resolve(
                common.tokenFile() == null ? null : invocation.resolve(common.tokenFile()),
                variables,
                TOKEN_VARIABLES,
                BusDirs.of(variables),
                invocation::note);
    }

    /** The client. */
    public EventsClient client() {
        return client;
    }

    /** A client with the same token of another process of the service, which may have to be trusted with that. */
    EventsClient clientOf(URI other) {
        return EventsClient.create(vertx, other, token, options);
    }

    /** Runs the client; for timers and for work that belongs on its loop. */
    public Vertx vertx() {
        return vertx;
    }

    /** The collection that the client asks. */
    public URI collection() {
        return collection;
    }

    /**
     * Waits for an answer.
     *
     * @throws CliException what the failure means to a user
     * @throws InterruptedException when the command is interrupted
     */
    public <T> T await(Future<T> answer) throws InterruptedException {
        try {
            return answer.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw EventsFailures.explain(e.getCause() == null ? e : e.getCause());
        }
    }

    /**
     * Waits for an answer, but no longer than {@code timeout}.
     *
     * @throws CliException what the failure means to a user; {@link ExitCode#TIMED_OUT} when there is none in time
     * @throws InterruptedException when the command is interrupted
     */
    public <T> T await(Future<T> answer, Duration timeout, String whatFor) throws InterruptedException {
        try {
            return answer.toCompletionStage().toCompletableFuture().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw EventsFailures.explain(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new CliException(
                    ExitCode.TIMED_OUT, "timed out " + whatFor + "; give it more with --timeout DURATION", e);
        }
    }

    /**
     * Lets go of all connections, and waits until the loops have ended: a JVM that ends while one of them still sits in
     * a system call gives it another 300 ms, which is as long as the whole command took.
     */
    @Override
    public void close() {
        try {
            vertx.close()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException _) {
            // The process ends all the same.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
