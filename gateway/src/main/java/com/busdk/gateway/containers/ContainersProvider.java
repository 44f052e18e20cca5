package com.busdk.gateway.containers;

import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.RetryPolicy;
import com.busdk.gateway.http.Route;
import com.busdk.gateway.provider.Provider;
import com.busdk.gateway.provider.ProviderParts;
import com.busdk.gateway.requests.KeptListening;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The container API as a service.
 *
 * <pre>{@code
 * ContainersProviderOptions options = ContainersProviderOptions.read(Map.of("addr", "127.0.0.1:0"), System.getenv());
 * ContainersProvider.start(vertx, options).onSuccess(provider -> log.info("at {}", provider.url()));
 * }</pre>
 *
 * <p>Any thread may start and stop it; requests are served on event loops. Runs that are under way when it is stopped go
 * on at their workers.
 */
public final class ContainersProvider extends Provider {
    private static final String READ = "container:read";
    private static final String RUN = "container:run";
    private static final String DELETE = "container:delete";
    private static final String ADMIN = "container:admin";
    private static final String RUNS = "/api/v1/containers/runs";
    private static final String RUNNER = "/api/internal/containers/runner";

    private static final List<String> RESPONSES =
            List.of("bus.containers.status.response", "bus.containers.run.response", "bus.containers.delete.response");

    /** What the administration of the runner needs beside them, where the token lets this provider have it. */
    private static final List<String> RUNNER_RESPONSES = List.of(
            "bus.containers.runner.status.response",
            "bus.containers.runner.start.response",
            "bus.containers.runner.delete.response");

    private ContainersProvider(ProviderParts parts) {
        super(parts);
    }

    /**
     * Starts it.
     *
     * @param vertx runs it; stays the caller's to close
     * @param options checked
     * @return the provider, listening; fails with a message for the operator. The list of runs fills as the history of
     *     events is read
     */
    public static Future<ContainersProvider> start(Vertx vertx, ContainersProviderOptions options) {
        return ProviderParts.create(vertx, options.common(), "bus.containers.api")
                .compose(parts -> {
                    RunBook book = new RunBook();
                    KeptListening history = history(parts, book);
                    if (options.common().listenerRequired()) {
                        parts.readyUnless(history::because);
                    }
                    parts.onClose(history::close);
                    history.start();
                    parts.sweepUsage(List.of(new RunUses(book)), history::isCaughtUp);
                    return responses(vertx, options)
                            .compose(responses -> parts.open(routes(parts, options, book, history), responses))
                            .map(new ContainersProvider(parts));
                });
    }

    /** Without the right to the runner's events a provider serves runs all the same, and must not be held to be unready. */
    private static Future<List<String>> responses(Vertx vertx, ContainersProviderOptions options) {
        return options.common()
                .events()
                .map(events -> events.isInternalWith(vertx, ADMIN))
                .orElseGet(() -> Future.succeededFuture(false))
                .map(administers -> administers
                        ? Stream.concat(RESPONSES.stream(), RUNNER_RESPONSES.stream())
                                .toList()
                        : RESPONSES);
    }

    private static KeptListening history(ProviderParts parts, RunBook book) {
        return new KeptListening(
                parts.vertx(), parts.client(), "the history of runs", ContainersProvider::listen, event -> {
                    book.apply(event);
                    return Future.succeededFuture();
                });
    }

    /**
     * All that the hub retains, however long that is: the book keeps the newest, so providers show the same whenever they
     * were started.
     */
    static ListenOptions listen(Optional<String> lastId) {
        ListenOptions.Builder options =
                ListenOptions.of(RunBook.NAMES).retry(RetryPolicy.DEFAULT.includingFirstConnect());
        return lastId.map(options::after).orElseGet(options::replay).build();
    }

    private static List<Route> routes(
            ProviderParts parts, ContainersProviderOptions options, RunBook book, KeptListening history) {
        Runs runs = new Runs(parts, options, book, history);
        Runner runner = new Runner(parts.requests(), options.common().requestTimeout());
        return List.of(
                Route.scoped(HttpMethod.GET, "/api/v1/containers/status", READ, 0, runs::status),
                Route.scoped(HttpMethod.GET, RUNS, READ, 0, runs::list),
                Route.scoped(HttpMethod.POST, RUNS, RUN, RunSpec.MAX_BODY_BYTES, runs::run)
                        .whereTooLong(RunSpec::tooLong),
                Route.scoped(HttpMethod.DELETE, RUNS + "/", DELETE, 0, runs::delete)
                        .orEmptyObject(),
                Route.internal(HttpMethod.GET, RUNNER, ADMIN, runner::status),
                Route.internal(HttpMethod.POST, RUNNER, ADMIN, runner::start).orEmptyObject(),
                Route.internal(HttpMethod.DELETE, RUNNER, ADMIN, runner::delete).orEmptyObject());
    }
}
