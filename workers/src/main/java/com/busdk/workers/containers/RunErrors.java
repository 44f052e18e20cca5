package com.busdk.workers.containers;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import java.time.Duration;

/** Why a run has no result, in the words that callers get. Stateless. */
public final class RunErrors {
    private static final int CONFLICT = 409;
    private static final int BAD_GATEWAY = 502;

    private RunErrors() {}

    /**
     * The run took longer than it may.
     *
     * @param timeout how long it may take
     * @return {@code timeout}
     */
    public static ApiException timeout(Duration timeout) {
        return ApiException.of(ErrorType.TIMEOUT, "the run was ended after " + timeout.toSeconds() + " s, its timeout");
    }

    /**
     * The run was deleted while it ran.
     *
     * @return {@code cancelled}
     */
    public static ApiException cancelled() {
        return ApiException.of(CONFLICT, RunHistory.CANCELLED, "the run was deleted before it ended");
    }

    /**
     * The container could not be run.
     *
     * @param message why, for the run's owner
     * @return {@code container_error}
     */
    public static ApiException failed(String message) {
        return ApiException.of(BAD_GATEWAY, "container_error", message);
    }

    /**
     * The run is in hand elsewhere, where the same runner is used: that worker will answer it.
     *
     * @return {@code conflict}
     */
    public static ApiException inHand() {
        return ApiException.of(ErrorType.CONFLICT, "another worker has this run in hand");
    }

    /**
     * Whether a run failed with {@link #inHand}.
     *
     * @param cause the failure
     * @return true if another worker will answer it
     */
    static boolean isInHand(Throwable cause) {
        return cause instanceof ApiException e && e.type().equals(ErrorType.CONFLICT.type());
    }
}
