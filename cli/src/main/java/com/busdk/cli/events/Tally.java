package com.busdk.cli.events;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts what one way of listening brought of events that are numbered from 0: what is missing, what came twice, and what
 * came behind a later one. Any thread.
 */
final class Tally {
    private final String way;
    private final BitSet seen = new BitSet();
    private final Map<String, Integer> lastOfListener = new HashMap<>();
    private long received;
    private long repeated;
    private long outOfOrder;

    Tally(String way) {
        this.way = way;
    }

    /**
     * Counts an event.
     *
     * @param listener who got it; order is kept for each listener on its own
     * @param number its number
     */
    synchronized void add(String listener, int number) {
        received++;
        if (seen.get(number)) {
            repeated++;
            return;
        }
        seen.set(number);
        Integer last = lastOfListener.put(listener, number);
        if (last != null && number < last) {
            outOfOrder++;
        }
    }

    /** How many different events came. */
    synchronized int distinct() {
        return seen.cardinality();
    }

    /** What has come so far, measured against {@code published} events. */
    synchronized Result result(int published) {
        return new Result(
                way,
                published,
                received,
                (long) published - seen.get(0, published).cardinality(),
                repeated,
                outOfOrder);
    }

    /**
     * What one way of listening brought.
     *
     * @param way how it was listened
     * @param published events that were published
     * @param received deliveries, repeats among them
     * @param lost events that never came
     * @param repeated deliveries of events that had come before
     * @param outOfOrder deliveries behind a later event of the same listener
     */
    record Result(String way, long published, long received, long lost, long repeated, long outOfOrder) {
        /** Whether each event came once, in order. */
        boolean isClean() {
            return lost == 0 && repeated == 0 && outOfOrder == 0;
        }
    }
}
