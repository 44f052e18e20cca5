package com.busdk.cli.bench.suite;

import java.time.Duration;

/**
 * How much of everything.
 *
 * @param name as the results have it
 * @param warmup before each measurement
 * @param duration of each measurement
 * @param rounds of what is compared with the bare server, in turn with it
 * @param listeners of a broadcast
 * @param idleListeners that only hold their connection
 * @param connections of the run on the slow disk
 * @param history events to replay
 * @param names over which the history for the filtered replay is spread
 * @param moreHistory events of other names to add before the filtered replay is done again, 0 for none
 * @param logBytes size of the log that the service starts on
 * @param commandRuns starts of a command
 */
public record Scale(
        String name,
        Duration warmup,
        Duration duration,
        int rounds,
        int listeners,
        int idleListeners,
        int connections,
        long history,
        int names,
        long moreHistory,
        long logBytes,
        int commandRuns) {
    private static final long MIB = 1L << 20;

    /** Everything once and small: shows that it runs. */
    public static final Scale QUICK = new Scale(
            "quick", Duration.ofMillis(300), Duration.ofSeconds(1), 1, 50, 200, 100, 20_000, 100, 0, 20 * MIB, 1);

    /** What is measured unless something else is asked for. */
    public static final Scale NORMAL = new Scale(
            "normal",
            Duration.ofSeconds(4),
            Duration.ofSeconds(6),
            3,
            1_000,
            10_000,
            1_000,
            1_000_000,
            1_000,
            0,
            1_024 * MIB,
            11);

    /** With ten times the history. */
    public static final Scale FULL = new Scale(
            "full",
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            5,
            1_000,
            10_000,
            1_000,
            1_000_000,
            1_000,
            9_000_000,
            10_240 * MIB,
            21);
}
