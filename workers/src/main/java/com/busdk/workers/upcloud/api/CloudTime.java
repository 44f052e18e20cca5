package com.busdk.workers.upcloud.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Time as the worker feels it: what waits for the cloud waits here, so that tests can move it. Any thread.
 */
public interface CloudTime {
    /**
     * Now.
     *
     * @return nanoseconds since some moment, never going back
     */
    long nanos();

    /**
     * Waits without holding a thread.
     *
     * @param length how long; what is not above zero is as short as can be
     * @return completes afterwards
     */
    Future<Void> pause(Duration length);

    /**
     * Has something done later, for which nobody waits. It is not done if the program ends before.
     *
     * @param length how much later
     * @param what is done, on an event loop
     */
    void later(Duration length, Runnable what);

    /**
     * Real time.
     *
     * @param vertx has the timers
     * @return the time
     */
    static CloudTime real(Vertx vertx) {
        return new CloudTime() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public Future<Void> pause(Duration length) {
                Promise<Void> over = Promise.promise();
                vertx.setTimer(Math.max(1, length.toMillis()), ignored -> over.complete());
                return over.future();
            }

            @Override
            public void later(Duration length, Runnable what) {
                vertx.setTimer(Math.max(1, length.toMillis()), ignored -> what.run());
            }
        };
    }
}
