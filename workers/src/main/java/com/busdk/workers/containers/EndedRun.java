package com.busdk.workers.containers;

import com.busdk.client.http.ApiException;
import java.time.Duration;

/**
 * A run was ended by its time or by its owner while its container ran: why, and how long it had run. Only where that is
 * known; a run that was ended before it had begun fails with the error alone. It is an expected outcome and costs no stack
 * trace. Immutable.
 */
public final class EndedRun extends RuntimeException {
    private final ApiException error;
    private final Duration ran;

    /**
     * An end.
     *
     * @param error for the run's owner
     * @param ran from the run's start to its end, as a {@link RunResult} has it; not negative
     */
    public EndedRun(ApiException error, Duration ran) {
        super(error.message(), error, false, false);
        if (ran.isNegative()) {
            throw new IllegalArgumentException("a duration is not negative");
        }
        this.error = error;
        this.ran = ran;
    }

    /**
     * An end of a run that may take so long at most: what its machine needs beside it is not counted.
     *
     * @param error for the run's owner
     * @param ran until its end; not negative
     * @param timeout of the run
     * @return with the shorter of the two
     */
    public static EndedRun within(ApiException error, Duration ran, Duration timeout) {
        return new EndedRun(error, ran.compareTo(timeout) < 0 ? ran : timeout);
    }

    /**
     * Why.
     *
     * @return {@code timeout} or {@code cancelled}, as a rule
     */
    public ApiException error() {
        return error;
    }

    /**
     * How long it ran.
     *
     * @return not negative
     */
    public Duration ran() {
        return ran;
    }
}
