package com.busdk.broker.backend.log;

import java.time.Duration;

/**
 * Settings of a log.
 *
 * <p>Segments are mapped into memory, two mappings each, of which Linux allows a process 65,530: what is retained should
 * be no more than some ten thousand segments.
 *
 * @param flush when the disk is asked to flush
 * @param segmentBytes a segment is ended by the first commit that passes this; 1 MiB to 1 GiB
 * @param retentionAge events older than this may be dropped, whole segments at a time; 0 = no such limit
 * @param retentionBytes what the log, with its indexes, may hold before its oldest segments are dropped, 0 = no such limit;
 *     segments are made no longer than a quarter of it; up to four dropped ones are kept beside it for a while, for
 *     streams in the middle of an event of theirs
 * @param retentionCount events kept at most, 0 = no such limit
 * @param keysFor idempotency keys younger than this are shown to {@link LogState} at recovery
 */
public record LogOptions(
        FlushPolicy flush,
        long segmentBytes,
        Duration retentionAge,
        long retentionBytes,
        long retentionCount,
        Duration keysFor) {
    public static final long MIN_SEGMENT_BYTES = 1L << 20;
    public static final long MAX_SEGMENT_BYTES = 1L << 30;

    public LogOptions {
        if (segmentBytes < MIN_SEGMENT_BYTES || segmentBytes > MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException("a segment has 1 MiB to 1 GiB, not " + segmentBytes + " bytes");
        }
        if (retentionAge.isNegative() || retentionBytes < 0 || retentionCount < 0 || keysFor.isNegative()) {
            throw new IllegalArgumentException("a limit below zero");
        }
    }

    /** The defaults: flush always, 256 MiB segments, 7 days, 10 GiB, no count, keys for 10 minutes. */
    public static LogOptions defaults() {
        return new LogOptions(
                new FlushPolicy.Always(), 256L << 20, Duration.ofDays(7), 10L << 30, 0, Duration.ofMinutes(10));
    }
}
