package com.busdk.broker.http.exchange;

import com.busdk.broker.envelope.EnvelopeReader;
import com.busdk.client.event.EventLimits;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** The header {@code Idempotency-Key} of a request that publishes one event. Stateless; on the connection's loop. */
public final class IdempotencyHeader {
    public static final CharSequence NAME = HttpHeaders.createOptimized("idempotency-key");

    private IdempotencyHeader() {}

    /**
     * The key of the header.
     *
     * @param envelope the one that was read last: its own key may be the same, not another
     * @return null where the request has none
     * @throws ApiException 400 where there are two, it is no key, or the envelope has another
     */
    public static @Nullable String of(HttpServerRequest request, EnvelopeReader envelope) {
        String key = request.getHeader(NAME);
        if (key == null) {
            return null;
        }
        if (request.headers().getAll(NAME).size() > 1) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "there is more than one header Idempotency-Key: give one");
        }
        boolean plain = key.chars().allMatch(c -> c >= ' ' && c <= '~');
        if (key.isEmpty() || !plain || key.length() > EventLimits.MAX_ID_BYTES) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST,
                    "the header Idempotency-Key has 1 to " + EventLimits.MAX_ID_BYTES + " characters of plain ASCII");
        }
        String own = envelope.idempotencyKey();
        if (own != null && !own.equals(key)) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST,
                    "the header Idempotency-Key and the envelope's idempotencyKey differ: give one of them");
        }
        return key;
    }
}
