package com.busdk.workers.upcloud.runner;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.RunnerOptions;
import com.busdk.workers.upcloud.options.RunnerPolicy;
import com.busdk.workers.upcloud.options.SshTarget;
import com.busdk.workers.upcloud.power.Course;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.power.Promised;
import com.busdk.workers.upcloud.vm.UpCloudVm;
import com.busdk.workers.upcloud.vm.VmStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one container runner: whoever needs it gets it, created if it is not there, started, and with its SSH port open.
 * All who need it at once in this process wait for the same work. In other processes it is found by its label; how two
 * that create it at the same moment still end with one is told in {@link RunnerMaker}.
 *
 * <p>Any thread. What is under way is guarded by the object's lock, which is never held while anything waits.
 */
public final class RunnerManager {
    /** A runner that was fine so short a time ago is not asked for again. */
    private static final Duration FRESH = Duration.ofSeconds(15);

    private static final String NETWORK_OPTIONS =
            "check --container-network-mode, --container-private-network and --container-ssh-target";
    private static final Logger LOG = LoggerFactory.getLogger(RunnerManager.class);

    private final CloudTime time;
    private final RunnerOptions options;
    private final RunnerPolicy policy;
    private final PortProbe probe;
    private final PowerControl power;
    private final RunnerLookup lookup;
    private final RunnerMaker maker;

    // Guarded by this.
    private @Nullable Future<Runner> ensuring;
    private Promise<Void> told = Promise.promise();
    private @Nullable Future<Void> deleting;
    private @Nullable Runner fresh;
    private @Nullable Deadline freshUntil;

    /**
     * A manager.
     *
     * @param vertx runs it
     * @param client asks the cloud
     * @param time where it waits
     * @param options what the runner is
     * @param policy how it is made ready and taken away
     * @param probe finds out whether its SSH port is open
     * @param longestRun the longest that a run may take, the start of its container included
     */
    public RunnerManager(
            Vertx vertx,
            UpCloudClient client,
            CloudTime time,
            RunnerOptions options,
            RunnerPolicy policy,
            PortProbe probe,
            Duration longestRun) {
        this.time = time;
        this.options = options;
        this.policy = policy;
        this.probe = probe;
        this.power = new PowerControl(client, time);
        this.lookup = new RunnerLookup(vertx, client, options);
        // With a fixed address it is not known which server's that is: it may be the second one's.
        boolean mayTakeOthers = options.sshTarget() == null;
        this.maker = new RunnerMaker(client, time, lookup, power, policy, longestRun, mayTakeOthers);
    }

    /**
     * Makes sure that the runner is there and can be reached.
     *
     * @return the runner; fails with {@code timeout}, {@code vm_unavailable} if something that it needs is not set or not
     *     there, and a {@link com.busdk.workers.upcloud.api.CloudException}
     */
    public synchronized Future<Runner> ensure() {
        if (fresh != null && freshUntil != null && !freshUntil.passed()) {
            return Future.succeededFuture(fresh);
        }
        Future<Runner> now = ensuring;
        if (now != null && !now.isComplete()) {
            return now;
        }
        // The promise is there before the work begins, which may come back here before it has returned.
        Promise<Runner> promise = Promise.promise();
        ensuring = promise.future();
        Promise<Void> telling = Promise.promise();
        told = telling;
        Future<Void> before = deleting == null ? Future.succeededFuture() : deleting.otherwiseEmpty();
        before.compose(ignored -> make(telling::tryComplete)).onComplete(result -> {
            if (result.succeeded()) {
                remember(result.result());
            }
            promise.handle(result);
        });
        return promise.future();
    }

    /**
     * What of {@link #ensure} is still to be told to the cloud: a server has to be created, or started, for which its state
     * may have to be waited.
     *
     * @return that of the work which is under way, or was last
     */
    public synchronized Promised promised() {
        Future<Runner> work = ensuring;
        return new Promised(told.future(), work == null ? Future.succeededFuture() : work);
    }

    /**
     * Forgets that the runner was fine, because somebody could not use it.
     */
    public synchronized void distrust() {
        fresh = null;
    }

    /**
     * Looks at the runner.
     *
     * @return how it is, {@link VmStatus#MISSING} if there is none; fails after {@link UpCloudVm#LOOK_LIMIT} with a
     *     {@link com.busdk.workers.upcloud.api.CloudException}
     */
    public Future<VmStatus> status() {
        return lookup.until(Deadline.in(time, UpCloudVm.LOOK_LIMIT))
                .find()
                .map(found -> found.runner()
                        .map(server -> UpCloudVm.status(server, towards()))
                        .orElseGet(() -> new VmStatus(
                                towards().filter(VmStatus.STARTING::equals).orElse(VmStatus.MISSING),
                                UpCloudVm.PROVIDER,
                                Map.of("reason", "no runner has been created; the first run does that"))));
    }

