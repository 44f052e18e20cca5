package com.busdk.cli.bench.peers;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** Latencies that are asked for one interval after the other. Recorded on any thread, asked for on one. */
final class Latencies {
    /** As exact and as far as those of the other loads. */
    private static final long MOST_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final int DIGITS = 3;

    private final Recorder recorder = new Recorder(1, MOST_NANOS, DIGITS);
    private @Nullable Histogram interval;

    /** Something came so long after it was due; less than nothing counts as nothing. */
    void late(long nanos) {
        recorder.recordValue(Math.clamp(nanos, 0, MOST_NANOS));
    }

    /** What was recorded since this was asked last, in nanoseconds; valid until it is asked again. */
    Histogram interval() {
        Histogram taken = recorder.getIntervalHistogram(interval);
        interval = taken;
        return taken;
    }
}
