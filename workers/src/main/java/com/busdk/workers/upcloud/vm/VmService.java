package com.busdk.workers.upcloud.vm;

import io.vertx.core.Future;

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
     * @return how it is when the start is under way; it may still be {@link VmStatus#STARTING}
     */
    Future<VmStatus> start();

    /**
     * Stops it, if it runs.
     *
     * @return how it is when the stop is under way; it may still be {@link VmStatus#STOPPING}
     */
    Future<VmStatus> stop();
}
