package com.busdk.cli.events;

import com.busdk.client.event.Envelope;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether another run of {@code bus events verify} takes part in the groups of this one: then each gets some of what
 * belongs to the other, and neither can say what is lost. A group may also hold events of a run that was cut short; those
 * are from before this one. Any thread.
 */
final class OtherRuns {
    /** When the first event of this run was published, by the clock of the service. */
    private @Nullable Instant begun;

    private Instant latestOfOthers = Instant.MIN;

    private boolean met;

    /** Another run was in the groups as this one began to publish. */
    synchronized void meet() {
        met = true;
    }

    /** Takes in an event of this run. */
    synchronized void own(Envelope event) {
        Instant at = event.createdAt();
        if (at != null && (begun == null || at.isBefore(begun))) {
            begun = at;
        }
    }

    /** Takes in an event of another run. */
    synchronized void other(Envelope event) {
        Instant at = event.createdAt();
        if (at != null && at.isAfter(latestOfOthers)) {
            latestOfOthers = at;
        }
    }

    /** Whether another run was there, or has published since this one began. */
    synchronized boolean goOn() {
        return met || begun != null && latestOfOthers.isAfter(begun);
    }
}
