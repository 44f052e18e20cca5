package com.busdk.broker.backend.log;

import java.time.Duration;

/** When the log asks the disk to flush. */
public sealed interface FlushPolicy {
    /** Every commit waits for its flush: what is answered is on disk. */
    record Always() implements FlushPolicy {}

    /** At least so often; a power failure may take what was answered since. */
    record Interval(Duration every) implements FlushPolicy {
        public Interval {
            if (every.isNegative() || every.isZero()) {
                throw new IllegalArgumentException("a flush interval is above zero, not " + every);
            }
        }
    }

    /** Left to the operating system. */
    record Never() implements FlushPolicy {}
}
