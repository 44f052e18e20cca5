package com.busdk.cli.serve;

import com.busdk.cli.ExitCode;
import com.busdk.cli.Signals;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Waits until somebody wants the process to stop: Ctrl-C, or a polite request of the system. The second such signal ends
 * the process at once, for those who will not wait.
 */
final class StopSignal {
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    private static final int SIGNAL_BASE = 128;

    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    private StopSignal() {}

    /** Begins to watch for signals, in place of the JVM's own way of ending. */
    static StopSignal watch() {
        var signal = new StopSignal();
        Signals.handle("INT", () -> signal.came(ExitCode.INTERRUPTED, SIGINT));
        Signals.handle("TERM", () -> signal.came(ExitCode.OK, SIGTERM));
        return signal;
    }

    /**
     * Waits.
     *
     * @return the exit code of the process once everything has stopped
     * @throws InterruptedException when the waiting thread is interrupted
     */
    int await() throws InterruptedException {
        try {
            return exitCode.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nothing completes it with a failure", e);
        }
    }

    /** The exit code once a signal has come, for those who also wait for something else. */
    CompletableFuture<Integer> future() {
        return exitCode.copy();
    }

    private void came(int code, int number) {
        if (!exitCode.complete(code)) {
            Runtime.getRuntime().halt(SIGNAL_BASE + number);
        }
    }
}
