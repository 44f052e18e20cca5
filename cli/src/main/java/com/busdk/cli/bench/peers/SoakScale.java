package com.busdk.cli.bench.peers;

import java.time.Duration;

/**
 * How long a soak is, and how much of everything.
 *
 * @param name as the results have it
 * @param duration of the load
 * @param search for the maximum before it; what comes in its second half counts
 * @param sample from one sample to the next
 * @param stall until the service cuts off who reads nothing
 * @param retentionMib what the log keeps
 * @param segmentMib a segment of it
 */
record SoakScale(
        String name,
        Duration duration,
        Duration search,
        Duration sample,
        Duration stall,
        int retentionMib,
        int segmentMib) {
    /** So small that segments are dropped all the time, and that disk in use is nearly steady. */
    static final int SEGMENT_MIB = 64;

    /** So much that there is history to replay, and so little that the load drops some within minutes. */
    private static final int RETENTION_MIB = 2_048;

    private static final int SAMPLES = 360;
    private static final Duration SHORTEST_SAMPLE = Duration.ofSeconds(1);
    private static final Duration SHORTEST_STALL = Duration.ofSeconds(3);
    private static final Duration LONGEST_STALL = Duration.ofMinutes(1);
    private static final int STALLS = 60;

    /** What is measured unless something else is asked for. */
    static final Duration NORMAL = Duration.ofHours(1);

    /** Shows that it runs. */
    static final Duration QUICK = Duration.ofSeconds(20);

    private static final String QUICK_NAME = "quick";

    static SoakScale normal(Duration duration) {
        return new SoakScale(
                "normal",
                duration,
                Duration.ofSeconds(20),
                sample(duration),
                stall(duration),
                RETENTION_MIB,
                SEGMENT_MIB);
    }

    static SoakScale quick(Duration duration) {
        return new SoakScale(QUICK_NAME, duration, Duration.ofSeconds(2), sample(duration), stall(duration), 64, 4);
    }

    private static Duration sample(Duration duration) {
        Duration part = duration.dividedBy(SAMPLES);
        return part.compareTo(SHORTEST_SAMPLE) < 0 ? SHORTEST_SAMPLE : part;
    }

    private static Duration stall(Duration duration) {
        Duration part = duration.dividedBy(STALLS);
        return part.compareTo(SHORTEST_STALL) < 0
                ? SHORTEST_STALL
                : part.compareTo(LONGEST_STALL) > 0 ? LONGEST_STALL : part;
    }

    /** Whether a soak of that name is long enough to say what drifts: a process that has just started does. */
    static boolean isJudged(String name) {
        return !QUICK_NAME.equals(name);
    }
}
