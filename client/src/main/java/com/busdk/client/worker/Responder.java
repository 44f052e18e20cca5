package com.busdk.client.worker;

import com.busdk.client.auth.TokenException;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.EventsClient;
import com.busdk.client.events.RetryPolicy;
import com.busdk.client.events.Sender;
import com.busdk.client.events.UnreachableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * Publishes responses, again and again while the service cannot be reached: a request in hand is not given up because of
 * that, and its number in hand bounds what waits here. The idempotency key is made of group and request id, so that no
 * request is answered twice, whoever answers. Responses that are ready together are published together. Lives on its
 * lane's context.
 */
final class Responder {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int PAYLOAD_TOO_LARGE = 413;
    private static final int BAD_REQUEST = 400;

    /** In the place of a reply that is no event. */
    static final Reply INVALID = Reply.failed(ErrorType.INTERNAL.type(), "the worker's reply is not valid");

    private final Vertx vertx;
    private final Sender sender;
    private final WorkerOptions options;
    private final BooleanSupplier givenUp;

    Responder(Vertx vertx, EventsClient client, WorkerOptions options, BooleanSupplier givenUp) {
        this.vertx = vertx;
        this.sender = client.sender();
        this.options = options;
        this.givenUp = givenUp;
    }

    /** Completes when the response is durable; fails if the service does not want it, or the worker has given up. */
    Future<Void> publish(Envelope request, Reply reply) {
        if (reply.silent()) {
            return Future.succeededFuture();
        }
        return attempt(response(request, reply), 1).recover(cause -> {
            int status = cause instanceof ApiException e ? e.status() : 0;
            if (status == PAYLOAD_TOO_LARGE && reply.error() == null) {
                return attempt(response(request, tooLarge()), 1);
            }
            // The caller waits for an answer: that there is none to be had is one as well.
            return status == BAD_REQUEST
                    ? attempt(response(request, INVALID), 1).recover(ignored -> Future.failedFuture(cause))
                    : Future.failedFuture(cause);
        });
    }

    private Envelope response(Envelope request, Reply reply) {
        String name = options.responses().get(request.name());
        if (name == null) {
            throw new IllegalStateException("a request came that was not asked for: " + request.name());
        }
        return Envelope.builder(name)
                .payload(reply.payload())
                .error(reply.error())
                .correlationId(request.correlationId())
                .identityId(request.identityId())
                .idempotencyKey("response:" + options.group() + ":" + request.id())
                .build();
    }

    private static Reply tooLarge() {
        return Reply.failed(ErrorType.PAYLOAD_TOO_LARGE.type(), "the result is larger than an event may be");
    }

    private Future<Void> attempt(Envelope response, int tries) {
        return sender.publish(response).recover(cause -> {
            if (!mayGetBetter(cause) || givenUp.getAsBoolean()) {
                return Future.failedFuture(cause);
            }
            Promise<Void> again = Promise.promise();
            vertx.setTimer(
                    delayMillis(cause, tries),
                    ignored -> attempt(response, tries + 1).onComplete(again));
            return again.future();
        });
    }

    private long delayMillis(Throwable cause, int tries) {
        RetryPolicy retry = options.retry();
        Duration own = retry.delay(tries, ThreadLocalRandom.current());
        long asked = cause instanceof ApiException e
                ? Math.min(e.retryAfter().orElse(0) * 1000L, retry.max().toMillis())
                : 0;
        return Math.max(1, Math.max(own.toMillis(), asked));
    }

    private static boolean mayGetBetter(Throwable cause) {
        return switch (cause) {
            case ApiException e -> e.status() >= 500 || e.status() == TOO_MANY_REQUESTS;
            case UnreachableException e -> true;
            case TokenException e -> true; // a file that is being replaced at this moment
            default -> false;
        };
    }
}
