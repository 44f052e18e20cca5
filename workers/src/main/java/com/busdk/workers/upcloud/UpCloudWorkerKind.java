package com.busdk.workers.upcloud;

import com.busdk.client.config.ConfigException;
import com.busdk.client.worker.Worker;
import com.busdk.workers.containers.ContainerBackend;
import com.busdk.workers.containers.ContainerWorkers;
import com.busdk.workers.containers.StaticContainers;
import com.busdk.workers.run.WorkerContext;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.run.WorkerKind;
import com.busdk.workers.run.WorkerResource;
import com.busdk.workers.run.WorkerSet;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.RunnerOptions;
import com.busdk.workers.upcloud.options.UpCloudOptions;
import com.busdk.workers.upcloud.runner.PortProbe;
import com.busdk.workers.upcloud.runner.RunnerManager;
import com.busdk.workers.upcloud.vm.StaticVm;
import com.busdk.workers.upcloud.vm.UpCloudVm;
import com.busdk.workers.upcloud.vm.VmHandler;
import com.busdk.workers.upcloud.vm.VmHistory;
import com.busdk.workers.upcloud.vm.VmService;
import com.busdk.workers.vm.VmWorkerKind;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * {@code bus integration upcloud}: the VM events with {@code --vm-name}, the container events with
 * {@code --container-runner-name}, each as workers of their own. Immutable; any thread.
 *
 * <pre>{@code
 * WorkerSet set = new UpCloudWorkerKind().create(context);
 * }</pre>
 */
public final class UpCloudWorkerKind implements WorkerKind {
    /** Longest wait for a connection of a probe: packets to a machine that boots get lost in silence. */
    private static final int PROBE_MILLIS = 5_000;

    private final Function<Vertx, CloudTime> times;

    /** The kind, in real time. */
    public UpCloudWorkerKind() {
        this(CloudTime::real);
    }

    /**
     * The kind, in a time of its own.
     *
     * @param times makes the time of a worker
     */
    UpCloudWorkerKind(Function<Vertx, CloudTime> times) {
        this.times = times;
    }

    @Override
    public String name() {
        return "upcloud";
    }

    @Override
    public String description() {
        return """
            Operates UpCloud servers for events: with --vm-name it answers bus.vm.status, start and stop (token scopes \
            vm:read vm:write); with --container-runner-name it answers bus.containers.*, creates and starts the runner as \
            needed and has the SSH worker run podman there (container:read container:run container:delete ssh:run). \
            --provider upcloud takes the cloud's token from UPCLOUD_TOKEN.\
            """;
    }

    @Override
    public List<WorkerFlag> flags() {
        List<WorkerFlag> flags = new ArrayList<>(UpCloudOptions.FLAGS);
        flags.add(ContainerWorkers.EVENTS);
        return List.copyOf(flags);
    }

    @Override
    public WorkerSet create(WorkerContext context) {
        UpCloudOptions options = UpCloudOptions.read(context.flags(), context.environment());
        RunnerOptions runner = options.runner();
        if (options.vmName() == null && runner == null) {
            throw new ConfigException(
                    "--vm-name (UPCLOUD_VM_NAME)",
                    "is not set, nor is --container-runner-name (UPCLOUD_CONTAINER_RUNNER_NAME): give one of them, or"
                            + " there is nothing to do");
        }
        CloudTime time = times.apply(context.vertx());
        Optional<UpCloudClient> client = client(context.vertx(), options, time);
        List<Worker> workers = new ArrayList<>();
        List<WorkerResource> resources = new ArrayList<>();
        client.ifPresent(cloud -> resources.add(new Connection(cloud)));
        String name = options.vmName();
        if (name != null) {
            WorkerSet vms = client.map(cloud -> machine(context, new UpCloudVm(cloud, time, name)))
                    .orElseGet(() -> VmWorkerKind.running(context));
            workers.addAll(vms.workers());
            resources.addAll(vms.resources());
        }
        if (runner != null) {
            WorkerSet containers = containers(context, options, runner, client, time);
            workers.addAll(containers.workers());
            resources.addAll(containers.resources());
        }
        return new WorkerSet(workers, resources);
    }

    @Override
    public Future<String> selfTest(Vertx vertx) {
        return new SelfTest(vertx).run();
    }

