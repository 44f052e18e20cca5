package com.busdk.workers.vm;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A machine that is only pretended: stopped → starting → ready → stopped. What it is depends on when it was started last,
 * and on the time. Immutable.
 *
 * @param startedAt when it was started, or null if it is stopped
 */
record StaticMachine(@Nullable Instant startedAt) {
    /** What every machine is at first. */
    static final StaticMachine STOPPED = new StaticMachine(null);

    /** The machine after a start at that time; one that runs or starts already goes on as it is. */
    StaticMachine started(Instant at) {
        return startedAt == null ? new StaticMachine(at) : this;
    }

    /** The machine after a stop. */
    StaticMachine stopped() {
        return STOPPED;
    }

    /** What it is at a time. */
    VmState state(Instant now, Duration startTime) {
        if (startedAt == null) {
            return VmState.STOPPED;
        }
        return now.isBefore(startedAt.plus(startTime)) ? VmState.STARTING : VmState.READY;
    }
}
