package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import io.vertx.core.Future;
import java.util.Optional;

/** Gives pages where somebody pays. Any thread. */
interface Sessions {
    /**
     * A page where an account is set up.
     *
     * @param request that asks for it; the same one may ask twice
     * @param account whose
     * @param plan which plan, or empty for the default
     * @return its URL; fails with an {@link com.busdk.client.http.ApiException}
     */
    Future<String> checkout(Envelope request, Account account, Optional<String> plan);

    /**
     * A page where a subscription is looked after.
     *
     * @param request that asks for it; the same one may ask twice
     * @param account whose
     * @return its URL; fails with an {@link com.busdk.client.http.ApiException}
     */
    Future<String> portal(Envelope request, Account account);
}
