package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import java.time.Duration;

/**
 * A script was ended by its time or by somebody's wish: why, and how long it had run by then, as its machine says. Only
 * where that is known; one that had not begun fails with the error alone. It is an expected outcome and costs no stack
 * trace. Immutable.
 */
final class EndedScript extends RuntimeException {
    private final ApiException error;
    private final Duration ran;

    EndedScript(ApiException error, Duration ran) {
        super(error.message(), error, false, false);
        this.error = error;
        this.ran = ran;
    }

    /** Why: {@code timeout} or {@code cancelled}. */
    ApiException error() {
        return error;
    }

    /** How long it ran: more than nothing. */
    Duration ran() {
        return ran;
    }
}
