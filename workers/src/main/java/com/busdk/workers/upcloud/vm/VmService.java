package com.busdk.workers.upcloud.vm;

import io.vertx.core.Future;
import java.time.Duration;

/** One virtual machine. Any thread; nothing blocks. */
public interface VmService {
    /**
     * Looks at it.
     *
     * @return how it is
     */
    Future<VmStatus> status();

    /**
     * Starts it, if it does not run.
     *
     * @param place of the request in the log: of a start and a stop the one further on is what is wanted
     * @return how it is when the start is under way; it may still be {@link VmStatus#STARTING}
     */
    Future<VmStatus> start(long place);

    /**
     * Stops it, if it runs.
     *
     * @param place of the request in the log, as in {@link #start}
     * @return how it is when the stop is under way; it may still be {@link VmStatus#STOPPING}
     */
    Future<VmStatus> stop(long place);

    /**
     * Waits until what was answered as accepted is on its way, so that it is not lost when the program ends.
     *
     * @param limit longest wait
     * @return completes then, in any case
     */
    default Future<Void> told(Duration limit) {
        return Future.succeededFuture();
    }
}
