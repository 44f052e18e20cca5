package com.busdk.client.events;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How a listening comes back after a lost connection or a 5xx: exponential back-off with jitter, between two bounds.
 *
 * <pre>{@code
 * ListenOptions.of("example.ping").retry(RetryPolicy.DEFAULT.includingFirstConnect()).build();
 * }</pre>
 *
 * @param enabled false ends a listening at the first loss
 * @param min wait before the first try, more than zero; the jitter may halve it
 * @param max longest wait, at least {@code min}
 * @param firstConnect whether the very first connection is retried too; if not, a service that is down is an error at
 *     once, as a person at a terminal wants it
 */
public record RetryPolicy(boolean enabled, Duration min, Duration max, boolean firstConnect) {
    /** Comes back after 1 s to 30 s, but reports at once if the first connection fails. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(true, Duration.ofSeconds(1), Duration.ofSeconds(30), false);

    /** Never comes back. */
    public static final RetryPolicy NONE = new RetryPolicy(false, Duration.ofSeconds(1), Duration.ofSeconds(1), false);

    /** Doubling more often than this exceeds any bound, and would overflow. */
    private static final int MAX_DOUBLINGS = 30;

    /** Refuses bounds that make no back-off. */
    public RetryPolicy {
        if (min.isNegative() || min.isZero() || max.compareTo(min) < 0) {
            throw new IllegalArgumentException("retry bounds have to be above zero, the larger one last");
        }
    }

    /**
     * The same policy, for the first connection too.
     *
     * @return the policy of a worker, which may be started before the service
     */
    public RetryPolicy includingFirstConnect() {
        return new RetryPolicy(enabled, min, max, true);
    }

    /**
     * How long to wait. The jitter keeps many clients from coming back together.
     *
     * @param failures how many tries in a row have failed, at least 1
     * @param random gives the jitter
     * @return half to all of {@code min} doubled for each further failure, never above {@code max}
     */
    public Duration delay(int failures, RandomGenerator random) {
        int doublings = Math.min(failures - 1, MAX_DOUBLINGS);
        long millis = Math.min(min.toMillis() << doublings, max.toMillis());
        if (min.toMillis() > max.toMillis() >> doublings) {
            millis = max.toMillis(); // the shift above would have overflowed, or passed the bound
        }
        return Duration.ofMillis(Math.max(1, millis / 2 + random.nextLong(millis / 2 + 1)));
    }
}
