package com.busdk.broker.backend.log;

/**
 * Sizes that are nobody's setting, in one place so that tests can make them small.
 *
 * @param segmentBytes a segment ends before the commit that would make it longer than this, its snapshot not counted
 * @param namesPerSegment a segment with more distinct names is ended early, whatever its size: the index of what is
 *     being written is in memory, about 80 bytes a name, and who may publish chooses the names
 * @param fillAheadBytes how far zeros are written ahead of the events, 0 = not at all: a flush into room that is there
 *     takes about half the time of one that must also make room durable
 * @param snapshotPartBytes a snapshot is split into records of this size
 */
record Limits(long segmentBytes, int namesPerSegment, int fillAheadBytes, int snapshotPartBytes) {
    static final int NAMES_PER_SEGMENT = 200_000;

    /** Some thousand small commits' worth: half a second and more of a busy service. */
    static final int FILL_AHEAD_BYTES = 4 << 20;

    static final int SNAPSHOT_PART_BYTES = EventLog.MAX_INTERNAL_BYTES;

    /** A segment for which retention has no room several times over could never be dropped in time. */
    private static final int SEGMENTS_IN_RETENTION = 4;

    /** What a log on disk uses. */
    static Limits of(LogOptions options) {
        return new Limits(segmentBytes(options), NAMES_PER_SEGMENT, FILL_AHEAD_BYTES, SNAPSHOT_PART_BYTES);
    }

    private static long segmentBytes(LogOptions options) {
        if (options.retentionBytes() == 0) {
            return options.segmentBytes();
        }
        long share = Math.max(options.retentionBytes() / SEGMENTS_IN_RETENTION, LogOptions.MIN_SEGMENT_BYTES);
        return Math.min(options.segmentBytes(), share);
    }

    Limits withSegmentBytes(long bytes) {
        return new Limits(bytes, namesPerSegment, fillAheadBytes, snapshotPartBytes);
    }

    Limits withFillAheadBytes(int bytes) {
        return new Limits(segmentBytes, namesPerSegment, bytes, snapshotPartBytes);
    }
}
