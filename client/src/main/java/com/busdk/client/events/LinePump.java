package com.busdk.client.events;

import io.vertx.core.Context;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Takes lines out of a splitter and gives them to a handler as fast as that takes them. Lives on the listening's context;
 * the handler's futures may complete anywhere.
 */
abstract sealed class LinePump permits EventPump, BatchPump {
    private final Context context;

    LinePump(Context context) {
        this.context = context;
    }

    /**
     * Gives lines to the handler until there are no more or the handler has enough.
     *
     * @return true if there are no more; false if the handler has enough, and {@link Owner#ready} will be called
     */
    abstract boolean pump(LineSplitter splitter, Owner owner);

    /** Calls back on the context: at once if this is it. */
    final void whenDone(Future<Void> work, Owner owner, Runnable then) {
        work.onComplete(result -> Contexts.run(context, () -> {
            if (result.failed()) {
                owner.failed(result.cause());
            } else {
                then.run();
            }
        }));
    }

    /** The listening, as its pump sees it. On the context. */
    interface Owner {
        /** Whether it has ended: then nothing more is given to the handler. */
        boolean isOver();

        /** A control line. */
        void notice(LineSplitter.Line line);

        /** Events are about to be given to the handler. */
        void advance(@Nullable String lastId, long count);

        /** The handler can take more. */
        void ready();

        /** The handler failed, or the stream is not what it should be: the listening ends. */
        void failed(Throwable cause);
    }
}
