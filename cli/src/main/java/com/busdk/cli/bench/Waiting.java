package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits on the command's thread for what the loops do. Stateless. */
public final class Waiting {
    private Waiting() {}

    /** Waits until a moment of {@link System#nanoTime}. */
    public static void until(long moment) throws InterruptedException {
        for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(left);
        }
    }

    /**
     * Waits.
     *
     * @param what completes the sentence "no end of waiting …"
     * @throws CliException what went wrong, or that it took too long
     */
    public static <T> T on(CompletableFuture<T> future, long nanos, String what) throws InterruptedException {
        try {
            return future.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CliException known) {
                throw known;
            }
            throw new IllegalStateException("the load generator failed", e.getCause());
        } catch (TimeoutException e) {
            throw Trouble.late("waited in vain " + what + " (" + TimeUnit.NANOSECONDS.toSeconds(nanos) + " s)");
        }
    }
}
