package com.busdk.cli.serve;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.client.config.ConfigException;
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
import com.busdk.workers.vm.VmWorkerKind;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What the local stack has beside the events service, in this process: accounts, the workers, the providers before them,
 * and the gateway before all.
 *
 * <p>Thread: the command's, which waits for each to start and to stop.
 */
final class LocalServices implements AutoCloseable {
    private static final String BILLING_BACKEND = "billing-backend";
    private static final String USAGE_BACKEND = "usage-backend";
    private static final String EVENTS = "events";

    private final LocalParts parts;
    private final String url;
    private final Optional<Path> internalKey;

    private LocalServices(LocalParts parts, String url, Optional<Path> internalKey) {
        this.parts = parts;
        this.url = url;
        this.internalKey = internalKey;
    }

    /**
     * What the user chose, and where things are.
     *
     * @param variables the environment
     * @param eventsUrl root of the events service
     * @param data where everything is kept
     * @param secret what tokens are signed with
     * @param port of the gateway
     * @param podman whether podman runs containers
     * @param billing {@code --billing}, if it was given
     * @param passwords shows an address and its one-time password to whoever sits at this terminal
     * @param notes tells them what is waited for
     * @param stop completes with the exit code if they do not want to wait any more
     */
    record Plan(
            Map<String, String> variables,
            String eventsUrl,
            Path data,
            String secret,
            int port,
            boolean podman,
            Optional<String> billing,
            Consumer<String> passwords,
            Consumer<String> notes,
            CompletableFuture<Integer> stop) {
        /** Keeps a copy. */
        Plan {
            variables = Map.copyOf(variables);
        }

        /** Waits for a worker, see {@link LocalParts#awaitRunning}. */
        void awaitRunning(WorkerRun worker, String what) throws InterruptedException {
            LocalParts.awaitRunning(worker, what, notes, stop);
        }
    }

    /** Starts all parts; what was started is stopped again if one of them cannot. */
    static LocalServices start(Vertx vertx, Plan plan) throws InterruptedException, IOException {
        LocalParts parts = LocalParts.create(vertx, plan.variables(), plan.eventsUrl(), plan.data(), plan.secret());
        boolean complete = false;
        try {
            Optional<Path> internalKey = LocalInternalKey.of(parts.variables(), plan.data());
            var services = new LocalServices(parts, startAll(parts, plan, internalKey), internalKey);
            complete = true;
            return services;
        } catch (ConfigException e) {
            // A variable of one of the parts.
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        } finally {
            if (!complete) {
                parts.close();
            }
        }
    }

    /** How the gateway is reached from this machine, without a trailing slash. */
    String url() {
        return url;
    }

    /** The file with the auth service's internal key, unless the user has given one. */
    Optional<Path> internalKey() {
        return internalKey;
    }

    private static String startAll(LocalParts parts, Plan plan, Optional<Path> internalKey)
            throws InterruptedException, IOException {
        WorkerRun vms = parts.worker("vm", Map.of(), Map.of(), context -> new VmWorkerKind().create(context));
        WorkerRun containers = plan.podman()
                ? parts.worker("podman", Map.of(), Map.of(), context -> new PodmanWorkerKind().create(context))
                : parts.worker("containers", Map.of(), Map.of(), LocalServices::pretendedContainers);
        Map<String, String> accounts = LocalAccounts.start(parts, plan, internalKey);
        // Commands may come as soon as the stack says that it is up: there has to be somebody who answers.
        plan.awaitRunning(vms, "the VM worker");
        plan.awaitRunning(containers, "the containers worker");
        VmProvider vm = parts.started(
                VmProvider.start(
                        parts.vertx(),
                        VmProviderOptions.read(charged(parts, plan, VmProviderOptions.PREFIX), parts.variables())),
                "the VM provider",
                VmProvider::close);
        ContainersProvider runs = parts.started(
                ContainersProvider.start(
                        parts.vertx(),
                        ContainersProviderOptions.read(
                                charged(parts, plan, ContainersProviderOptions.PREFIX), parts.variables())),
                "the containers provider",
                ContainersProvider::close);
        String address = LocalParts.address(plan.port());
        var routes = new HashMap<>(accounts);
        routes.putAll(Map.of(
                "addr", address,
                "events-url", parts.eventsUrl(),
                "vm-url", vm.url(),
                "containers-url", runs.url(),
                // Nobody but this machine reaches it, and what is internal asks for tokens of its own.
                "internal", "true"));
        return parts.started(
                        Gateway.start(parts.vertx(), GatewayOptions.read(routes, parts.variables())),
                        address,
                        Gateway::close)
                .url();
    }

    /** The flags of a provider whose requests are recorded, and asked about where the user wants that. */
    private static Map<String, String> charged(LocalParts parts, Plan plan, String prefix) {
        var flags = new HashMap<>(parts.flags());
        plan.billing().ifPresent(backend -> flags.put(BILLING_BACKEND, backend));
        if (!parts.isSet(prefix + "USAGE_BACKEND")) {
            flags.put(USAGE_BACKEND, EVENTS);
        }
        return flags;
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

    @Override
    public void close() {
        parts.close();
    }
}
