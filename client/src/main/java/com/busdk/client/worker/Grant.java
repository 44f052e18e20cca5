package com.busdk.client.worker;

import java.time.Duration;

/** One delivery of a request to this process, with what is known of its lease. Any thread. */
final class Grant {
    private final String token;
    private final int attempt;
    private final Object connection;
    private volatile long confirmedNanos = System.nanoTime();

    /** @param connection stands for the one that it came over */
    Grant(String token, int attempt, Object connection) {
        this.token = token;
        this.attempt = attempt;
        this.connection = connection;
    }

    String token() {
        return token;
    }

    /**
     * Whether nobody else can have had the request between the other delivery and this one. Over another connection
     * that is not known: a service that crashed in between may have forgotten deliveries and given their numbers again.
     */
    boolean follows(Grant other) {
        return connection.equals(other.connection) && attempt == other.attempt + 1;
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
