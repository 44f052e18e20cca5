package com.busdk.broker.http;

import com.busdk.broker.access.Decision;
import com.busdk.broker.access.EventAccess;
import com.busdk.broker.envelope.EnvelopeReader;
import com.busdk.broker.envelope.Publisher;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * An identity that publishes, with what its events need again and again.
 *
 * <p>Thread: the event loop whose {@link Callers} made it; only the rate's bucket is shared with other loops.
 */
final class Caller {
    private final Identity identity;
    private final Publisher publisher;
    private final RateLimiter.@Nullable Bucket bucket;

    /** The name that this caller published last and may publish: most callers have one or a few. */
    private byte[] allowed = {};

    Caller(Identity identity, RateLimiter.@Nullable Bucket bucket) {
        this.identity = identity;
        this.publisher = new Publisher(identity.subject(), identity.service());
        this.bucket = bucket;
    }

    Publisher publisher() {
        return publisher;
    }

    /** Refuses to go on when the token is over: 401. */
    void checkTokenHolds(InstantSource clock) {
        if (identity.expired(clock.millis() / 1000)) {
            throw ApiException.of(
                    ErrorType.INVALID_AUTH,
                    "The token has expired while the events came in: go on from here with a new one. Get a token with:"
                            + " bus auth token");
        }
    }

    /** Refuses the envelope that was read last if its name is not open to this caller: 403. */
    void checkMayPublish(EnvelopeReader envelope, EventAccess access) {
        if (envelope.nameIs(allowed)) {
            return;
        }
        String name = envelope.name();
        if (access.mayPublish(identity, name) instanceof Decision.Refused refused) {
            throw refused.toException();
        }
        allowed = name.getBytes(StandardCharsets.US_ASCII);
    }

    /** Takes one event from this identity's rate, or refuses it: 429. */
    void takeOne() {
        if (bucket != null) {
            bucket.takeOne();
        }
    }
}