    /**
     * Deletes the runner, doubles and all. One that is being made is awaited first, so that nothing is left behind.
     *
     * @return when it is gone
     */
    public synchronized Future<Void> delete() {
        Future<Void> now = deleting;
        if (now != null && !now.isComplete()) {
            return now;
        }
        fresh = null;
        Promise<Void> promise = Promise.promise();
        deleting = promise.future();
        Future<?> before = ensuring == null
                ? Future.succeededFuture()
                : ensuring.mapEmpty().otherwiseEmpty();
        before.compose(ignored -> remove()).onComplete(promise);
        return promise.future();
    }

    private Future<Runner> make(Runnable telling) {
        Deadline deadline = Deadline.in(time, options.startTimeout());
        return maker.foundOrCreated(deadline, telling)
                .compose(uuid -> power.started(uuid, Course.until(deadline), telling))
                .onSuccess(ignored -> telling.run())
                .compose(server -> reach(server, deadline))
                .compose(runner -> awaitPort(runner, Deadline.in(time, deadline.cap(policy.sshReadyTimeout()))))
                .onSuccess(runner -> maker.inUse(runner.uuid()));
    }

    private Future<Void> remove() {
        return lookup.until(Deadline.in(time, policy.deleteTimeout())).find().compose(found -> {
            List<Future<Void>> gone = Stream.concat(found.runner().stream(), found.doubles().stream())
                    .map(server -> power.deleted(server.uuid(), policy))
                    .toList();
            synchronized (this) {
                fresh = null; // nobody may get what is going away
            }
            return Future.join(gone).mapEmpty();
        });
    }

    private synchronized void remember(Runner runner) {
        fresh = runner;
        freshUntil = Deadline.in(time, FRESH);
    }

    private synchronized Optional<String> towards() {
        if (deleting != null && !deleting.isComplete()) {
            return Optional.of(VmStatus.STOPPING);
        }
        return ensuring != null && !ensuring.isComplete() ? Optional.of(VmStatus.STARTING) : Optional.empty();
    }

    // --- its address ---

    private Future<Runner> reach(Server server, Deadline deadline) {
        SshTarget target = options.sshTarget();
        if (target != null && !policy.applyNetplan()) {
            return Future.succeededFuture(at(server, target, null));
        }
        return lookup.until(deadline).privateNetwork(server.zone()).compose(network -> {
            Server.Nic nic = RunnerLookup.nic(server, network);
            if (target != null) {
                return Future.succeededFuture(at(server, target, nic));
            }
            String host = nic == null ? null : address(nic);
            return nic == null || host == null
                    ? Future.failedFuture(PowerControl.unavailable(
                            "the runner has no address on the network that it should be on: " + NETWORK_OPTIONS))
                    : Future.succeededFuture(new Runner(
                            server.uuid(), options.name(), host, options.sshPort(), options.sshUsers(), mac(nic)));
        });
    }

    private Runner at(Server server, SshTarget target, Server.@Nullable Nic nic) {
        return new Runner(
                server.uuid(),
                options.name(),
                target.host(),
                target.port(),
                List.of(target.user()),
                nic == null ? null : mac(nic));
    }

    private @Nullable String address(Server.Nic nic) {
        String wanted = options.privateIp();
        if (wanted != null && !nic.ipv4().contains(wanted)) {
            LOG.warn("the runner does not have the address of --container-private-ip; it is used as it is");
        }
        return wanted != null && nic.ipv4().contains(wanted)
                ? wanted
                : nic.ipv4().stream().findFirst().orElse(null);
    }

    private static @Nullable String mac(Server.Nic nic) {
        return nic.mac().isEmpty() ? null : nic.mac();
    }

    private Future<Runner> awaitPort(Runner runner, Deadline deadline) {
        return probe.open(runner.host(), runner.port()).compose(open -> {
            if (open) {
                return Future.succeededFuture(runner);
            }
            if (deadline.passed()) {
                return Future.failedFuture(ApiException.of(
                        ErrorType.TIMEOUT,
                        "the runner runs, but nothing answers on its SSH port: check its firewall and the way to its"
                                + " network; " + NETWORK_OPTIONS));
            }
            return time.pause(deadline.cap(policy.sshReadyPollInterval()))
                    .compose(ignored -> awaitPort(runner, deadline));
        });
    }
}
