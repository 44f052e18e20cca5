package com.busdk.gateway.usage;

import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.http.ApiException;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.requests.Replies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes {@code bus.usage.record.request}: the hub keeps it until the usage worker has stored it, so nobody waits for
 * that worker. Any thread.
 */
public final class EventsUsage implements Usage {
    /** The event's name. */
    public static final String REQUEST = "bus.usage.record.request";

    /** The worker's answer, which readiness listens for. */
    public static final String RESPONSE = "bus.usage.record.response";

    private static final Logger LOG = LoggerFactory.getLogger(EventsUsage.class);

    /** Records that wait to be sent again; more are lost, which is logged with their ids. */
    private static final int MAX_WAITING = 10_000;

    /** With the waits of {@link #RETRY} about an hour, longer than an events service is away. */
    private static final int MAX_TRIES = 125;

    private static final RetryPolicy RETRY =
            new RetryPolicy(true, Duration.ofMillis(500), Duration.ofSeconds(30), true);

    /** An account is a UUID by the contract; a subject that is none, as of a local stack, is left out. */
    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private final Vertx vertx;
    private final EventsClient client;
    private final AtomicInteger waiting = new AtomicInteger();
    private final Promise<Void> drained = Promise.promise();
    private volatile boolean closing;

    /**
     * Usage by events.
     *
     * @param vertx has the timers
     * @param client publishes with a service token; stays the caller's to close
     */
    public EventsUsage(Vertx vertx, EventsClient client) {
        this.vertx = vertx;
        this.client = client;
    }

    @Override
    public Future<Void> before(UsageRecord usage) {
        return client.publish(envelope(usage))
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(Replies.ofPublish(failure, REQUEST)));
    }

    @Override
    public void after(UsageRecord usage) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            gone();
            LOG.error("usage record {} {} is lost: too many wait already", usage.type(), usage.id());
            return;
        }
        attempt(envelope(usage), usage, 1);
    }

    /** Left to the sweep, which reads what this has published. */
    @Override
    public void unanswered(UsageRecord usage) {
        LOG.info("usage record {} is left to the sweep: nobody has said yet how it ended", usage.id());
    }

    private void attempt(Envelope event, UsageRecord usage, int tries) {
        client.publish(event).onComplete(done -> {
            if (done.succeeded()) {
                gone();
            } else if (tries >= MAX_TRIES || isHopeless(done.cause())) {
                gone();
                LOG.error(
                        "usage record {} {} is lost: {}",
                        usage.type(),
                        usage.id(),
                        done.cause().getMessage());
            } else {
                Duration delay = RETRY.delay(tries, ThreadLocalRandom.current());
                vertx.setTimer(delay.toMillis(), _ -> attempt(event, usage, tries + 1));
            }
        });
    }

    private void gone() {
        if (waiting.decrementAndGet() == 0 && closing) {
            drained.tryComplete();
        }
    }

    /** Waits for the records that are still on their way; those that are not there in time are lost, which is logged. */
    @Override
    public Future<Void> close(Duration limit) {
        closing = true;
        if (waiting.get() == 0) {
            drained.tryComplete();
        }
        long timer = vertx.setTimer(Math.max(1, limit.toMillis()), _ -> {
            if (drained.tryComplete()) {
                LOG.error("{} usage records are lost: the events service did not take them in time", waiting.get());
            }
        });
        return drained.future().onComplete(_ -> vertx.cancelTimer(timer));
    }

    /** The service has read it and does not want it; a token, on the other hand, may be renewed. */
    private static boolean isHopeless(Throwable cause) {
        return cause instanceof ApiException e && (e.status() == 400 || e.status() == 413);
    }

    /** What the event says. */
    static ObjectNode payload(UsageRecord usage) {
        ObjectNode payload = Json.object().put("event_type", usage.type()).put("event_id", usage.id());
        if (UUID.matcher(usage.account()).matches()) {
            payload.put("account_id", usage.account());
        }
        payload.put("occurred_at", usage.at().toString());
        payload.set("data", usage.data());
        return payload;
    }

    private static Envelope envelope(UsageRecord usage) {
        return Envelope.builder(REQUEST)
                .payload(new String(Json.bytes(payload(usage)), StandardCharsets.UTF_8))
                .identityId(usage.account())
                .correlationId(usage.id())
                .idempotencyKey("usage:" + usage.id())
                .build();
    }
}
