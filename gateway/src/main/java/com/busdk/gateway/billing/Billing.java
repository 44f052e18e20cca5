package com.busdk.gateway.billing;

import com.busdk.client.http.ApiException;
import io.vertx.core.Future;

/** Asks whether an account may use what costs money. Any thread. */
@FunctionalInterface
public interface Billing {
    /** Everybody may use everything. */
    Billing NONE = (account, scope) -> Future.succeededFuture();

    /** What {@code --billing-backend} takes. */
    enum Backend {
        /** Nobody is asked. */
        NONE,
        /** The billing worker is asked by events. */
        EVENTS
    }

    /**
     * Asks.
     *
     * @param account the caller's {@code sub}
     * @param scope what is to be used, such as {@code vm:write}
     * @return completes if it may; fails with an {@link ApiException}: 402 with guidance if it may not, 503 if nobody
     *     answers, since what cannot be billed is not given away
     */
    Future<Void> require(String account, String scope);
}
