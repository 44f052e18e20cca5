package com.busdk.workers.upcloud.runner;

import com.busdk.client.config.GoDuration;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.CloudTime;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.ServerSpec;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.RunnerPolicy;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.runner.RunnerLookup.Found;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the runner, or creates it so that there is one in the end although the API takes every create it gets.
 *
 * <ol>
 *   <li>Nothing is created before a look has found no runner, and a create whose answer was lost is not sent again before
 *       several looks have not found what it may have made.
 *   <li>After a create it looks again. If several have been made at the same moment, all see the same oldest one and use
 *       it; each maker takes its own younger one away, unless a run has been sent there already.
 *   <li>A younger one that is still there, because its maker has died or a run was sent there, is taken away by whoever
 *       looks, once it has been second for longer than any run may take. It has both labels of a worker, or it stays: what
 *       somebody has made by hand is his.
 * </ol>
 *
 * <p>Any thread; the sets are guarded by the object's lock.
 */
final class RunnerMaker {
    /** Between two looks for what a create may have made. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

    /** Looks before a create whose answer was lost counts as not done. */
    private static final int LOOKS_FOR_LOST = 3;

    /** Looks until a server that was created stands in the list, which need not show it at once. */
    private static final int LOOKS_FOR_OWN = 5;

    /** Beyond the longest run: others may use what they found a moment ago, and a run is cleaned up after. */
    private static final Duration IDLE_MARGIN = Duration.ofMinutes(5);

    /** Creates that are sent for one need; each costs money if it worked after all. */
    private static final int MAX_CREATES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(RunnerMaker.class);

    private final UpCloudClient client;
    private final CloudTime time;
    private final RunnerLookup lookup;
    private final PowerControl power;
    private final RunnerPolicy forDoubles;
    private final Suspects suspects;
    private final boolean mayTakeOthers;

    /** Marks what this process creates. */
    private final String maker = UUID.randomUUID().toString();

    // Both hold a handful: servers that this process has used or made in vain.
    private final Set<String> used = new HashSet<>();
    private final Set<String> takenAway = new HashSet<>();

    /**
     * A maker.
     *
     * @param longestRun from the moment that a runner is chosen to the end of the run there
     * @param mayTakeOthers whether servers that another process has made may be taken away
     */
    RunnerMaker(
            UpCloudClient client,
            CloudTime time,
            RunnerLookup lookup,
            PowerControl power,
            RunnerPolicy policy,
            Duration longestRun,
            boolean mayTakeOthers) {
        this.client = client;
        this.time = time;
        this.lookup = lookup;
        this.power = power;
        this.forDoubles = policy.forUnusedServers();
        this.suspects = new Suspects(time, longestRun.plus(IDLE_MARGIN));
        this.mayTakeOthers = mayTakeOthers;
    }

    /**
     * Id of the runner's server, whatever its state.
     *
     * @param created is called once the cloud has taken a create: it starts that server by itself
     */
    Future<String> foundOrCreated(Deadline deadline, Runnable created) {
        return find(deadline)
                .compose(found -> found.runner().isPresent()
                        ? Future.succeededFuture(found.runner().get().uuid())
                        : lookup.until(deadline).spec(maker).compose(spec -> create(spec, deadline, created, 1)));
    }

    /** A run goes to that server: it is not taken away any more. */
    synchronized void inUse(String uuid) {
        used.add(uuid);
    }

    private Future<String> create(ServerSpec spec, Deadline deadline, Runnable created, int tries) {
        return client.create(spec).transform(result -> {
            if (result.succeeded()) {
                Server server = result.result();
                LOG.info("created server {} as runner", server.uuid());
                created.run();
                return agree(server.uuid(), deadline, 1);
            }
            boolean again = result.cause() instanceof CloudException e && e.mayPass() && !deadline.isBefore(e);
            if (!again) {
                return Future.failedFuture(result.cause());
            }
            CloudException cause = (CloudException) result.cause();
            LOG.warn("{}; looking whether it was created", cause.getMessage());
            return lookForLost(cause, deadline, cause.outcomeUnknown() ? LOOKS_FOR_LOST : 1)
                    .compose(found -> {
                        if (found.runner().isPresent()) {
                            return Future.succeededFuture(found.runner().get().uuid());
                        }
                        return tries >= MAX_CREATES || deadline.passed()
                                ? Future.failedFuture(cause)
                                : create(spec, deadline, created, tries + 1);
                    });
        });
    }

