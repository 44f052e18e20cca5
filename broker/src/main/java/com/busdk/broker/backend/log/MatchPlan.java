package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How to find the events of a wildcard in one complete segment. A cursor keeps it while it reads the segment in pieces:
 * so it is small.
 *
 * @param test the wildcard that this is for
 * @param postings the frames of each name that passes, or null where going over all events is no more work
 */
record MatchPlan(Predicate<String> test, @Nullable List<Postings> postings) {
    /** More names than this are not merged: then a scan is the better way, and a cursor keeps at most these. */
    private static final int MAX_NAMES = 32;

    /** A scan looks at an event in about a quarter of the time that following a posting takes. */
    private static final int SCAN_GAIN = 4;

    static MatchPlan of(Predicate<String> test, SegmentIndex index, long events) {
        List<Postings> found = new ArrayList<>();
        long count = 0;
        for (SegmentIndex.NameWalk walk = index.names(""); walk.next(); ) {
            if (test.test(walk.name())) {
                Postings postings = walk.postings();
                count += postings.size();
                if (found.size() == MAX_NAMES || count * SCAN_GAIN > events) {
                    return new MatchPlan(test, null);
                }
                found.add(postings);
            }
        }
        return new MatchPlan(test, List.copyOf(found));
    }

    /**
     * What a scan has found out about names: a small table in which a name pushes out another of the same place, since
     * few names are near each other and asking once more is cheap. Thread: that of one read.
     */
    static final class Memo {
        private static final int SLOTS = 256;

        private final Predicate<String> test;
        private final ByteBuffer segment;
        private final int[] nameStarts = new int[SLOTS];
        private final boolean[] passes = new boolean[SLOTS];

        Memo(Predicate<String> test, ByteBuffer segment) {
            this.test = test;
            this.segment = segment;
        }

        boolean passes(int frame) {
            int hash = segment.getInt(frame + FrameFormat.NAME_HASH);
            int slot = (hash ^ hash >>> 16 ^ hash >>> 8) & (SLOTS - 1);
            int start = RecordView.nameStart(segment, frame);
            int length = FrameFormat.nameLength(segment, frame);
            int known = nameStarts[slot];
            if (known == 0 || !same(known, start, length)) {
                byte[] name = new byte[length];
                segment.get(start, name);
                passes[slot] = test.test(new String(name, StandardCharsets.US_ASCII));
                nameStarts[slot] = start;
            }
            return passes[slot];
        }

        /** Whether the name at {@code known}, which its closing quote ends, is the other one. */
        private boolean same(int known, int start, int length) {
            for (int i = 0; i < length; i++) {
                if (segment.get(known + i) != segment.get(start + i)) {
                    return false;
                }
            }
            return segment.get(known + length) == '"';
        }
    }
}
