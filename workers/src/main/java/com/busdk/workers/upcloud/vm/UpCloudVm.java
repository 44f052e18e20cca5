package com.busdk.workers.upcloud.vm;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.power.Promised;
import com.busdk.workers.upcloud.power.ServerFinder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of the cloud as a virtual machine.
 *
 * <p>The API has one word, {@code maintenance}, for everything that is under way, and answers a stop with the state from
 * before it; so what a transition leads to is known only to whoever asked for it. This class remembers that while it
 * brings the server there. After a restart, or in another process, a transition is {@code unavailable} until it is over.
 *
 * <p>Any thread; what is under way is guarded by the object's lock, which is never held while anything waits.
 */
public final class UpCloudVm implements VmService {
    /** The provider's name in statuses. */
    public static final String PROVIDER = "upcloud";

    /**
     * A start is answered after this at the latest: the API's own answer may take minutes, and whoever asked waits 30 s.
     */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    /**
     * A look for somebody who waits, the pauses between its calls included: the caller of an event waits 30 s, and has to
     * hear why there is no answer.
     */
    public static final Duration LOOK_LIMIT = Duration.ofSeconds(20);

    /** Longest time for a start or a stop; creating servers took up to 133 s in recordings. */
    private static final Duration GIVE_UP = Duration.ofMinutes(10);

    /** Starts and stops that wait for each other; more than this is somebody playing with the switch. */
    private static final int MAX_QUEUED = 8;

    private static final String OPTION = "--vm-name (UPCLOUD_VM_NAME)";
    private static final Logger LOG = LoggerFactory.getLogger(UpCloudVm.class);

    private final UpCloudClient client;
    private final PowerControl power;
    private final CloudTime time;
    private final String name;

    private @Nullable Change last;
    private int queued;

    /** Where the server is being brought to, when the cloud has been told and has taken it, and when it is there. */
    private record Change(String towards, Future<Void> told, Future<Void> underWay, Future<Void> done) {}

    /**
     * A machine.
     *
     * @param client asks the cloud
     * @param time where it waits
     * @param name title or UUID of the server
     */
    public UpCloudVm(UpCloudClient client, CloudTime time, String name) {
        this.client = client;
        this.power = new PowerControl(client, time);
        this.time = time;
        this.name = name;
    }

    @Override
    public Future<VmStatus> status() {
        return find(Deadline.in(time, LOOK_LIMIT))
                .map(server -> server.map(found -> status(found, towards()))
                        .orElseGet(() -> new VmStatus(VmStatus.MISSING, PROVIDER, Map.of("reason", "no such server"))));
    }

    @Override
    public Future<VmStatus> start() {
        return change(
                VmStatus.STARTING,
                (uuid, told, underWay) -> power.started(uuid, Deadline.in(time, GIVE_UP), told::tryComplete));
    }

    @Override
    public Future<VmStatus> stop() {
        return change(
                VmStatus.STOPPING,
                (uuid, told, underWay) -> power.stopped(uuid, Deadline.in(time, GIVE_UP), () -> {
                    told.tryComplete();
                    underWay.tryComplete();
                }));
    }

    /**
     * A start is answered before the cloud has been told, where the server's state does not allow it yet. So whoever ends
     * the program waits here first.
     */
    @Override
    public Future<Void> told(Duration limit) {
        Change change;
        synchronized (this) {
            change = last;
        }
        return change == null
                ? Future.succeededFuture()
                : new Promised(change.told(), change.done())
                        .kept(
                                time,
                                limit,
                                () -> LOG.error(
                                        "the cloud was not told that {} is {}: ask for it again",
                                        name,
                                        change.towards()));
    }

    private Future<Optional<Server>> find(Deadline deadline) {
        return new ServerFinder(client.until(deadline)).find(name, OPTION);
    }

    /** Brings a server somewhere. */
    @FunctionalInterface
    private interface Drive {
        Future<Server> run(String uuid, Promise<Void> told, Promise<Void> underWay);
    }

