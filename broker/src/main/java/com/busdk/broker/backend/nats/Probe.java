package com.busdk.broker.backend.nats;

import java.util.concurrent.TimeUnit;

/**
 * Whether what this process stores comes back to it: a message to the cluster every two seconds, which is taken out again
 * some time after it has come.
 *
 * <p>Threads: {@link #tick} and {@link #arrived} on the writer's, {@link #failingBecause} on any.
 */
final class Probe {
    /** Three messages that have not come, and something more. */
    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(7_000);

    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(1_900);

    /** One minute's worth is left for a minute. */
    private static final int OLD_AFTER = 30;

    private final NatsLink link;
    private final String stream;
    private final String subject;
    private volatile long cameNanos = System.nanoTime();
    private long came;

    /** Sequence of one that is a minute old; nothing before it is needed. */
    private long old;

    private long sentNanos = System.nanoTime() - EVERY_NANOS;

    Probe(NatsLink link, NatsOptions options, String process) {
        this.link = link;
        this.stream = options.groupsStream();
        this.subject = new Subjects(options.stream()).ofProbe(process);
    }

    void tick() {
        long now = System.nanoTime();
        if (now - sentNanos >= EVERY_NANOS) {
            sentNanos = now;
            // What becomes of it is told by its coming, or not.
            var _ = link.publish(subject, new byte[0], null, -1).exceptionally(_ -> new NatsLink.Stored(0, false));
        }
    }

    void arrived(String what, long sequence) {
        if (what.equals(subject)) {
            cameNanos = System.nanoTime();
            if (++came % OLD_AFTER == 0) {
                // Not the last ones: who reads the stream elsewhere may not have come so far.
                var _ = link.purgeBelow(stream, subject, old).exceptionally(_ -> null);
                old = sequence;
            }
        }
    }

    /** Empty while it comes back, else why nothing does, in words for a client. */
    String failingBecause() {
        if (!link.connected()) {
            return "the cluster cannot be reached";
        }
        return System.nanoTime() - cameNanos > MOST_NANOS
                ? "what is stored in the cluster does not come back: it has no leader, or no quorum"
                : "";
    }
}
