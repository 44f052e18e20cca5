package com.busdk.workers.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as the tables keep them: microseconds since 1970, which sort, and are as fine as the hub's own. Stateless. */
public final class Times {
    /** The earliest time that is kept. */
    public static final Instant MIN = Instant.EPOCH;

    /** The latest time that is kept, the last that has a year of four digits. */
    public static final Instant MAX = Instant.parse("9999-12-31T23:59:59.999999Z");

    private Times() {}

    /**
     * As a table keeps it.
     *
     * @param time from {@link #MIN} to {@link #MAX}
     * @return microseconds; what is finer is cut off
     */
    public static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    /**
     * Back from a table.
     *
     * @param micros microseconds since 1970
     * @return the time
     */
    public static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /**
     * A time as it will come back from a table.
     *
     * @param time any time
     * @return to the microsecond, and within {@link #MIN} and {@link #MAX}
     */
    public static Instant kept(Instant time) {
        Instant inRange = time.isBefore(MIN) ? MIN : time.isAfter(MAX) ? MAX : time;
        return instant(micros(inRange));
    }
}