    private Future<VmStatus> change(String towards, Drive drive) {
        Deadline deadline = Deadline.in(time, LOOK_LIMIT);
        return find(deadline).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(
                        PowerControl.unavailable("there is no server " + Echo.quote(name) + ": check " + OPTION));
            }
            Server server = found.get();
            boolean there = server.state().equals(towards.equals(VmStatus.STARTING) ? Server.STARTED : Server.STOPPED);
            if (there && towards().isEmpty()) {
                return Future.succeededFuture(status(server, Optional.empty()));
            }
            return begin(towards, server, drive)
                    .compose(change -> worthTelling(change, deadline.cap(ANSWER_WITHIN))
                            .compose(ignored -> change.done().failed()
                                    ? Future.failedFuture(change.done().cause())
                                    : Future.succeededFuture(answer(server, change))));
        });
    }

    /** A change that is over, done or failed, is told; one that takes its time is not waited for. */
    private Future<Void> worthTelling(Change change, Duration within) {
        Promise<Void> first = Promise.promise();
        change.done().onComplete(ignored -> first.tryComplete());
        change.underWay().onSuccess(ignored -> first.tryComplete());
        time.pause(within).onSuccess(ignored -> first.tryComplete());
        return first.future();
    }

    private VmStatus answer(Server server, Change change) {
        boolean starting = change.towards().equals(VmStatus.STARTING);
        String there = starting ? VmStatus.READY : VmStatus.STOPPED;
        return new VmStatus(change.done().succeeded() ? there : change.towards(), PROVIDER, details(server));
    }

    /** Begins a change behind the one that is under way; the same change is not begun twice. */
    private synchronized Future<Change> begin(String towards, Server server, Drive drive) {
        Change before = last;
        boolean busy = before != null && !before.done().isComplete();
        if (before != null && busy && before.towards().equals(towards)) {
            return Future.succeededFuture(before);
        }
        if (queued >= MAX_QUEUED) {
            return Future.failedFuture(ApiException.of(
                    ErrorType.CONFLICT, "the machine is being started and stopped already; wait until that is over"));
        }
        queued++;
        Promise<Void> told = Promise.promise();
        Promise<Void> underWay = Promise.promise();
        Future<Void> turn =
                before == null ? Future.succeededFuture() : before.done().otherwiseEmpty();
        Future<Void> done = turn.compose(ignored -> drive.run(server.uuid(), told, underWay))
                .mapEmpty();
        Change change = new Change(towards, told.future(), underWay.future(), done);
        last = change;
        done.onComplete(result -> {
            over();
            if (result.failed()) {
                LOG.warn(
                        "server {} is not {} in the end: {}",
                        server.uuid(),
                        towards,
                        result.cause().getMessage());
            }
        });
        return Future.succeededFuture(change);
    }

    private synchronized void over() {
        queued--;
    }

    private synchronized Optional<String> towards() {
        Change change = last;
        return change == null || change.done().isComplete() ? Optional.empty() : Optional.of(change.towards());
    }

    /**
     * The cloud's words as ours.
     *
     * @param server as the cloud tells of it
     * @param towards {@link VmStatus#STARTING} or {@link VmStatus#STOPPING} if it is being brought there
     * @return how it is
     */
    public static VmStatus status(Server server, Optional<String> towards) {
        Map<String, String> details = new TreeMap<>(details(server));
        String state = switch (server.state()) {
            // A server that has been asked to stop runs until its guest has shut down.
            case Server.STARTED -> towards.filter(VmStatus.STOPPING::equals).orElse(VmStatus.READY);
            case Server.STOPPED -> VmStatus.STOPPED;
            case Server.MAINTENANCE ->
                towards.orElse(server.progress().isEmpty() ? VmStatus.UNAVAILABLE : VmStatus.STARTING);
            case Server.PENDING_DELETE -> VmStatus.STOPPING;
            default -> VmStatus.UNAVAILABLE;
        };
        if (state.equals(VmStatus.UNAVAILABLE)) {
            details.put("reason", reason(server.state()));
        }
        return new VmStatus(state, PROVIDER, details);
    }

    private static String reason(String state) {
        return switch (state) {
            case Server.MAINTENANCE -> "the cloud is changing something about it; it will be there again";
            case Server.ERROR -> "the cloud has a fault and mends it by itself; wait";
            default -> "the cloud gives a state that is not known";
        };
    }

    private static Map<String, String> details(Server server) {
        return Map.of(
                "uuid", Echo.of(server.uuid()),
                "name", Echo.of(server.title()),
                "zone", Echo.of(server.zone()),
                "plan", Echo.of(server.plan()),
                "provider_state", Echo.of(server.state()));
    }
}
