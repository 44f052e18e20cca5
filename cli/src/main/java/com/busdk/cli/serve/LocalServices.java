package com.busdk.cli.serve;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.ConfigException;
import com.busdk.client.events.EventsClient;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions;
import com.busdk.gateway.containers.ContainersProvider;
import com.busdk.gateway.containers.ContainersProviderOptions;
import com.busdk.gateway.vm.VmProvider;
import com.busdk.gateway.vm.VmProviderOptions;
import com.busdk.workers.containers.ContainerRunOptions;
import com.busdk.workers.containers.ContainerWorkers;
import com.busdk.workers.containers.StaticContainers;
import com.busdk.workers.podman.PodmanWorkerKind;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.run.WorkerSettings;
import com.busdk.workers.vm.VmWorkerKind;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * What the local stack has beside the events service, in this process: the providers, the workers behind them, and the
 * gateway before all. They speak with each other as they would across machines: over HTTP, and with a service token of
 * their own.
 *
 * <p>Thread: the command's, which waits for each to start and to stop.
 */
final class LocalServices implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String ANY_PORT = LOOPBACK + ":0";

    /** Longest wait for a part to start, or to stop beyond the time for what it has in hand. */
    private static final long PART_SECONDS = 20;

    /** What the parts' requests in hand may take when the stack is stopped by somebody at a terminal. */
    private static final String DRAIN = "10s";

    /** The parts' own token; it is made anew long before it ends. */
    private static final Duration TOKEN_TTL = Duration.ofDays(30);

    private static final long RENEW_TOKEN_MILLIS = Duration.ofDays(1).toMillis();

    /** Name of the file with that token, below the data directory. */
    private static final String TOKEN_FILE = "internal-token";

    private static final String SCOPES = "vm:read vm:write container:read container:run container:delete"
            + " container:admin ssh:run usage:read usage:write billing:entitlement:check";

    private final Vertx vertx;
    private final Map<String, String> variables;
    private final String eventsUrl;
    private final Path tokenFile;
    private final Hs256Secret secret;

    /** The last one started is the first to stop. */
    private final Deque<Supplier<Future<Void>>> stops = new ArrayDeque<>();

    private String url = "";

    private LocalServices(Vertx vertx, Map<String, String> variables, String eventsUrl, Path data, String secret) {
        this.vertx = vertx;
        this.variables = new HashMap<>(variables);
        for (String name : List.of("BUS_VM_JWT_SECRET", "BUS_CONTAINERS_JWT_SECRET", "BUS_API_JWT_SECRET")) {
            this.variables.put(name, secret);
        }
        this.variables.remove("BUS_API_TOKEN"); // the user's own, which is not for the parts
        this.eventsUrl = eventsUrl;
        this.tokenFile = data.resolve(TOKEN_FILE);
        this.secret = Hs256Secret.parse(secret);
    }

    /** Where the events service is, what all parts share, and what the user chose. */
    record Plan(Map<String, String> variables, String eventsUrl, Path data, String secret, int port, boolean podman) {}

    /** Starts all parts; what was started is stopped again if one of them cannot. */
    static LocalServices start(Vertx vertx, Plan plan) throws InterruptedException, IOException {
        LocalServices services =
                new LocalServices(vertx, plan.variables(), plan.eventsUrl(), plan.data(), plan.secret());
        boolean complete = false;
        try {
            services.startAll(plan);
            complete = true;
            return services;
        } finally {
            if (!complete) {
                services.close();
            }
        }
    }

    /** How the gateway is reached from this machine, without a trailing slash. */
    String url() {
        return url;
    }

    private void startAll(Plan plan) throws InterruptedException, IOException {
        writeToken();
        long timer = vertx.setPeriodic(
                RENEW_TOKEN_MILLIS,
                _ -> vertx.executeBlocking(() -> {
                    writeToken();
                    return null;
                }));
        stops.push(() -> {
            vertx.cancelTimer(timer);
            return Future.succeededFuture();
        });
        WorkerRun vms = startWorker("vm", context -> new VmWorkerKind().create(context));
        WorkerRun containers = plan.podman()
                ? startWorker("podman", context -> new PodmanWorkerKind().create(context))
                : startWorker("containers", LocalServices::pretendedContainers);
        // Commands may come as soon as the stack says that it is up: there has to be somebody who answers.
        await(vms.running(), "the VM worker");
        await(containers.running(), "the containers worker");
        VmProvider vm = await(VmProvider.start(vertx, VmProviderOptions.read(flags(), variables)), "the VM provider");
        stops.push(vm::close);
        ContainersProvider runs = await(
                ContainersProvider.start(vertx, ContainersProviderOptions.read(flags(), variables)),
                "the containers provider");
        stops.push(runs::close);
        String address = LOOPBACK + ":" + plan.port();
        Map<String, String> routes =
                Map.of("addr", address, "events-url", eventsUrl, "vm-url", vm.url(), "containers-url", runs.url());
        Gateway gateway = await(Gateway.start(vertx, GatewayOptions.read(routes, variables)), address);
        stops.push(gateway::close);
        url = gateway.url();
    }

    private Map<String, String> flags() {
        return Map.of("addr", ANY_PORT, "events-url", eventsUrl, "token-file", tokenFile.toString());
    }

    private static WorkerSet pretendedContainers(WorkerContext context) {
        ContainerRunOptions options = ContainerRunOptions.read(context.flags(), context.environment());
        return ContainerWorkers.create(
                context,
                new StaticContainers(context.vertx(), options),
                options,
                List.of(),
                ContainerWorkers.DEFAULT_MAX_RUNS);
    }

    /** Makes the workers of a process. */
    @FunctionalInterface
    private interface Maker {
        WorkerSet make(WorkerContext context);
    }

    private WorkerRun startWorker(String name, Maker maker) throws InterruptedException {
        WorkerSettings settings = WorkerSettings.read(
                name,
                Map.of("events-url", eventsUrl, "token-file", tokenFile.toString(), "drain", DRAIN),
                variables,
                _ -> {});
        EventsClient client = EventsClient.create(vertx, settings.events(), TokenSource.file(tokenFile, _ -> {}));
        stops.push(client::close);
        var context = new WorkerContext(name, vertx, client, settings, Map.of(), variables);
        WorkerRun run;
        try {
            run = await(WorkerRun.start(maker.make(context), context), name);
        } catch (ConfigException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
        stops.push(run::stop);
        return run;
    }

    private void writeToken() throws IOException {
        var grant = TokenMinter.Grant.service("bus-up", Scopes.parse(SCOPES))
                .withAudience("ai.hg.fi/internal")
                .withTtl(TOKEN_TTL);
        PrivateFiles.write(tokenFile, new TokenMinter(secret, Clock.systemUTC()).mint(grant) + "\n");
    }

    private static <T> T await(Future<T> future, String what) throws InterruptedException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PART_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw StartFailures.explain(e.getCause() == null ? e : e.getCause(), what);
        } catch (TimeoutException e) {
            throw new CliException(ExitCode.FAILED, what + " did not start in time", e);
        }
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
