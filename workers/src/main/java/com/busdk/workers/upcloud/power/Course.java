package com.busdk.workers.upcloud.power;

import com.busdk.workers.upcloud.api.Deadline;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How a server is brought to a state. Immutable; any thread.
 *
 * @param deadline when it is given up
 * @param poll between two looks
 * @param lastStop of that server, whoever sent it
 * @param wanted whether the server is still to go there; asked after each look, before anything is done
 * @param sure completes when {@code wanted} tells by all that is known anywhere; asked before each command, which is not
 *     given if it fails: then comes the next look
 */
public record Course(
        Deadline deadline, Duration poll, LastStop lastStop, BooleanSupplier wanted, Supplier<Future<Void>> sure) {
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
        return new Course(deadline, poll, new LastStop(deadline.time()), () -> true, Future::succeededFuture);
    }
}
