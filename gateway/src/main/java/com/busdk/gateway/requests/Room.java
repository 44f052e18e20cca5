package com.busdk.gateway.requests;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/**
 * Places for what waits for workers: so many for all owners together, and no more than a share of them for one, which may
 * depend on how many are free. Owners are known only while they have a place, so there are never more of them than places.
 *
 * <p>Any thread; guarded by itself, never for long.
 */
final class Room {
    private static final int RETRY_ALL_SECONDS = 1;

    private final int max;
    private final IntUnaryOperator share;
    private final String advice;
    private final int retrySeconds;
    private final Map<String, Integer> taken = new HashMap<>();
    private int all;

    /**
     * An empty room.
     *
     * @param max places
     * @param share places of one owner, by how many are free
     * @param advice what an owner should do whose share is taken: the end of a sentence
     * @param retrySeconds when that owner may come again
     */
    Room(int max, IntUnaryOperator share, String advice, int retrySeconds) {
        this.max = max;
        this.share = share;
        this.advice = advice;
        this.retrySeconds = retrySeconds;
    }

    /**
     * Has work done in a place of the owner's, which is free again when the work has ended.
     *
     * @param owner whose work it is
     * @param work is not begun where there is no place
     * @return as the work ends; fails with {@code rate_limited} where the owner's share is taken, and {@code unavailable}
     *     where all places are
     */
    <T> Future<T> hold(String owner, Supplier<Future<T>> work) {
        return Future.succeededFuture().compose(_ -> {
            enter(owner);
            return Future.succeededFuture().compose(_ -> work.get()).onComplete(_ -> leave(owner));
        });
    }

    /** How many places are taken. */
    synchronized int taken() {
        return all;
    }

    private synchronized void enter(String owner) {
        if (all >= max) {
            throw ApiException.of(ErrorType.UNAVAILABLE, "too many requests wait for their workers: try again later")
                    .withRetryAfter(RETRY_ALL_SECONDS);
        }
        int own = taken.getOrDefault(owner, 0);
        // Who has none is kept out by nobody but all together.
        if (own > 0 && own >= share.applyAsInt(max - all)) {
            throw ApiException.of(
                            ErrorType.RATE_LIMITED,
                            own + " requests of yours wait for their workers, which is as many as are left for"
                                    + " one account: " + advice)
                    .withRetryAfter(retrySeconds);
        }
        taken.put(owner, own + 1);
        all++;
    }

    private synchronized void leave(String owner) {
        taken.computeIfPresent(owner, (_, own) -> own == 1 ? null : own - 1);
        all--;
    }
}
