package com.busdk.workers.upcloud.power;

import com.busdk.workers.upcloud.api.Deadline;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How a server is brought to a state. Immutable; any thread.
 *
 * @param deadline when it is given up
 * @param poll between two looks
 * @param lastStop of that server, whoever sent it
 * @param wanted whether the server is still to go there; asked after each look, before anything is done
 */
public record Course(Deadline deadline, Duration poll, LastStop lastStop, BooleanSupplier wanted) {
    /**
     * A course that nobody crosses.
     *
     * @param deadline when it is given up
     * @return a course with the usual time between two looks
     */
    public static Course until(Deadline deadline) {
        return of(deadline, PowerControl.POLL);
    }

    static Course of(Deadline deadline, Duration poll) {
        return new Course(deadline, poll, new LastStop(deadline.time()), () -> true);
    }
}
