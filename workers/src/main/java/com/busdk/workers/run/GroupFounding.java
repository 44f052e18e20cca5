package com.busdk.workers.run;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.events.UnreachableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.worker.Worker;
import com.busdk.client.worker.WorkerOptions;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the consumer groups of workers before they take requests. A group begins at the moment when it is made: without it
 * a request that comes while the worker still reads its history would be nobody's, and its sender would wait for an answer
 * in vain. Worse, the history's own stream counts as somebody who listens, so that the sender is not even told at once.
 *
 * <p>A group that is there is left alone: whoever listens to it is given what waits there, and to give that back costs each
 * request one of its deliveries.
 *
 * <p>Any thread may call.
 */
final class GroupFounding {
    private static final Logger LOG = LoggerFactory.getLogger(GroupFounding.class);

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_FAULT = 500;

    /** How often it is asked whether its listener is gone, and when again: two seconds together, as long as any proxy. */
    private static final int LOOKS = 40;

    private static final int LOOK_MILLIS = 50;

    private final Vertx vertx;
    private final EventsClient client;
    private final TokenSource token;
    private volatile boolean stopped;

    /** @param token the client's */
    GroupFounding(Vertx vertx, EventsClient client, TokenSource token) {
        this.vertx = vertx;
        this.client = client;
        this.token = token;
    }

    /**
     * Makes the groups of some workers that are not there yet.
     *
     * @return completes when they are, however long the events service is away, if the workers may come back to it; fails
     *     if that will never be, such as with a refused token
     */
    Future<Void> of(List<Worker> workers) {
        Future<Void> done = Future.succeededFuture();
        for (Worker worker : workers) {
            WorkerOptions options = worker.options();
            // One that begins with the oldest event gets those from before it was made too.
            if (!options.fromOldest()) {
                done = done.compose(ignored -> attempt(options, 1));
            }
        }
        return done;
    }

    /** Nobody waits for it any more. */
    void stop() {
        stopped = true;
    }

    private Future<Void> attempt(WorkerOptions options, int tries) {
        if (stopped) {
            return Future.failedFuture(new IllegalStateException("the worker is stopping"));
        }
        return owner().compose(owner -> missing(options, owner)
                        .compose(names -> names.isEmpty() ? Future.succeededFuture() : make(options, names, owner)))
                .recover(cause -> {
                    if (!mayGetBetter(cause)) {
                        return withoutGroups(options, cause);
                    }
                    RetryPolicy retry = options.retry();
                    if (stopped || !retry.enabled() || !retry.firstConnect()) {
                        return Future.failedFuture(cause);
                    }
                    Duration delay = retry.delay(tries, ThreadLocalRandom.current());
                    LOG.warn(
                            "worker {} tries again in {} ms: {}", options.name(), delay.toMillis(), cause.getMessage());
                    Promise<Void> again = Promise.promise();
                    vertx.setTimer(
                            Math.max(1, delay.toMillis()),
                            ignored -> attempt(options, tries + 1).onComplete(again));
                    return again.future();
                });
    }

    private static boolean mayGetBetter(Throwable cause) {
        return cause instanceof UnreachableException
                || cause instanceof ApiException e && (e.status() >= SERVER_FAULT || e.status() == TOO_MANY_REQUESTS);
    }

    /** A worker can do without, as long as nothing comes before it listens; a token that is refused will not let it. */
    private static Future<Void> withoutGroups(WorkerOptions options, Throwable cause) {
        if (!(cause instanceof ApiException e) || e.status() == UNAUTHORIZED || e.status() == FORBIDDEN) {
            return Future.failedFuture(cause);
        }
        LOG.warn(
                "worker {} cannot make its groups in advance, so requests of the next moment may be lost: {}",
                options.name(),
                e.getMessage());
        return Future.succeededFuture();
    }

    /** Whose groups the token makes, which may have to be read: a user's, or empty for those of services. */
    private Future<String> owner() {
        return vertx.executeBlocking(
                () -> TokenClaims.peek(token.token())
                        .filter(claims ->
                                !claims.service() && !claims.audience().contains(Scopes.AUDIENCE_INTERNAL))
                        .map(TokenClaims::subject)
                        .orElse(""),
                false);
    }

    /** The requests that have no such group. */
    private Future<List<String>> missing(WorkerOptions options, String owner) {
        List<String> names = new ArrayList<>();
        Future<Void> looked = Future.succeededFuture();
        for (String name : options.responses().keySet().stream().sorted().toList()) {
            looked = looked.compose(ignored -> client.groups(name)).map(answer -> {
                if (!has(answer, options.group(), owner)) {
                    names.add(name);
                }
                return null;
            });
        }
        return looked.map(names);
    }

    private static boolean has(JsonNode answer, String group, String owner) {
        for (JsonNode one : answer.path("groups")) {
            if (isOurs(one, group, owner)) {
                return true;
            }
        }
        return false;
    }

    /**
     * A token sees its own groups, and with {@code events:admin} all others too: one of another owner is another group,
     * whatever its name.
     */
    private static boolean isOurs(JsonNode one, String group, String owner) {
        return one.path("group").asText().equals(group)
                && one.path("owner").asText("").equals(owner);
    }

    /** Listens and goes away again. What came in between was not acknowledged, and goes back to the group. */
    private Future<Void> make(WorkerOptions options, List<String> names, String owner) {
        ListenOptions.Builder listen = ListenOptions.of(names)
                .unicast(options.group(), options.consumer())
                .explicitAck()
                .ackWait(options.lease())
                .maxInFlight(1)
                .window(1)
                .retry(RetryPolicy.NONE);
        if (options.maxDeliveries() > 0) {
            listen.maxDeliveries(options.maxDeliveries());
        }
        Listening listening =
                client.listen(listen.build(), ignored -> Promise.<Void>promise().future());
        return listening
                .connected()
                .eventually(() -> listening.close().otherwiseEmpty())
                .compose(ignored -> gone(options, names.getFirst(), owner, LOOKS));
    }

    /** Waits until the service has seen that the listener is gone: what it hands out until then costs a delivery. */
    private Future<Void> gone(WorkerOptions options, String name, String owner, int looks) {
        return client.groups(name).compose(answer -> {
            if (looks == 0 || !listens(answer, options, owner)) {
                return Future.succeededFuture();
            }
            Promise<Void> later = Promise.promise();
            vertx.setTimer(
                    LOOK_MILLIS,
                    ignored -> gone(options, name, owner, looks - 1).onComplete(later));
            return later.future();
        });
    }

    private static boolean listens(JsonNode answer, WorkerOptions options, String owner) {
        for (JsonNode one : answer.path("groups")) {
            if (isOurs(one, options.group(), owner)) {
                for (JsonNode consumer : one.path("consumers")) {
                    if (consumer.path("consumer").asText().equals(options.consumer())) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
