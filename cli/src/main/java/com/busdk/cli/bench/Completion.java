package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Completes when all of several parts have, or one has failed. Any thread. */
final class Completion {
    private final AtomicInteger left;
    private final CompletableFuture<Void> future = new CompletableFuture<>();

    Completion(int parts) {
        left = new AtomicInteger(parts);
        if (parts == 0) {
            future.complete(null);
        }
    }

    /** A part is complete. */
    void partDone() {
        if (left.decrementAndGet() == 0) {
            future.complete(null);
        }
    }

    void fail(CliException failure) {
        future.completeExceptionally(failure);
    }

    CompletableFuture<Void> future() {
        return future;
    }
}
