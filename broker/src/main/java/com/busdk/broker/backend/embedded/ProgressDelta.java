package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.LongArrayList;

/**
 * What has changed in a group's progress since it was last written: one internal record. Applying the same delta twice
 * gives what applying it once gives.
 *
 * <p>Thread: collected on the group's home loop, then handed to the writer, which folds it into {@link GroupProgress}.
 */
final class ProgressDelta {
    /** Everything below has been handed out, held back for its key, or passed over. */
    long frontier;

    /** When the group was last known to have a consumer, microseconds; 0 = not said. */
    long seenMicros;

    /** Handed out for the first time. */
    final LongArrayList handedOut = new LongArrayList();

    /** Held back, for another event with its key is out: open, never delivered. */
    final LongArrayList held = new LongArrayList();

    /** Handed out once more. */
    final LongArrayList again = new LongArrayList();

    /** Settled for good. */
    final LongArrayList done = new LongArrayList();

    final List<DeadMark> dead = new ArrayList<>();

    /** Dead letters given back to the group. */
    final LongArrayList redriven = new LongArrayList();

    /** Dead letters forgotten. */
    final LongArrayList purged = new LongArrayList();

    ProgressDelta(long frontier) {
        this.frontier = frontier;
    }

    boolean isEmpty(long lastFrontier) {
        return frontier == lastFrontier
                && seenMicros == 0
                && handedOut.isEmpty()
                && held.isEmpty()
                && again.isEmpty()
                && done.isEmpty()
                && dead.isEmpty()
                && redriven.isEmpty()
                && purged.isEmpty();
    }

    /**
     * The record. Where it is larger than a log takes, it has no reasons of dead letters: a log that cannot have them goes on,
     * and one of the group's events that is told of has them all the same.
     */
    Bytes encode(int group) {
        Bytes whole = encode(group, true);
        return whole.size() <= EventLog.MAX_INTERNAL_BYTES ? whole : encode(group, false);
    }

    private Bytes encode(int group, boolean withReasons) {
        Bytes to = new Bytes();
        to.number(group).number(frontier).number(seenMicros);
        to.sequences(handedOut).sequences(held).sequences(again).sequences(done);
        to.number(dead.size());
        dead.forEach(mark -> (withReasons ? mark : mark.withoutReason()).write(to));
        return to.sequences(redriven).sequences(purged);
    }

    /** Reads what {@link #encode} wrote behind the group's number. */
    static ProgressDelta decode(Bytes.Reader from) {
        ProgressDelta delta = new ProgressDelta(from.number());
        delta.seenMicros = from.number();
        delta.handedOut.addAll(from.sequences());
        delta.held.addAll(from.sequences());
        delta.again.addAll(from.sequences());
        delta.done.addAll(from.sequences());
        for (long n = from.number(); n > 0; n--) {
            delta.dead.add(DeadMark.read(from));
        }
        delta.redriven.addAll(from.sequences());
        delta.purged.addAll(from.sequences());
        return delta;
    }
}