    @Override
    public Optional<Future<String>> instead(Vertx vertx, Map<String, String> flags, Map<String, String> environment) {
        return UpCloudOptions.checksVmStatus(flags)
                ? Optional.of(checkVmStatus(vertx, UpCloudOptions.read(flags, environment)))
                : Optional.empty();
    }

    /**
     * Looks at the virtual machine once.
     *
     * @param vertx runs it
     * @param options with a {@code vmName}, unless the provider is {@code static}
     * @return {@code {"status":{"state","provider","details":{}}}}; fails with what the provider says
     * @throws ConfigException if there is no {@code vmName} where one is needed
     */
    public static Future<String> checkVmStatus(Vertx vertx, UpCloudOptions options) {
        String name = options.vmName();
        if (name == null && options.provider() != UpCloudOptions.Provider.STATIC) {
            throw new ConfigException(
                    "--vm-name (UPCLOUD_VM_NAME)",
                    "is not set, and is needed for --check-vm-status with --provider upcloud");
        }
        CloudTime time = CloudTime.real(vertx);
        Optional<UpCloudClient> client = client(vertx, options, time);
        VmService vm = client.isPresent() && name != null ? new UpCloudVm(client.get(), time, name) : new StaticVm();
        return vm.status()
                .map(status -> JsonNodeFactory.instance
                        .objectNode()
                        .<ObjectNode>set("status", status.toJson())
                        .toString())
                .eventually(() -> client.map(UpCloudClient::close).orElseGet(Future::succeededFuture));
    }

    private static Optional<UpCloudClient> client(Vertx vertx, UpCloudOptions options, CloudTime time) {
        return options.provider() == UpCloudOptions.Provider.STATIC
                ? Optional.empty()
                : options.token().map(token -> new UpCloudClient(vertx, options.apiUrl(), token, time));
    }

    private static WorkerSet machine(WorkerContext context, UpCloudVm vm) {
        VmHistory history = new VmHistory(
                context.vertx(), context.client(), context.settings().retry(), Clock.systemUTC(), vm);
        List<Worker> workers = context.workers(
                new VmHandler(vm, history::upTo),
                List.of(WorkerContext.Part.of(VmHandler.REQUESTS.toArray(String[]::new))));
        return new WorkerSet(
                workers,
                List.of(
                        history.history(),
                        new Accepted(vm::told, context.settings().drain())));
    }

    private static WorkerSet containers(
            WorkerContext context,
            UpCloudOptions options,
            RunnerOptions runner,
            Optional<UpCloudClient> client,
            CloudTime time) {
        if (client.isEmpty()) {
            return containers(
                    context, options, new StaticContainers(context.vertx(), options.run(), runner.name()), List.of());
        }
        Duration longestRun = options.run().timeout().plus(options.run().startTimeout());
        RunnerManager manager = new RunnerManager(
                context.vertx(),
                client.get(),
                time,
                runner,
                options.policy(),
                PortProbe.tcp(context.vertx(), PROBE_MILLIS),
                longestRun);
        UpCloudContainers backend = new UpCloudContainers(
                manager,
                new ScriptCalls(
                        context.vertx(), context.client(), context.settings().retry()),
                options.run(),
                options.policy(),
                runner.name(),
                time);
        Duration drain = context.settings().drain();
        return containers(context, options, backend, List.of(new Accepted(backend::told, drain)));
    }

    private static WorkerSet containers(
            WorkerContext context, UpCloudOptions options, ContainerBackend backend, List<WorkerResource> resources) {
        return ContainerWorkers.create(context, backend, options.run(), resources, ContainerWorkers.DEFAULT_MAX_RUNS);
    }

    /** What a worker that is stopped has promised: the cloud is told of it before the connections to it are closed. */
    private record Accepted(Function<Duration, Future<Void>> told, Duration limit) implements WorkerResource {
        @Override
        public Future<Void> start() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> stop() {
            return told.apply(limit);
        }
    }

    /** The connections to the cloud, closed with the worker. */
    private record Connection(UpCloudClient client) implements WorkerResource {
        @Override
        public Future<Void> start() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> stop() {
            return client.close().otherwiseEmpty();
        }
    }
}
