package com.busdk.broker.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The way to the log, shared among the streams of lines of one event loop: however many there are, what they have on its
 * way and what they hold in memory together is bounded, and the one that has waited longest is next. So back-pressure
 * reaches each connection, where a full queue would refuse it.
 *
 * <pre>
 *   gathered by all above the bound:  no stream is read any more
 *   below half of it:                 those that have waited longest are read again, as many as there is room for
 * </pre>
 *
 * What is gathered belongs to streams of which a batch is on its way, or waits for its turn; so it always gets less.
 *
 * <p>Thread: its event loop.
 */
final class LineTurns {
    /**
     * What streams may have on the way to the log, over all loops: four commits of the largest size, and with what the
     * log adds to each event still well below what its queue takes.
     */
    private static final int ALL_FLYING_BYTES = 16 << 20;

    /** What the streams of all loops may have gathered meanwhile: an eighth of the heap that a service has. */
    private static final int ALL_GATHERED_BYTES = 64 << 20;

    /**
     * A batch of that size makes a flush worth its while; two of them are the memory of one stream. With the last read
     * behind it, it stays below the 512 KiB from which on G1 gives an array regions of its own, the last one half empty.
     */
    private static final int MOST_BATCH_BYTES = 384 << 10;

    private static final int LEAST_BATCH_BYTES = 16 << 10;

    /** What a stream brings when it is read again. */
    private static final int READ_BYTES = HttpVerticle.MAX_CHUNK_BYTES;

    private final int mostFlying = share(ALL_FLYING_BYTES);
    private final int mostGathered = share(ALL_GATHERED_BYTES);
    private final ArrayDeque<Stream> waiting = new ArrayDeque<>();
    private final LinkedHashSet<Stream> read = new LinkedHashSet<>();
    private final LinkedHashSet<Stream> held = new LinkedHashSet<>();
    private int flying;
    private long gathered;
    private boolean calling;

    /** A body of lines. */
    interface Stream {
        /** It may take off now. */
        void turn();

        /** It is not to be read until {@link #release}: there is no room for more. */
        void hold();

        /** It may be read. */
        void release();
    }

    private static int share(int all) {
        return Math.max(2 * MOST_BATCH_BYTES, all / Runtime.getRuntime().availableProcessors());
    }

    /** A stream has begun. */
    void begun(Stream stream) {
        if (held.isEmpty()) {
            read.add(stream);
        } else {
            held.add(stream);
            stream.hold();
        }
    }

    /** A stream has ended, and holds nothing any more; it is not called again. */
    void ended(Stream stream) {
        waiting.remove(stream);
        read.remove(stream);
        held.remove(stream);
        releaseSome();
    }

    /** How much a stream gathers before its connection is not read any more: the less, the more streams there are. */
    int fullBatch() {
        return Math.clamp(mostGathered / Math.max(1, read.size() + held.size()), LEAST_BATCH_BYTES, MOST_BATCH_BYTES);
    }

    /** What a batch is made for: the size of the last one, as far as there is room for it now. */
    int roomFor(int lastBatchBytes) {
        return Math.clamp(lastBatchBytes + (lastBatchBytes >> 3), LEAST_BATCH_BYTES, fullBatch() + READ_BYTES);
    }

    /** A stream holds that many bytes more, or less. */
    void gathered(long bytes) {
        gathered += bytes;
        if (gathered > mostGathered) {
            List<Stream> all = new ArrayList<>(read);
            held.addAll(all);
            read.clear();
            all.forEach(Stream::hold);
        }
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
        releaseSome();
    }

    private void releaseSome() {
        if (held.isEmpty() || gathered > mostGathered / 2) {
            return;
        }
        List<Stream> next = new ArrayList<>();
        Iterator<Stream> longest = held.iterator();
        for (long room = mostGathered - gathered; room > 0 && longest.hasNext(); room -= READ_BYTES) {
            next.add(longest.next());
            longest.remove();
        }
        read.addAll(next);
        next.forEach(Stream::release);
    }
}
