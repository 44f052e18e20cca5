package com.busdk.broker.backend.log;

import org.jspecify.annotations.Nullable;

/**
 * Up to where the records of a newest segment are sound, and what to make of what is behind: nothing, an unfinished
 * write, or damage.
 *
 * @param end where the last whole and sound commit ends
 * @param sequence of the event that would come there
 * @param lastTimeMicros creation time of the last record before, 0 where there is none
 * @param stoppedAt where the first unreadable record is, at or behind {@code end}
 * @param torn in words, where what is behind may be cut off; else null
 * @param damage in words, where it had been flushed once; else null
 */
record TailCheck(
        int end,
        long sequence,
        long lastTimeMicros,
        int stoppedAt,
        @Nullable String torn,
        @Nullable String damage) {
    /**
     * Goes over the records behind the snapshot.
     *
     * @param mark up to where all was flushed, as far as is known
     */
    static TailCheck of(SegmentInspection segment, int dataStart, FlushMark.@Nullable Place mark) {
        FrameScan scan = segment.scan(dataStart);
        boolean more = true;
        while (more) {
            more = scan.nextCommit();
        }
        String problem = scan.problem();
        boolean marked = mark != null && mark.segment() == segment.name().number() && mark.offset() > scan.position();
        if (marked) {
            String what = problem == null ? "nothing is there" : problem;
            return damaged(scan, what + ", but it had been written and flushed");
        }
        int evidence = problem == null ? -1 : scan.laterEvidence();
        if (evidence >= 0) {
            return damaged(scan, problem + ", but the record at offset " + evidence + " says that it had been flushed");
        }
        return new TailCheck(scan.position(), scan.sequence(), scan.lastTimeMicros(), scan.stoppedAt(), problem, null);
    }

    private static TailCheck damaged(FrameScan scan, String what) {
        return new TailCheck(scan.position(), scan.sequence(), scan.lastTimeMicros(), scan.stoppedAt(), null, what);
    }
}
