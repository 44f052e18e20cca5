package com.busdk.workers.upcloud.power;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.RunnerPolicy;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings servers to a state: looks at one, does what its state allows, waits, and looks again, until it is there or the
 * deadline has passed, or the cloud wants to be left alone until after it. Whatever a command answers, the next look decides: a stop answers {@code started}, a start that
 * got no answer may have worked, and a conflict explains itself. A server in {@code error} heals by itself and is waited
 * for. Stateless; any thread.
 *
 * <pre>
 * started: stopped --POST start--> maintenance ... --> started
 * stopped: started --POST stop---> started, maintenance ... --> stopped
 * deleted: (as stopped, if the policy says so) --DELETE--> gone
 * </pre>
 */
public final class PowerControl {
    /** Between two looks, as the official tools do. */
    public static final Duration POLL = Duration.ofSeconds(5);

    /** After a command, so that the next look sees what it did. */
    private static final Duration SETTLE = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(PowerControl.class);
    private static final Set<String> KNOWN =
            Set.of(Server.STARTED, Server.STOPPED, Server.MAINTENANCE, Server.ERROR, Server.PENDING_DELETE);

    private final UpCloudClient client;
    private final CloudTime time;

    /**
     * A control.
     *
     * @param client asks the cloud
     * @param time where it waits
     */
    public PowerControl(UpCloudClient client, CloudTime time) {
        this.client = client;
        this.time = time;
    }

    /**
     * Starts a server unless it runs. One that may be shutting down is awaited first.
     *
     * @param uuid its id
     * @param course when to give up, and whether it is still wanted
     * @param sent is called when the start is sent, which the cloud may answer only minutes later
     * @return the server as it runs, with its NICs; fails with {@code timeout}, {@code vm_unavailable} if it is not there,
     *     {@code conflict} if it is not wanted any more, and a {@link CloudException} that will not pass
     */
    public Future<Server> started(String uuid, Course course, Runnable sent) {
        return look(uuid, course, server -> switch (server.state()) {
                    case Server.STARTED -> course.lastStop().mayBeUnderWay() ? Step.hold() : Step.done();
                    case Server.STOPPED ->
                        Step.act(() -> {
                            Future<Void> start = client.start(uuid);
                            sent.run();
                            return start;
                        });
                    case Server.PENDING_DELETE -> Step.fail(unavailable("the server is being deleted"));
                    default -> Step.hold();
                })
                .recover(PowerControl::missing);
    }

    /**
     * Stops a server unless it stands.
     *
     * @param uuid its id
     * @param course when to give up, and whether it is still wanted
     * @param underWay is called once the cloud has taken the stop, or has taken one before
     * @return when it stands; fails as {@link #started} does, and with {@code conflict} if somebody starts it meanwhile
     */
    public Future<Server> stopped(String uuid, Course course, Runnable underWay) {
        Stopper stopper = new Stopper(uuid, course, underWay);
        return look(uuid, course, server -> {
                    stopper.seen(server);
                    return switch (server.state()) {
                        case Server.STOPPED -> Step.done();
                        case Server.STARTED -> stopper.next();
                        case Server.PENDING_DELETE -> Step.fail(unavailable("the server is being deleted"));
                        default -> Step.hold();
                    };
                })
                .recover(PowerControl::missing);
    }

    /**
     * Deletes a server. One that is not there is deleted.
     *
     * @param uuid its id
     * @param policy how
     * @return when it is gone; fails with {@code timeout}, {@code conflict} if its state will never allow it under the
     *     policy, or if somebody starts it meanwhile, and a {@link CloudException} that will not pass
     */
    public Future<Void> deleted(String uuid, RunnerPolicy policy) {
        Course course = Course.of(Deadline.in(time, policy.deleteTimeout()), policy.deletePollInterval());
        Stopper stopper = new Stopper(uuid, course, () -> {});
        return look(uuid, course, server -> {
                    stopper.seen(server);
                    String state = server.state();
                    if (policy.transientStates().contains(state) || state.equals(Server.ERROR)) {
                        return Step.hold();
                    }
                    if (policy.deleteReadyStates().contains(state)) {
                        return Step.last(() -> client.delete(uuid, policy.deleteStorage()));
                    }
                    if (state.equals(Server.PENDING_DELETE)) {
                        return Step.hold();
                    }
                    return state.equals(Server.STARTED) && policy.deleteStopFirst()
                            ? stopper.next()
                            : Step.fail(notDeletable(state));
                })
                .<Void>mapEmpty()
                .recover(cause -> notFound(cause) ? Future.succeededFuture() : Future.failedFuture(cause));
    }

    /**
     * An error that the server which is meant cannot be used.
     *
     * @param message what to do
     * @return {@code vm_unavailable}
     */
    public static ApiException unavailable(String message) {
        return ApiException.of(ErrorType.UNAVAILABLE.status(), "vm_unavailable", message);
    }

    // --- the loop ---

    private Future<Server> look(String uuid, Course course, Function<Server, Step> plan) {
        Deadline deadline = course.deadline();
        return client.until(deadline)
                .server(uuid)
                .compose(server -> {
                    course.lastStop().seen(server);
                    Step step = course.wanted().getAsBoolean() ? plan.apply(server) : Step.fail(overtaken());
                    return sure(course, step).compose(known -> step(server, deadline, known, course.poll()));
                })
                .recover(cause -> passing(cause) && !deadline.passed() && !deadline.isBefore(cause)
                        ? time.pause(pause(course.poll(), cause, deadline)).map(Optional.empty())
                        : Future.failedFuture(cause))
                .compose(there -> there.map(Future::succeededFuture).orElseGet(() -> look(uuid, course, plan)));
    }

