package com.busdk.broker.http;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.envelope.EnvelopeReader;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.broker.http.exchange.IdempotencyHeader;
import com.busdk.client.config.ByteSize;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/v1/events}: one envelope, or a stream of them. What goes wrong while a body comes in is answered
 * through {@link Failures} by itself.
 *
 * <p>Thread: one instance for each event loop, used on it alone.
 */
final class PublishHandler implements HttpHandler {
    final Backend backend;
    final EventAccess access;
    final Failures failures;
    final ServiceStats stats;
    final int maxEventBytes;

    /** Shared by all requests of the loop: each envelope is read and copied in one go. */
    final EnvelopeReader reader = new EnvelopeReader();

    /** Shared by all streams of lines of the loop. */
    final LineTurns turns = new LineTurns();

    /** Shared by all bodies of the loop. */
    final BodyRoom room;

    /** The time of day, for tokens. */
    final InstantSource clock;

    private final Callers callers;
    /** Told of each publish that begins and ends. */
    final ServiceState state;

    /** The largest event, for messages. */
    private final String limit;

    PublishHandler(
            Backend backend,
            EventAccess access,
            Callers callers,
            Failures failures,
            ServiceStats stats,
            ServiceState state,
            BodyRoom room,
            int maxEventBytes,
            InstantSource clock) {
        this.backend = backend;
        this.access = access;
        this.callers = callers;
        this.failures = failures;
        this.stats = stats;
        this.state = state;
        this.room = room;
        this.maxEventBytes = maxEventBytes;
        this.clock = clock;
        String size = ByteSize.format(maxEventBytes);
        this.limit = size.endsWith("B") ? size.replaceFirst("(?=[KMGT])", " ") : size + " bytes";
    }

    @Override
    public Future<Void> handle(HttpServerRequest request, Identity identity) {
        MediaType type = MediaType.of(request);
        if (request.uri().indexOf('?') >= 0) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "publishing has no parameters: leave out what follows the ?");
        }
        if (request.response().closed()) {
            return Future
                    .succeededFuture(); // it has gone while its token was looked at, and nothing would tell its end
        }
        Caller caller = callers.of(identity);
        if (type == MediaType.JSON) {
            Long length = MediaType.announcedLength(request);
            if (length != null && length > maxEventBytes) {
                throw tooLarge();
            }
            state.beginPublish();
            WithBody.continueIfAsked(request);
            new SinglePublish(this, request, caller).begin();
        } else {
            if (request.getHeader(IdempotencyHeader.NAME) != null) {
                throw ApiException.of(
                        ErrorType.BAD_REQUEST,
                        "the header Idempotency-Key is for one event: give each line an idempotencyKey of its own");
            }
            state.beginPublish();
            WithBody.continueIfAsked(request);
            new NdjsonPublish(this, request, caller).begin();
        }
        return Future.succeededFuture();
    }

    ApiException tooLarge() {
        return ApiException.of(
                ErrorType.PAYLOAD_TOO_LARGE,
                "an event is at most " + limit
                        + " here: send a smaller one, or raise --max-event-bytes of the service");
    }

    static ApiException badRequest(@Nullable String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message == null ? "the envelope is wrong" : message);
    }
}
