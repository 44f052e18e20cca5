package com.busdk.client.events;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether a service is ready.
 *
 * @param ready true if it is
 * @param because why it is not, in the service's words; empty if it is
 * @param serviceTime the service's clock as its answer gave it (to the second), null if it did not
 */
public record Readiness(
        boolean ready, String because, @Nullable Instant serviceTime) {}
