package com.busdk.cli.bench.peers;

import io.vertx.core.json.JsonObject;
import java.util.List;

/** What is watched during a soak, and how far it may move until it counts as drift. */
enum SoakFigure {
    /** With a heap that is there from the start: arenas for buffers, stacks, tables of the VM, which come in steps of MiB. */
    MEMORY("residentMib", "memory of its own, MiB", 1, 32, 0),

    /** Listeners that come and go have a connection each, and a segment that is written or read has its file. */
    FILES("files", "file handles", 1, 16, 0.05),

    /** A pool may start a thread late, or end one. */
    THREADS("threads", "threads", 1, 3, 0),

    /** As many as the listeners that come and go differ by. */
    CONNECTIONS("connections", "connections", 1, 12, 0),

    /** Whole segments are dropped: there is one more just before that than just after. */
    LOG("logMib", "log on disk, MiB", 1, 2 * SoakScale.SEGMENT_MIB, 0.02),

    /** The load is steady: less comes only of a service that does not keep up. */
    RATE("perSecond", "acknowledged, events/s", -1, 1, 0.02),

    /** The machine's own speed moves between minutes, its flush and its loopback by a factor of two. */
    PUBLISH_P50("publishP50Millis", "publish p50, ms", 1, 1, 1),
    PUBLISH_P99("publishP99Millis", "publish p99, ms", 1, 2, 1),
    DELIVER_P99("deliverP99Millis", "publish to listener p99, ms", 1, 2, 1),

    /** What is on its way to consumers and back at any moment; a group that falls behind has far more in no time. */
    LAG("groupLag", "not done by the group, events", 1, 1_000, 1);

    private final String key;
    private final String title;
    private final int sign;
    private final double absolute;
    private final double share;

    /**
     * @param key in the results
     * @param sign 1 where more is worse, -1 where less is
     * @param absolute what is tolerated, in its unit
     * @param share what is tolerated of the first quarter's value; the larger of the two counts
     */
    SoakFigure(String key, String title, int sign, double absolute, double share) {
        this.key = key;
        this.title = title;
        this.sign = sign;
        this.absolute = absolute;
        this.share = share;
    }

    String key() {
        return key;
    }

    /** What it is, with its unit. */
    String title() {
        return title;
    }

    /** How far it may move, in its unit. */
    double tolerance(Drift drift) {
        return Math.max(absolute, share * Math.abs(drift.first()));
    }

    /** Its values in the samples. */
    List<Double> values(List<JsonObject> samples) {
        return samples.stream().map(sample -> sample.getDouble(key, 0.0)).toList();
    }

    /** How it moved over the samples, of which there is at least one. */
    Drift drift(List<JsonObject> samples) {
        return Drift.of(values(samples));
    }

    /** Whether it moved the wrong way by more than is tolerated. */
    boolean drifts(Drift drift) {
        return drift.exceeds(tolerance(drift), sign);
    }
}
