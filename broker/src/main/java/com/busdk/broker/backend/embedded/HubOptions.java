package com.busdk.broker.backend.embedded;

import io.netty.util.internal.PlatformDependent;
import java.time.Duration;

/**
 * Settings of the hub.
 *
 * @param groupRetention a group without listeners for that long is forgotten
 * @param idempotencyWindow how long an idempotency key is remembered
 * @param maxIdempotencyKeys keys remembered at once (28 bytes each): when so many came within the window, a publish with
 *     a new key is 503, since forgetting one early would store a repeated event twice
 * @param maxGroups groups at once: each costs a few hundred bytes and its part of a snapshot
 * @param maxOpenEvents what all groups together may have taken from the log and not settled, beside
 *     {@value OpenRoom#LEAST} of each
 * @param outgoingBytes what may wait at all connections together for their peers to take it, before each stream is
 *     written in small pieces only
 */
public record HubOptions(
        Duration groupRetention,
        Duration idempotencyWindow,
        int maxIdempotencyKeys,
        int maxGroups,
        long maxOpenEvents,
        long outgoingBytes) {
    /** 2^21 keys in ten minutes are 3,500 keyed publishes a second. */
    public static final int DEFAULT_MAX_IDEMPOTENCY_KEYS = 1 << 21;

    public static final int DEFAULT_MAX_GROUPS = 100_000;

    /** Of the heap a quarter, as the log's window, what waits to be written and all else have theirs. */
    private static final int OPEN_SHARE = 4;

    /**
     * What an open event costs at most, reckoned without an ordering key: 88 for itself, up to 80 for its place among the
     * group's, up to 50 in the writer's account of the group, and its place among those that wait.
     */
    private static final int OPEN_EVENT_BYTES = 256;

    /** Of the memory outside of the heap a quarter: the rest is for what comes in, and for what lies between its pieces. */
    private static final int OUTGOING_SHARE = 4;

    public HubOptions {
        if (groupRetention.isNegative()
                || idempotencyWindow.isNegative()
                || maxIdempotencyKeys < 1
                || maxGroups < 1
                || maxOpenEvents < 0
                || outgoingBytes < 0) {
            throw new IllegalArgumentException("a limit of the hub is below its least value");
        }
    }

    public static HubOptions defaults() {
        return new HubOptions(
                Duration.ofDays(7),
                Duration.ofMinutes(10),
                DEFAULT_MAX_IDEMPOTENCY_KEYS,
                DEFAULT_MAX_GROUPS,
                defaultOpenEvents(),
                defaultOutgoingBytes());
    }

    /** Follows {@code -Xmx}. */
    public static long defaultOpenEvents() {
        return Runtime.getRuntime().maxMemory() / OPEN_SHARE / OPEN_EVENT_BYTES;
    }

    /** Follows {@code -Xmx}, or {@code -XX:MaxDirectMemorySize} where that is given. */
    public static long defaultOutgoingBytes() {
        return PlatformDependent.maxDirectMemory() / OUTGOING_SHARE;
    }
}
