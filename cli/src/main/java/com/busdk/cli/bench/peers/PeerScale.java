package com.busdk.cli.bench.peers;

import java.time.Duration;
import java.util.List;

/**
 * How much of everything.
 *
 * @param name as the results have it
 * @param piece of a warm-up
 * @param pieces of a warm-up at most
 * @param lead before each measurement of what goes on, without being measured
 * @param duration of each measurement
 * @param rounds in each of which every system has its turn
 * @param most events that a publisher publishes in a measurement at most: what is written has to be stored and dropped
 * @param connections publishers or listeners at most
 * @param history events to replay
 * @param names over which the history for the filtered replay is spread
 * @param questions replays of one name in a measurement
 * @param backlog events that consumers share
 * @param growthEvents steps of the events in a log
 * @param growthNames steps of the names
 * @param growthListeners steps of the listeners
 * @param growthGroups steps of the groups
 */
record PeerScale(
        String name,
        Duration piece,
        int pieces,
        Duration lead,
        Duration duration,
        int rounds,
        long most,
        int connections,
        int history,
        int names,
        int questions,
        int backlog,
        List<Integer> growthEvents,
        List<Integer> growthNames,
        List<Integer> growthListeners,
        List<Integer> growthGroups) {
    /** Everything once and small: shows that it runs. */
    static final PeerScale QUICK = new PeerScale(
            "quick",
            Duration.ofMillis(100),
            1,
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            1,
            5_000,
            10,
            2_000,
            20,
            2,
            2_000,
            List.of(1_000, 2_000),
            List.of(1, 10),
            List.of(1, 10),
            List.of(1, 10));

    /** What is measured unless something else is asked for. */
    static final PeerScale NORMAL = new PeerScale(
            "normal",
            Duration.ofSeconds(2),
            8,
            Duration.ofMillis(500),
            Duration.ofSeconds(3),
            3,
            2_000_000,
            1_000,
            1_000_000,
            1_000,
            10,
            300_000,
            List.of(100_000, 1_000_000, 10_000_000),
            List.of(1, 10, 100, 1_000, 10_000, 100_000),
            List.of(1, 10, 100, 1_000, 10_000),
            List.of(1, 10, 100, 1_000));
}
