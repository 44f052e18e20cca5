package com.busdk.workers.upcloud.runner;

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

    /** Creates that are sent for one need; each costs money if it worked after all. */
    private static final int MAX_CREATES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(RunnerMaker.class);

    private final UpCloudClient client;
    private final CloudTime time;
    private final RunnerLookup lookup;
    private final PowerControl power;
    private final RunnerPolicy forDoubles;

    /** Marks what this process creates. */
    private final String maker = UUID.randomUUID().toString();

    // Both hold a handful: servers that this process has used or made in vain.
    private final Set<String> used = new HashSet<>();
    private final Set<String> takenAway = new HashSet<>();

    RunnerMaker(UpCloudClient client, CloudTime time, RunnerLookup lookup, PowerControl power, RunnerPolicy policy) {
        this.client = client;
        this.time = time;
        this.lookup = lookup;
        this.power = power;
        this.forDoubles = policy.forUnusedServers();
    }

    /** Id of the runner's server, whatever its state. */
    Future<String> foundOrCreated(Deadline deadline) {
        return find().compose(found -> found.runner().isPresent()
                ? Future.succeededFuture(found.runner().get().uuid())
                : lookup.spec(maker).compose(spec -> create(spec, deadline, 1)));
    }

    /** A run goes to that server: it is not taken away any more. */
    synchronized void inUse(String uuid) {
        used.add(uuid);
    }

    private Future<String> create(ServerSpec spec, Deadline deadline, int tries) {
        return client.create(spec).transform(result -> {
            if (result.succeeded()) {
                Server server = result.result();
                LOG.info("created server {} as runner", server.uuid());
                return agree(server.uuid(), 1);
            }
            boolean again = result.cause() instanceof CloudException e && e.mayPass();
            if (!again) {
                return Future.failedFuture(result.cause());
            }
            CloudException cause = (CloudException) result.cause();
            LOG.warn("{}; looking whether it was created", cause.getMessage());
            return lookForLost(cause, cause.outcomeUnknown() ? LOOKS_FOR_LOST : 1)
                    .compose(found -> {
                        if (found.runner().isPresent()) {
                            return Future.succeededFuture(found.runner().get().uuid());
                        }
                        return tries >= MAX_CREATES || deadline.passed()
                                ? Future.failedFuture(cause)
                                : create(spec, deadline, tries + 1);
                    });
        });
    }

    private Future<Found> lookForLost(CloudException cause, int looks) {
        Duration asked = cause.retryAfter().orElse(Duration.ZERO);
        return time.pause(asked.compareTo(LOOK_AGAIN) > 0 ? asked : LOOK_AGAIN)
                .compose(ignored -> find())
                .compose(found -> found.runner().isPresent() || looks <= 1
                        ? Future.succeededFuture(found)
                        : lookForLost(cause, looks - 1));
    }

    /** Which of those that were made at the same moment is the runner. */
    private Future<String> agree(String own, int looks) {
        return lookup.find().compose(found -> {
            boolean listed =
                    found.runner().filter(server -> server.uuid().equals(own)).isPresent()
                            || found.doubles().stream()
                                    .anyMatch(server -> server.uuid().equals(own));
            if (!listed && looks < LOOKS_FOR_OWN) {
                return time.pause(LOOK_AGAIN).compose(ignored -> agree(own, looks + 1));
            }
            takeAway(found);
            return found.runner().isPresent()
                    ? Future.succeededFuture(found.runner().get().uuid())
                    : Future.failedFuture(ApiException.of(
                            ErrorType.CONFLICT, "the runner was deleted while it was being made; ask again"));
        });
    }

    private Future<Found> find() {
        return lookup.find().onSuccess(this::takeAway);
    }

    /** Doubles that this process made go away in the background; others are somebody else's to take away. */
    private void takeAway(Found found) {
        for (Server server : found.doubles()) {
            if (!maker.equals(server.labels().get(RunnerLookup.MAKER_LABEL))) {
                LOG.warn(
                        "server {} is a second runner that another process made: delete it if it stays", server.uuid());
            } else if (begin(server.uuid())) {
                LOG.info("server {} was created at the same time as an older runner: it is deleted", server.uuid());
                power.deleted(server.uuid(), forDoubles).onFailure(cause -> {
                    LOG.error("the second runner {} is still there: {}", server.uuid(), cause.getMessage());
                    end(server.uuid());
                });
            }
        }
    }

    private synchronized boolean begin(String uuid) {
        return !used.contains(uuid) && takenAway.add(uuid);
    }

    private synchronized void end(String uuid) {
        takenAway.remove(uuid);
    }
}
