package com.busdk.broker.backend.embedded;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads of the log for the groups of one home, on the reader threads: a few at a time, since what has been read lies on
 * the heap until its group takes it, and hundreds of groups may want a large event at once.
 *
 * <p>Thread: the home's loop.
 */
final class GroupReads {
    /** Enough that readers have something to do while the loop takes what they read. */
    private static final int MOST_UNDER_WAY = 4;

    private final Loop loop;
    private final Hub hub;

    /** Those whose turn is still to come: as many as there are groups at most, since each has one read at a time. */
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    /** Kept from one read to the next, so that a backlog is not read into ever new arrays. */
    private final Deque<LineChunk> spare = new ArrayDeque<>(MOST_UNDER_WAY);

    private int underWay;

    GroupReads(Loop loop, Hub hub) {
        this.loop = loop;
        this.hub = hub;
    }

    /**
     * Runs {@code read} on a reader thread when its turn comes, and then hands over what it gives.
     *
     * @param read fills the chunk it is given; throws nothing
     * @param taken on this loop; behind it the chunk belongs to somebody else
     */
    <T> void begin(Function<LineChunk, T> read, Consumer<T> taken) {
        if (underWay < MOST_UNDER_WAY) {
            run(read, taken);
        } else {
            waiting.add(() -> run(read, taken));
        }
    }

    private <T> void run(Function<LineChunk, T> read, Consumer<T> taken) {
        LineChunk chunk = spare.isEmpty() ? new LineChunk() : spare.removeLast();
        hub.readers().execute(() -> {
            T result = read.apply(chunk);
            loop.run(() -> {
                try {
                    taken.accept(result);
                } finally {
                    // Behind what it may have begun itself, which is to wait for the others.
                    underWay--;
                    spare.add(chunk);
                    next();
                }
            });
        });
        underWay++;
    }

    private void next() {
        Runnable first = underWay < MOST_UNDER_WAY ? waiting.poll() : null;
        if (first != null) {
            first.run();
        }
    }
}
