package com.busdk.broker.backend.log;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops the oldest segments when they are too old, or too much. Thread: the writer's; files are deleted on the
 * background thread.
 *
 * <p>First the log begins later, then the files go, the oldest first and each before the next: so whatever a crash
 * leaves has no gap, at worst a few segments more.
 */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final LogOptions options;
    private final SegmentList segments;
    private final SegmentFiles files;

    /** Segments that are dropped and whose files are not deleted yet, oldest first. */
    private final ConcurrentLinkedDeque<SegmentName> doomed = new ConcurrentLinkedDeque<>();

    Retention(LogOptions options, SegmentList segments, SegmentFiles files) {
        this.options = options;
        this.segments = segments;
        this.files = files;
    }

    /** Looks whether something is to be dropped, and drops it. */
    void apply(long nowMicros, LogWriter writer) {
        long tooOld = options.retentionAge().isZero()
                ? Long.MIN_VALUE
                : nowMicros - TimeUnit.MICROSECONDS.convert(options.retentionAge());
        if (writer.outlived(tooOld)) {
            try {
                writer.roll(0);
            } catch (LogUnavailableException e) {
                LOG.warn("events older than is to be kept stay for now: {}", e.getMessage());
            }
        }
        int count = tooMany(segments.all(), tooOld);
        if (count > 0) {
            List<Segment> dropped = segments.dropOldest(count);
            for (Segment segment : dropped) {
                doomed.add(segment.name());
                segment.release();
            }
        }
        if (!doomed.isEmpty()) {
            files.background().execute(this::deleteFiles);
        }
    }

    /** How many of the oldest are to go; the one that is written stays. */
    private int tooMany(Segment[] all, long tooOld) {
        long bytes = 0;
        for (Segment segment : all) {
            bytes += segment.fileBytes();
        }
        int count = 0;
        while (count < all.length - 1 && isTooMuch(all[count], bytes, tooOld)) {
            bytes -= all[count].fileBytes();
            count++;
        }
        return count;
    }

    private boolean isTooMuch(Segment oldest, long bytes, long tooOld) {
        return oldest.lastTimeMicros() < tooOld
                || options.retentionBytes() > 0 && bytes > options.retentionBytes()
                || options.retentionCount() > 0 && segments.head() - oldest.base() > options.retentionCount();
    }

    /** Background thread. */
    private void deleteFiles() {
        for (SegmentName next = doomed.peek(); next != null; next = doomed.peek()) {
            try {
                files.delete(next);
            } catch (IOException e) {
                LOG.warn("{} could not be deleted, it is tried again: {}", next.logFile(), e.getMessage());
                return;
            }
            doomed.remove();
        }
    }
}