    private Future<Found> lookForLost(CloudException cause, Deadline deadline, int looks) {
        Duration asked = cause.retryAfter().orElse(Duration.ZERO);
        return time.pause(deadline.cap(asked.compareTo(LOOK_AGAIN) > 0 ? asked : LOOK_AGAIN))
                .compose(ignored -> find(deadline))
                .compose(found -> found.runner().isPresent() || looks <= 1 || deadline.passed()
                        ? Future.succeededFuture(found)
                        : lookForLost(cause, deadline, looks - 1));
    }

    /** Which of those that were made at the same moment is the runner. */
    private Future<String> agree(String own, Deadline deadline, int looks) {
        return lookup.until(deadline).find().compose(found -> {
            boolean listed =
                    found.runner().filter(server -> server.uuid().equals(own)).isPresent()
                            || found.doubles().stream()
                                    .anyMatch(server -> server.uuid().equals(own));
            if (!listed && looks < LOOKS_FOR_OWN && !deadline.passed()) {
                return time.pause(deadline.cap(LOOK_AGAIN)).compose(ignored -> agree(own, deadline, looks + 1));
            }
            takeAway(found);
            return found.runner().isPresent()
                    ? Future.succeededFuture(found.runner().get().uuid())
                    : Future.failedFuture(ApiException.of(
                            ErrorType.CONFLICT, "the runner was deleted while it was being made; ask again"));
        });
    }

    private Future<Found> find(Deadline deadline) {
        return lookup.until(deadline).find().onSuccess(this::takeAway);
    }

    /** Doubles go away in the background: own ones at once, others when nothing can be running there any more. */
    private void takeAway(Found found) {
        Set<String> idle = idle(found);
        for (Server server : found.doubles()) {
            String uuid = server.uuid();
            boolean ownUnused = isOwn(server) && !isUsed(uuid);
            if ((ownUnused || idle.contains(uuid)) && begin(uuid)) {
                LOG.info("server {} is a second runner, younger than the first: it is deleted", uuid);
                power.deleted(uuid, forDoubles).onFailure(cause -> {
                    LOG.error("the second runner {} is still there: {}", uuid, cause.getMessage());
                    end(uuid);
                });
            }
        }
    }

    /** Which doubles nobody can be using, whoever made them. */
    private Set<String> idle(Found found) {
        List<Server> madeByWorkers = found.doubles().stream()
                .filter(server -> !server.labels()
                        .getOrDefault(RunnerLookup.MAKER_LABEL, "")
                        .isEmpty())
                .filter(server -> !isOwn(server) || isUsed(server.uuid()))
                .toList();
        String runner = found.runner().map(Server::uuid).orElse("");
        Suspects.Seen seen = suspects.look(runner, madeByWorkers);
        for (String uuid : seen.isNew()) {
            String then = mayTakeOthers
                    ? "it is deleted in " + GoDuration.format(suspects.idleAfter()) + ", when no run can be there"
                    : "delete it if nobody uses it";
            LOG.warn("server {} is a second runner beside {}: {}", uuid, runner, then);
        }
        if (!mayTakeOthers) {
            return Set.of();
        }
        if (!seen.isNew().isEmpty()) {
            // No run may come until then, and with it no look.
            time.later(
                    suspects.idleAfter(),
                    () -> find(Deadline.in(time, IDLE_MARGIN))
                            .onFailure(cause -> LOG.info("second runners stay for now: {}", cause.getMessage())));
        }
        return seen.idle();
    }

    private boolean isOwn(Server server) {
        return maker.equals(server.labels().get(RunnerLookup.MAKER_LABEL));
    }

    private synchronized boolean isUsed(String uuid) {
        return used.contains(uuid);
    }

    private synchronized boolean begin(String uuid) {
        return takenAway.add(uuid);
    }

    private synchronized void end(String uuid) {
        takenAway.remove(uuid);
    }
}
