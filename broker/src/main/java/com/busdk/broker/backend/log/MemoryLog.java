package com.busdk.broker.backend.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * A log that lives in memory outside the heap and is gone when it is closed: the same log as {@link SegmentLog}, on
 * files that are none. Threads: as {@link EventLog} says.
 */
public final class MemoryLog {
    /**
     * The longest segment: memory is reserved and dropped in such pieces, so that what is kept stays close to what is to
     * be kept.
     */
    static final long MAX_SEGMENT_BYTES = 16 << 20;

    private MemoryLog() {}

    /** A new log. Of the options, the flush policy means nothing here. */
    public static EventLog open(LogOptions options) {
        return open(options, LogState.NONE);
    }

    /**
     * A new log.
     *
     * @param state gives the snapshots with which segments begin; it is never told anything
     */
    public static EventLog open(LogOptions options, LogState state) {
        Limits limits = Limits.of(options);
        return open(options, limits.withSegmentBytes(Math.min(limits.segmentBytes(), MAX_SEGMENT_BYTES)), state);
    }

    static EventLog open(LogOptions options, Limits limits, LogState state) {
        LogOptions inMemory = new LogOptions(
                new FlushPolicy.Never(),
                options.segmentBytes(),
                options.retentionAge(),
                options.retentionBytes(),
                options.retentionCount(),
                options.keysFor());
        try {
            return SegmentLog.open(
                    Path.of("memory"),
                    inMemory,
                    limits.withFillAheadBytes(0),
                    state,
                    new MemoryFiles(),
                    InstantSource.system());
        } catch (IOException | LogDamagedException e) {
            throw new IllegalStateException("a log in memory could not be made: " + e.getMessage(), e);
        }
    }
}
