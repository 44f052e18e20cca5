package com.busdk.broker.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many events a second each identity may publish, with bursts of what a second allows. Shared by all event loops.
 */
public final class RateLimiter {
    /** Identities whose rate is known at once; one that is forgotten starts with a full second again. */
    private static final int MAX_IDENTITIES = 100_000;

    private final int eventsPerSecond;
    private final LongSupplier nanoClock;
    private final Cache<String, Bucket> buckets = Caffeine.newBuilder()
            .maximumSize(MAX_IDENTITIES)
            .executor(Runnable::run)
            .build();

    /**
     * @param eventsPerSecond 0 for no limit
     * @param nanoClock as {@link System#nanoTime}
     */
    RateLimiter(int eventsPerSecond, LongSupplier nanoClock) {
        this.eventsPerSecond = eventsPerSecond;
        this.nanoClock = nanoClock;
    }

    /** The bucket of an identity, or null where there is no limit. */
    @Nullable
    Bucket bucket(String subject) {
        return eventsPerSecond == 0 ? null : buckets.get(subject, _ -> new Bucket(eventsPerSecond, nanoClock));
    }

    /**
     * One identity's allowance, as the time at which it would be full again: every event moves that on by its share of a
     * second, and none may move it further than a second ahead of now. Any thread.
     */
    static final class Bucket {
        private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

        private final int eventsPerSecond;
        private final long share;
        private final LongSupplier nanoClock;
        private final AtomicLong fullAt;

        private Bucket(int eventsPerSecond, LongSupplier nanoClock) {
            this.eventsPerSecond = eventsPerSecond;
            this.share = Math.max(1, SECOND / eventsPerSecond);
            this.nanoClock = nanoClock;
            this.fullAt = new AtomicLong(nanoClock.getAsLong());
        }

        /** Takes one event, or throws 429. */
        void takeOne() {
            long now = nanoClock.getAsLong();
            long before;
            long after;
            do {
                before = fullAt.get();
                after = (before - now < 0 ? now : before) + share;
                if (after - now > SECOND) {
                    throw ApiException.of(
                                    ErrorType.RATE_LIMITED,
                                    "this identity publishes more than its " + eventsPerSecond
                                            + " events a second: send them slower")
                            .withRetryAfter(1);
                }
            } while (!fullAt.compareAndSet(before, after));
        }
    }
}
