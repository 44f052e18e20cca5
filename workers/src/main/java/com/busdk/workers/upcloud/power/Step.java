package com.busdk.workers.upcloud.power;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** What is to be done about a server after a look at it. */
sealed interface Step {
    /** It is where it should be. */
    record Done() implements Step {}

    /** Only time helps. */
    record Hold() implements Step {}

    /** The cloud is told to do something; then comes the next look, unless the command's success is the end. */
    record Act(Supplier<Future<Void>> command, boolean last) implements Step {}

    /** It will never get there. */
    record Fail(RuntimeException cause) implements Step {}

    static Step done() {
        return new Done();
    }

    static Step hold() {
        return new Hold();
    }

    static Step act(Supplier<Future<Void>> command) {
        return new Act(command, false);
    }

    static Step last(Supplier<Future<Void>> command) {
        return new Act(command, true);
    }

    static Step fail(RuntimeException cause) {
        return new Fail(cause);
    }
}
