package com.busdk.broker.http;

import java.util.ArrayDeque;

/**
 * The way to the log, shared among the streams of lines of one event loop: however many there are, what they have on its
 * way and what they hold in memory together is bounded, and the one that has waited longest is next. So back-pressure
 * reaches each connection, where a full queue would refuse it.
 *
 * <p>Thread: its event loop.
 */
final class LineTurns {
    /**
     * What streams may have on the way to the log, over all loops: four commits of the largest size, and with what the
     * log adds to each event still well below what its queue takes.
     */
    private static final int ALL_FLYING_BYTES = 16 << 20;

    /** What the streams of a loop may gather meanwhile, but each at least {@link #LEAST_BATCH_BYTES}. */
    private static final int FILLING_BYTES = 32 << 20;

    /** A batch of that size makes a flush worth its while; two of them are the memory of one stream. */
    private static final int MOST_BATCH_BYTES = 512 << 10;

    private static final int LEAST_BATCH_BYTES = 16 << 10;

    private final int mostFlying =
            Math.max(MOST_BATCH_BYTES, ALL_FLYING_BYTES / Runtime.getRuntime().availableProcessors());
    private final ArrayDeque<Stream> waiting = new ArrayDeque<>();
    private int streams;
    private int flying;
    private boolean calling;

    /** Waits for its turn. */
    interface Stream {
        /** It may take off now. */
        void turn();
    }

    /** A stream has begun. */
    void begun() {
        streams++;
    }

    /** A stream has ended; it is not called any more. */
    void ended(Stream stream) {
        streams--;
        waiting.remove(stream);
    }

    /** How much a stream gathers before its connection is not read any more: the less, the more streams there are. */
    int fullBatch() {
        return Math.clamp(FILLING_BYTES / Math.max(1, streams), LEAST_BATCH_BYTES, MOST_BATCH_BYTES);
    }

    /** Whether the stream may send that much now; if not, its {@link Stream#turn} comes. */
    boolean takeOff(Stream stream, int bytes) {
        if (flying >= mostFlying) {
            waiting.add(stream);
            return false;
        }
        flying += bytes;
        return true;
    }

    /** What took off has arrived, or has failed. */
    void landed(int bytes) {
        flying -= bytes;
        if (calling) {
            // One that was called has failed at once: the call that is under way goes on with the next.
            return;
        }
        calling = true;
        while (flying < mostFlying && !waiting.isEmpty()) {
            waiting.remove().turn();
        }
        calling = false;
    }
}
