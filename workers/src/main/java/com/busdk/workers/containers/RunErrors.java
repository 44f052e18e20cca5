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
     * The run's time was over before it had begun, as where its image takes long; or nobody knows whether it had.
     *
     * @param most how long it may take with all that has to be made ready for it
     * @return {@code timeout}
     */
    public static ApiException notStarted(Duration most) {
        return ApiException.of(
                ErrorType.TIMEOUT,
                "the run did not begin, or did not say so, within " + most.toSeconds()
                        + " s, its timeout and what its machine and image may take");
    }

    /**
     * The run's time was over in the middle of it, since what had to be made ready for it took part of that.
     *
     * @param ran how long it ran
     * @param most how long it may take with all that has to be made ready for it
     * @return {@code timeout}
     */
    public static ApiException startedLate(Duration ran, Duration most) {
        return ApiException.of(
                ErrorType.TIMEOUT,
                "the run was ended after " + ran.toSeconds() + " s: what it, its machine and image may take, "
                        + most.toSeconds() + " s, was over");
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
