package com.busdk.client.events;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

/** Runs things on the context that owns the state they touch. */
final class Contexts {
    private Contexts() {}

    /** Whether the caller is on that context. */
    static boolean isCurrent(Context context) {
        return context.equals(Vertx.currentContext());
    }

    /** Runs at once if the caller is on that context, else there, in the order of the calls. */
    static void run(Context context, Runnable action) {
        if (isCurrent(context)) {
            action.run();
        } else {
            context.runOnContext(ignored -> action.run());
        }
    }
}
