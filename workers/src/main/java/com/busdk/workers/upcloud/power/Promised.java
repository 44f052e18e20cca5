package com.busdk.workers.upcloud.power;

import com.busdk.workers.upcloud.api.CloudTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;

/**
 * A change of a server that was answered as accepted before the cloud has been told of it: whoever ends the program waits
 * here first. Immutable, any thread.
 *
 * @param told when the cloud has been told
 * @param done when the change is over, done or failed
 */
public record Promised(Future<Void> told, Future<?> done) {
    /** A command that has been given to the connection is with the cloud after this. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(1);

    /**
     * Waits until it is on its way.
     *
     * @param time where it waits
     * @param limit longest wait
     * @param late is called if the cloud has not been told by then
     * @return completes then, in any case
     */
    public Future<Void> kept(CloudTime time, Duration limit, Runnable late) {
        if (done.isComplete()) {
            return Future.succeededFuture();
        }
        Promise<Void> over = Promise.promise();
        told.compose(ignored -> time.pause(ON_ITS_WAY)).onComplete(ignored -> over.tryComplete());
        done.onComplete(ignored -> over.tryComplete());
        time.pause(limit).onSuccess(ignored -> {
            if (over.tryComplete() && !told.isComplete()) {
                late.run();
            }
        });
        return over.future();
    }
}
