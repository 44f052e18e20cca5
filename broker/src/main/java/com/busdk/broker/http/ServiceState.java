package com.busdk.broker.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;

/** Whether the service is about to stop, and how many publishes it has not answered yet. Any thread. */
public final class ServiceState {
    /** By then another process has usually taken over, or this one is back. */
    private static final int RETRY_AFTER_SECONDS = 5;

    private final AtomicInteger publishing = new AtomicInteger();
    private final Promise<Void> allAnswered = Promise.promise();
    private volatile boolean stopping;

    /**
     * From now on nothing new is taken.
     *
     * @return when all publishes that are under way have been answered; completes on any thread
     */
    public Future<Void> stop() {
        stopping = true;
        if (publishing.get() == 0) {
            allAnswered.tryComplete();
        }
        return allAnswered.future();
    }

    /**
     * A publish comes in; each has one {@link #endPublish}.
     *
     * @throws ApiException 503 when it is stopping; it does not count then
     */
    void beginPublish() {
        // Counted before it is looked: a stop waits for all that it does not refuse.
        publishing.incrementAndGet();
        if (stopping) {
            endPublish();
            refuseWhenStopping();
        }
    }

    /** It has its answer, or nobody who waits for it. */
    void endPublish() {
        if (publishing.decrementAndGet() == 0 && stopping) {
            allAnswered.tryComplete();
        }
    }

    void refuseWhenStopping() {
        if (stopping) {
            throw ApiException.of(ErrorType.UNAVAILABLE, "the service is shutting down: send it again in a moment")
                    .withRetryAfter(RETRY_AFTER_SECONDS);
        }
    }
}