    /** What is to be done when all is known; nothing as long as it is not, and nothing that is not wanted any more. */
    private static Future<Step> sure(Course course, Step step) {
        if (!(step instanceof Step.Act)) {
            return Future.succeededFuture(step);
        }
        return course.sure().get().transform(known -> {
            if (known.failed()) {
                LOG.debug("nothing is done for now: {}", known.cause().getMessage());
                return Future.succeededFuture(Step.hold());
            }
            return Future.succeededFuture(course.wanted().getAsBoolean() ? step : Step.fail(overtaken()));
        });
    }

    /** The server if it is there, empty for another look. */
    private Future<Optional<Server>> step(Server server, Deadline deadline, Step step, Duration poll) {
        return switch (step) {
            case Step.Done done -> Future.succeededFuture(Optional.of(server));
            case Step.Fail fail -> Future.failedFuture(fail.cause());
            case Step.Hold hold -> {
                if (!KNOWN.contains(server.state())) {
                    LOG.warn(
                            "server {} is in state {}, which is not known; waiting",
                            server.uuid(),
                            Echo.of(server.state()));
                }
                yield deadline.passed()
                        ? late(server)
                        : time.pause(deadline.cap(poll)).map(Optional.empty());
            }
            case Step.Act act -> deadline.passed() ? late(server) : act(server, act, poll, deadline);
        };
    }

    private Future<Optional<Server>> act(Server server, Step.Act act, Duration poll, Deadline deadline) {
        return act.command().get().transform(result -> {
            if (result.succeeded()) {
                return act.last()
                        ? Future.succeededFuture(Optional.of(server))
                        : time.pause(SETTLE).map(Optional.empty());
            }
            if (result.cause() instanceof CloudException e && e.mayBeGone()) {
                return goneOr(server.uuid(), e, deadline);
            }
            return settles(result.cause()) && !deadline.isBefore(result.cause())
                    ? time.pause(pause(poll, result.cause(), deadline)).map(Optional.empty())
                    : Future.failedFuture(result.cause());
        });
    }

    /** That the server is not there, if that is so; else the refusal was meant as it was said. */
    private Future<Optional<Server>> goneOr(String uuid, CloudException refusal, Deadline deadline) {
        return client.until(deadline)
                .server(uuid)
                .transform(
                        look -> Future.failedFuture(look.failed() && notFound(look.cause()) ? look.cause() : refusal));
    }

    /**
     * Sends a stop, and sends it again only when it should have worked long ago and the server has been {@code started} all
     * the time: one that has been seen elsewhere since was started by somebody, and is not to be taken from them. The same
     * goes for a stop that somebody else has sent. Lives with one loop.
     */
    private final class Stopper {
        private final String uuid;
        private final LastStop lastStop;
        private final Runnable underWay;
        private boolean sent;

        /** Somebody else has sent a stop, and the server was still {@code started} then. */
        private boolean awaited;

        private boolean left;
        private @Nullable Deadline repeat;

        Stopper(String uuid, Course course, Runnable underWay) {
            this.uuid = uuid;
            this.lastStop = course.lastStop();
            this.underWay = underWay;
        }

        void seen(Server server) {
            left |= (repeat != null || awaited) && server.hasLeftStarted();
        }

        /** For a server that is {@code started}. */
        Step next() {
            if (left) {
                return Step.fail(ApiException.of(
                        ErrorType.CONFLICT, "the server was stopped, and somebody has started it: ask again"));
            }
            if (!sent && lastStop.mayBeUnderWay()) {
                awaited = true;
                underWay.run();
                return Step.hold();
            }
            Deadline last = repeat;
            if (last != null && !last.passed()) {
                return Step.hold();
            }
            return Step.act(() -> {
                sent = true;
                // Before the answer: whoever wants it started meanwhile must not take it for started.
                lastStop.sent(Duration.ZERO);
                return client.stop(uuid)
                        .onSuccess(ignored -> {
                            repeat = Deadline.in(time, LastStop.LONGEST);
                            underWay.run();
                        })
                        .onFailure(cause -> {
                            if (!settles(cause)) {
                                lastStop.refused();
                            }
                        });
            });
        }
    }

    /** Whether the next look will tell more than the failure of a command does. */
    private static boolean settles(Throwable cause) {
        return cause instanceof CloudException e && (e.stateConflict() || e.mayPass() || e.notFound());
    }

    private static boolean passing(Throwable cause) {
        return cause instanceof CloudException e && e.mayPass();
    }

    private static Duration pause(Duration poll, Throwable cause, Deadline deadline) {
        Duration asked = cause instanceof CloudException e ? e.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
        return deadline.cap(asked.compareTo(poll) > 0 ? asked : poll);
    }

    private static boolean notFound(Throwable cause) {
        return cause instanceof CloudException e && e.notFound();
    }

    private static Future<Server> missing(Throwable cause) {
        return Future.failedFuture(notFound(cause) ? unavailable("the server is not there any more") : cause);
    }

    private static Future<Optional<Server>> late(Server server) {
        return Future.failedFuture(ApiException.of(
                ErrorType.TIMEOUT,
                "the server is still in state " + Echo.quote(server.state())
                        + ": look at it in the cloud's console, or allow more time"));
    }

    private static ApiException overtaken() {
        return ApiException.of(ErrorType.CONFLICT, "a newer start or stop has been accepted meanwhile");
    }

    private static ApiException notDeletable(String state) {
        return ApiException.of(
                ErrorType.CONFLICT,
                "a server in state " + Echo.quote(state)
                        + " is not deleted: allow --runner-delete-stop-first, or add the state to"
                        + " --runner-delete-ready-states or --runner-transient-states");
    }
}
