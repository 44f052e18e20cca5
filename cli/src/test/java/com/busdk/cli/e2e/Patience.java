package com.busdk.cli.e2e;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what is going to be so. */
final class Patience {
    /** Four leases of the hub's default: a request of a worker that died may wait for one of them to pass. */
    private static final long SECONDS = 120;

    private static final long POLL_MILLIS = 50;

    private Patience() {}

    /** Waits until something is so; fails, with what there is to tell, if it never is. */
    static void until(String what, Callable<Boolean> condition, Supplier<String> tell) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!condition.call()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("did not happen: " + what + "\n" + tell.get());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
        }
    }
}
