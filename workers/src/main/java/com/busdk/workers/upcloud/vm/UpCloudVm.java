package com.busdk.workers.upcloud.vm;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.power.Course;
import com.busdk.workers.upcloud.power.LastStop;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.power.Promised;
import com.busdk.workers.upcloud.power.ServerFinder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of the cloud as a virtual machine.
 *
 * <p>The API has one word, {@code maintenance}, for everything that is under way, and answers a stop with the state from
 * before it; so what a transition leads to is known only to whoever asked for it. That may have been another process: each
 * is told which starts and stops have been accepted, and the newest one counts. Whoever accepted it
 * brings the server there; the others end what leads elsewhere, and look a while later whether it got there, since the one
 * that accepted it may have died. They do nothing to it while they cannot tell what has been accepted since: a process
 * that is cut off from the events may still reach the cloud. After ten minutes nobody tries any more: what somebody has done to the server by
 * other means since then is not undone.
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

    /** Starts and stops that are under way or have just been overtaken; more than this is somebody playing with the switch. */
    private static final int MAX_DRIVES = 8;

    /**
     * Until another process looks whether a start or stop that it has not accepted itself is carried out, and between two
     * such looks: by then the one that accepted it has told the cloud.
     */
    static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final String OPTION = "--vm-name (UPCLOUD_VM_NAME)";
    private static final Logger LOG = LoggerFactory.getLogger(UpCloudVm.class);

    private final UpCloudClient client;
    private final PowerControl power;
    private final CloudTime time;
    private final String name;

    private final LastStop lastStop;

    /** Completes when all that has been accepted anywhere until then has been told here. */
    private volatile Supplier<Future<Void>> allTold = Future::succeededFuture;

    // Guarded by this.
    private @Nullable Wish newest;
    private @Nullable Change last;
    private long lastPlace = Long.MIN_VALUE;
    private int drives;
    private boolean waiting;
    private boolean wasThere;
    private boolean gone;

    /** A start or stop that was accepted, here or elsewhere: where the server is to go, and until when that is tried. */
    private record Wish(String towards, long place, Deadline until) {}

    /**
     * Where the server is being brought to, whether that was asked for here, when the cloud has been told and has taken it,
     * and when it is there. Each is one of its own, however alike two are.
     */
    private static final class Change {
        private final String towards;
        private final boolean own;
        private final Deadline until;
        private final Promise<Void> told = Promise.promise();
        private final Promise<Void> underWay = Promise.promise();
        private final Promise<Void> done = Promise.promise();

        Change(String towards, boolean own, Deadline until) {
            this.towards = towards;
            this.own = own;
            this.until = until;
        }

        boolean isOver() {
            return done.future().isComplete();
        }
    }

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
        this.lastStop = new LastStop(time);
    }

    @Override
    public Future<VmStatus> status() {
        return find(Deadline.in(time, LOOK_LIMIT))
                .map(server -> server.map(found -> status(found, towards())).orElseGet(this::missing));
    }

    @Override
    public Future<VmStatus> start(long place) {
        return change(VmStatus.STARTING, place);
    }

    @Override
    public Future<VmStatus> stop(long place) {
        return change(VmStatus.STOPPING, place);
    }

    /**
     * Somebody tells of what is accepted from now on.
     *
     * @param upToNow completes when all that has been accepted until then has been told; fails where that is not known
     */
    void isToldBy(Supplier<Future<Void>> upToNow) {
        allTold = upToNow;
    }

    /**
     * A start or a stop has been accepted, here or in another process.
     *
     * @param towards {@link VmStatus#STARTING} or {@link VmStatus#STOPPING}
     * @param place of its request in the log
     * @param ago how long ago it was accepted, not negative
     */
    void accepted(String towards, long place, Duration ago) {
        synchronized (this) {
            if (towards.equals(VmStatus.STOPPING) && !hasOwnStopToSend()) {
                lastStop.sent(ago);
            }
            Wish known = newest;
            if (known != null && place < known.place()) {
                return;
            }
            Wish wish = new Wish(towards, place, Deadline.in(time, GIVE_UP.minus(ago)));
            newest = wish;
            if (place > lastPlace) {
                follow(wish);
            }
        }
    }

    /**
     * The log in which starts and stops have their places is another one, whose places begin anew: by the old ones every
     * further start would count as overtaken. What is under way goes on, until something newer leads elsewhere.
     */
    synchronized void logReplaced() {
        newest = null;
        lastPlace = Long.MIN_VALUE;
    }

    /** A stop is accepted here before it is sent where the server is in no state for one. The lock is held. */
    private boolean hasOwnStopToSend() {
        Change change = last;
        return change != null
                && change.own
                && change.towards.equals(VmStatus.STOPPING)
                && !change.told.future().isComplete()
                && !change.isOver();
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
        return change == null || !change.own
                ? Future.succeededFuture()
                : new Promised(change.told.future(), change.done.future())
                        .kept(
                                time,
                                limit,
                                () -> LOG.error(
                                        "the cloud was not told that {} is {}: ask for it again",
                                        name,
                                        change.towards));
    }

    private Future<Optional<Server>> find(Deadline deadline) {
        return new ServerFinder(client.until(deadline)).find(name, OPTION).onSuccess(this::looked);
    }

    private void looked(Optional<Server> found) {
        found.ifPresent(lastStop::seen);
        boolean isNew;
        synchronized (this) {
            isNew = wasThere && found.isEmpty() && !gone;
            gone = found.isEmpty() && wasThere;
            wasThere |= found.isPresent();
        }
        if (isNew) {
            LOG.warn("server {} was there and is gone: somebody has deleted it, or renamed it", Echo.quote(name));
        }
    }

    private synchronized VmStatus missing() {
        String reason = gone ? "it was there: somebody has deleted it, or renamed it" : "no such server";
        return new VmStatus(VmStatus.MISSING, PROVIDER, Map.of("reason", reason));
    }

    private Future<VmStatus> change(String towards, long place) {
        Deadline deadline = Deadline.in(time, LOOK_LIMIT);
        return find(deadline).compose(found -> {
            if (found.isEmpty()) {
                return Future.failedFuture(
                        PowerControl.unavailable("there is no server " + Echo.quote(name) + ": check " + OPTION));
            }
            Server server = found.get();
            Optional<Change> begun = begin(towards, place, server);
            if (begun.isEmpty()) {
                return Future.succeededFuture(status(server, Optional.empty()));
            }
            Change change = begun.get();
            return worthTelling(change, deadline.cap(ANSWER_WITHIN))
                    .compose(ignored -> change.done.future().failed()
                            ? Future.failedFuture(change.done.future().cause())
                            : Future.succeededFuture(answer(server, change)));
        });
    }

    /** A change that is over, done or failed, is told; one that takes its time is not waited for. */
    private Future<Void> worthTelling(Change change, Duration within) {
        Promise<Void> first = Promise.promise();
        change.done.future().onComplete(ignored -> first.tryComplete());
        change.underWay.future().onSuccess(ignored -> first.tryComplete());
        time.pause(within).onSuccess(ignored -> first.tryComplete());
        return first.future();
    }

    private VmStatus answer(Server server, Change change) {
        boolean starting = change.towards.equals(VmStatus.STARTING);
        String there = starting ? VmStatus.READY : VmStatus.STOPPED;
        return new VmStatus(change.done.future().succeeded() ? there : change.towards, PROVIDER, details(server));
    }

    /**
     * Begins a change, which ends one to elsewhere that is under way. The same change is not begun twice, and none where
     * the server is there and stays there: then it is empty.
     */
    private synchronized Optional<Change> begin(String towards, long place, Server server) {
        Wish wish = newest;
        Change running = last == null || last.isOver() ? null : last;
        boolean overtaken =
                wish != null && place < wish.place() && !wish.towards().equals(towards)
                        || running != null && place < lastPlace && !running.towards.equals(towards);
        if (overtaken) {
            throw ApiException.of(ErrorType.CONFLICT, "a newer start or stop has been accepted: ask again");
        }
        boolean there = towards.equals(VmStatus.STARTING)
                ? server.state().equals(Server.STARTED) && !lastStop.mayBeUnderWay()
                : server.state().equals(Server.STOPPED);
        if (running != null && running.own && running.towards.equals(towards)) {
            lastPlace = Math.max(lastPlace, place);
            return Optional.of(running);
        }
        if (drives >= MAX_DRIVES) {
            throw ApiException.of(
                    ErrorType.CONFLICT, "the machine is being started and stopped already; wait until that is over");
        }
        lastPlace = Math.max(lastPlace, place);
        if (there && running == null) {
            last = null;
            return Optional.empty();
        }
        Change change = new Change(towards, true, Deadline.in(time, GIVE_UP));
        last = change;
        drive(change, server.uuid(), PowerControl.POLL);
        return Optional.of(change);
    }

    /** Ends what leads elsewhere, and looks later whether that is carried out. The lock is held. */
    private void follow(Wish wish) {
        lastPlace = wish.place();
        Change before = last;
        if (before != null && !before.isOver() && before.towards.equals(wish.towards())) {
            return;
        }
        if (wish.until().passed()) {
            last = null;
            return;
        }
        last = new Change(wish.towards(), false, wish.until());
        takeOverLater();
    }

    /** One wait at a time, however many are accepted meanwhile: the newest counts when it is over. The lock is held. */
    private void takeOverLater() {
        if (!waiting) {
            waiting = true;
            time.pause(PATIENCE).onSuccess(ignored -> takeOver());
        }
    }

    private void takeOver() {
        Change change;
        synchronized (this) {
            waiting = false;
            change = last;
        }
        if (change == null || change.own) {
            return;
        }
        find(change.until).onComplete(found -> {
            synchronized (this) {
                if (!isLast(change)) {
                    return;
                }
                if (found.succeeded() && found.result().isPresent()) {
                    drive(change, found.result().get().uuid(), PATIENCE);
                } else if (found.failed() && !change.until.passed()) {
                    takeOverLater();
                } else {
                    last = null;
                }
            }
        });
    }

    private synchronized void drive(Change change, String uuid, Duration poll) {
        drives++;
        Course course = new Course(
                change.until, poll, lastStop, () -> isLast(change), change.own ? Future::succeededFuture : allTold);
        Future<Server> end = change.towards.equals(VmStatus.STARTING)
                ? power.started(uuid, course, change.told::tryComplete)
                : power.stopped(uuid, course, () -> {
                    change.told.tryComplete();
                    change.underWay.tryComplete();
                });
        end.<Void>mapEmpty().onComplete(result -> {
            over();
            if (result.failed() && isLast(change)) {
                LOG.warn(
                        "server {} is not {} in the end: {}",
                        uuid,
                        change.towards,
                        result.cause().getMessage());
            }
            change.done.handle(result);
        });
    }

    private synchronized void over() {
        drives--;
    }

    private synchronized boolean isLast(Change change) {
        return last == change;
    }

    private synchronized Optional<String> towards() {
        Change change = last;
        return change == null || change.isOver() ? Optional.empty() : Optional.of(change.towards);
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
