package com.busdk.broker.backend.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Goes over the commits of a segment from its start and checks every record. Thread: that of its maker.
 *
 * <p>A commit counts only as a whole: where its last record is missing, the scan ends before its first.
 */
final class FrameScan {
    /** A gap in sequences larger than this is no gap but noise. */
    private static final long PLAUSIBLE_SEQUENCES = 1L << 32;

    private final ByteBuffer bytes;
    private final ByteBuffer scratch;
    private final int limit;
    private final CRC32C crc = new CRC32C();
    private int position;
    private long sequence;
    private long lastTimeMicros;
    private int commitStart;
    private int stoppedAt;
    private @Nullable String problem;

    /**
     * @param bytes the segment
     * @param from where the first commit starts
     * @param limit end of the file
     * @param sequence of the first event
     */
    FrameScan(ByteBuffer bytes, int from, int limit, long sequence) {
        this.bytes = bytes;
        this.scratch = bytes.duplicate();
        this.limit = limit;
        this.position = from;
        this.sequence = sequence;
    }

    /** Moves over one more commit; false when there is none, or none that is whole and sound. */
    boolean nextCommit() {
        int at = position;
        long expected = sequence;
        while (true) {
            stoppedAt = at;
            if (limit - at < Integer.BYTES || FrameFormat.length(bytes, at) == 0) {
                problem = at == position ? null : "a commit that is not complete";
                return false;
            }
            problem = problemAt(at, expected);
            if (problem != null) {
                return false;
            }
            expected = FrameFormat.sequenceBehind(bytes, at);
            int next = at + FrameFormat.length(bytes, at);
            if (FrameFormat.has(bytes, at, FrameFormat.LAST_OF_COMMIT)) {
                lastTimeMicros = FrameFormat.time(bytes, at);
                commitStart = position;
                position = next;
                sequence = expected;
                return true;
            }
            at = next;
        }
    }

    private @Nullable String problemAt(int at, long expected) {
        String found = FrameFormat.problem(bytes, scratch, at, limit, crc);
        if (found != null) {
            return found;
        }
        long sequence = FrameFormat.sequence(bytes, at);
        boolean gap = FrameFormat.kind(bytes, at) == FrameFormat.GAP;
        if (gap ? sequence < expected : sequence != expected) {
            return "a record of sequence " + sequence + " where " + expected + " should be";
        }
        return null;
    }

    /** Start of the commit that was moved over last. */
    int commitStart() {
        return commitStart;
    }

    /** End of it: where the next one starts. */
    int position() {
        return position;
    }

    /** Sequence of the next event. */
    long sequence() {
        return sequence;
    }

    /** Creation time of the last record of the last commit, 0 before the first. */
    long lastTimeMicros() {
        return lastTimeMicros;
    }

    /** Where the scan could not go on. */
    int stoppedAt() {
        return stoppedAt;
    }

    /** Why it could not go on; null at a clean end, which is zeros or the end of the file. */
    @Nullable
    String problem() {
        if (problem == null && !zerosFrom(position)) {
            return "zeros where a record should be, and something behind them";
        }
        return problem;
    }

    private boolean zerosFrom(int from) {
        int at = from;
        for (; at + Long.BYTES <= limit; at += Long.BYTES) {
            if (bytes.getLong(at) != 0) {
                return false;
            }
        }
        for (; at < limit; at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Looks behind the place where the scan stopped for a sound record that was written when everything up to some
     * offset behind {@link #position} had been flushed: then what is unreadable here was readable once.
     *
     * <p>A record cannot be feigned by the text of an event, since JSON has no zero bytes and a frame's header does.
     *
     * @return offset of such a record, or -1
     */
    int laterEvidence() {
        for (int at = stoppedAt + 1; at + FrameFormat.HEADER_BYTES <= limit; at++) {
            int flushed = bytes.getInt(at + FrameFormat.FLUSHED);
            if (flushed > position && flushed <= at && plausible(at)) {
                return at;
            }
        }
        return -1;
    }

    /** Whether a sound record other than a snapshot's begins anywhere from {@code from} on. */
    boolean anyRecordFrom(int from) {
        for (int at = from; at + FrameFormat.HEADER_BYTES <= limit; at++) {
            if (FrameFormat.kind(bytes, at) >= 0 && plausible(at)) {
                return true;
            }
        }
        return false;
    }

    private boolean plausible(int at) {
        int length = FrameFormat.length(bytes, at);
        long distance = FrameFormat.sequence(bytes, at) - sequence;
        return length >= FrameFormat.HEADER_BYTES
                && length <= limit - at
                && distance >= 0
                && distance < PLAUSIBLE_SEQUENCES
                && FrameFormat.problem(bytes, scratch, at, limit, crc) == null;
    }
}
