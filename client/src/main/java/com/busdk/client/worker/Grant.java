package com.busdk.client.worker;

import java.time.Duration;

/** One delivery of a request to this process, with what is known of its lease. Any thread. */
final class Grant {
    private final String token;
    private final int attempt;
    private volatile long confirmedNanos = System.nanoTime();

    Grant(String token, int attempt) {
        this.token = token;
        this.attempt = attempt;
    }

    String token() {
        return token;
    }

    /** Whether nobody else can have had the request between the other delivery and this one. */
    boolean follows(Grant other) {
        return attempt == other.attempt + 1;
    }

    /** The service has begun the lease anew, at this moment of {@link System#nanoTime} or later. */
    void confirmed(long nanos) {
        confirmedNanos = nanos;
    }

    /** How long a lease of that length may still last by what was last heard of it; in nanoseconds, zero if it is over. */
    long leftNanos(Duration lease) {
        return Math.max(0, lease.toNanos() - (System.nanoTime() - confirmedNanos));
    }
}
