package com.busdk.broker.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;

/** Whether the service is about to stop. Any thread. */
public final class ServiceState {
    /** By then another process has usually taken over, or this one is back. */
    private static final int RETRY_AFTER_SECONDS = 5;

    private volatile boolean stopping;

    /** From now on nothing new is taken. */
    public void stop() {
        stopping = true;
    }

    boolean stopping() {
        return stopping;
    }

    void refuseWhenStopping() {
        if (stopping) {
            throw ApiException.of(ErrorType.UNAVAILABLE, "the service is shutting down: send it again in a moment")
                    .withRetryAfter(RETRY_AFTER_SECONDS);
        }
    }
}
