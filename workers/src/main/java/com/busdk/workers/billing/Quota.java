package com.busdk.workers.billing;

import com.busdk.client.text.Echo;
import java.util.Optional;

/**
 * How much of something a plan has in a window. Immutable.
 *
 * @param feature what is used, such as {@code container:run}
 * @param meter how it is counted, such as {@code bus_container_runtime_seconds}
 * @param window over which it counts
 * @param limit how much there is, 1 to {@value #MAX_LIMIT}; at this it is used up
 * @param upgradePlan the plan to move to for more
 */
record Quota(String feature, String meter, Window window, long limit, Optional<String> upgradePlan) {
    /** Far from where sums of 64 bits end. */
    static final long MAX_LIMIT = 1_000_000_000_000_000L;

    /** Refuses a limit that is none. */
    Quota {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "the limit of " + Echo.quote(feature) + " is not from 1 to " + MAX_LIMIT);
        }
    }
}
