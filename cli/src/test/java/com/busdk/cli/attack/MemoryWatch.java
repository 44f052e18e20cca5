package com.busdk.cli.attack;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Looks again and again at how much memory the service has. A thread of its own. */
final class MemoryWatch implements AutoCloseable {
    private static final long EVERY_MILLIS = 50;

    private final AtomicInteger most = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread thread;

    MemoryWatch(Target target) {
        thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                while (!over.get()) {
                    most.accumulateAndGet(target.memoryMib(), Math::max);
                    Pause.millis(EVERY_MILLIS);
                }
            } catch (IOException e) {
                // the process has ended, which others find
            }
        });
    }

    /** The most that any look has found. */
    int mostMib() {
        return most.get();
    }

    @Override
    public void close() {
        over.set(true);
        Pause.untilOver(thread);
    }
}
