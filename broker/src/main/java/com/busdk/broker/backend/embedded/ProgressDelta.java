package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.envelope.EventBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What has changed in a group's progress since it was last written: one internal record, or several where that would be
 * too large. Applying the same delta twice gives what applying it once gives.
 *
 * <p>Thread: collected on the group's home loop, then handed to the writer, which folds it into {@link GroupProgress}.
 */
final class ProgressDelta {
    /** Of a record at most, which is what a log takes: a larger one could be written never, however often it is tried. */
    static final int MAX_RECORD_BYTES = EventLog.MAX_INTERNAL_BYTES;

    /** What a record takes beside its lists: the group, the frontier, when it was seen, and the lengths of seven lists. */
    private static final int HEAD_BYTES = 10 * Bytes.MAX_NUMBER_BYTES;

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

    /**
     * The events that tell of these dead letters, one of each and in their order, or none where nobody is told. They are
     * published in the same commit that makes them dead letters.
     */
    final List<EventBatch> told = new ArrayList<>();

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

    /** All events that tell of its dead letters, or null where nobody is told. */
    @Nullable
    EventBatch events() {
        if (told.isEmpty()) {
            return null;
        }
        EventBatch all = new EventBatch(told.stream().mapToInt(EventBatch::size).sum(), told.size());
        told.forEach(all::addAll);
        return all;
    }

    /**
     * The same in as many parts as it needs, none of which is a larger record than that; it is not touched any more. Written
     * one after the other they come to the same. Those that were written before a crash leave out none of the group's
     * events: what is open comes first, in the order of the log, each part with the frontier below which that is all; then
     * what became of it.
     *
     * @param maxBytes room for {@value #HEAD_BYTES} bytes and a dead letter at least
     */
    List<ProgressDelta> parts(int maxBytes) {
        return mostBytes() <= maxBytes ? List.of(this) : new Parts(this, maxBytes).all;
    }

    /** Not less than {@link #encode} comes to, and quickly known. */
    private long mostBytes() {
        long sequences =
                (long) handedOut.size() + held.size() + again.size() + done.size() + redriven.size() + purged.size();
        return HEAD_BYTES + sequences * Bytes.MAX_NUMBER_BYTES + (long) dead.size() * DeadMark.MAX_BYTES;
    }

    /** Takes a delta apart. */
    private static final class Parts {
        private final List<ProgressDelta> all = new ArrayList<>();
        private final ProgressDelta whole;
        private final int maxBytes;
        private ProgressDelta last;
        private int bytes = HEAD_BYTES;

        Parts(ProgressDelta whole, int maxBytes) {
            this.whole = whole;
            this.maxBytes = maxBytes;
            this.last = new ProgressDelta(whole.frontier);
            all.add(last);
            addOpen();
            // In the order in which a whole one is applied.
            add(part -> part.redriven);
            add(part -> part.again);
            add(part -> part.done);
            addDead();
            add(part -> part.purged);
            last.seenMicros = whole.seenMicros;
        }

        /** By the order of the log, whatever the order of the lists. */
        private void addOpen() {
            long[] held = sorted(whole.held);
            long[] handedOut = sorted(whole.handedOut);
            int nextHeld = 0;
            int nextHandedOut = 0;
            while (nextHeld < held.length || nextHandedOut < handedOut.length) {
                boolean isHeld = nextHandedOut == handedOut.length
                        || nextHeld < held.length && held[nextHeld] <= handedOut[nextHandedOut];
                long sequence = isHeld ? held[nextHeld++] : handedOut[nextHandedOut++];
                ProgressDelta part = partFor(Bytes.MAX_NUMBER_BYTES, Math.min(sequence, whole.frontier));
                (isHeld ? part.held : part.handedOut).addLong(sequence);
            }
        }

        private static long[] sorted(LongArrayList list) {
            long[] sequences = list.toLongArray();
            Arrays.sort(sequences);
            return sequences;
        }

        private void add(Function<ProgressDelta, LongArrayList> list) {
            LongArrayList sequences = list.apply(whole);
            for (int i = 0; i < sequences.size(); i++) {
                list.apply(partFor(Bytes.MAX_NUMBER_BYTES, whole.frontier)).addLong(sequences.getLong(i));
            }
        }

        private void addDead() {
            for (int i = 0; i < whole.dead.size(); i++) {
                ProgressDelta part = partFor(DeadMark.MAX_BYTES, whole.frontier);
                part.dead.add(whole.dead.get(i));
                if (!whole.told.isEmpty()) {
                    part.told.add(whole.told.get(i));
                }
            }
        }

        /**
         * The part to which so many bytes are added: a new one where they do not fit into the last.
         *
         * @param frontier of the last one, if this is a new one
         */
        private ProgressDelta partFor(int more, long frontier) {
            if (bytes + more > maxBytes) {
                last.frontier = frontier;
                last = new ProgressDelta(whole.frontier);
                all.add(last);
                bytes = HEAD_BYTES;
            }
            bytes += more;
            return last;
        }
    }

    Bytes encode(int group) {
        Bytes to = new Bytes();
        to.number(group).number(frontier).number(seenMicros);
        to.sequences(handedOut).sequences(held).sequences(again).sequences(done);
        to.number(dead.size());
        dead.forEach(mark -> mark.write(to));
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
