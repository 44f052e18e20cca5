package com.busdk.broker.backend.embedded;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one loop that have been written a part of an event and not its end: while the service stops, the log
 * stays open for them.
 *
 * <p>Thread: the loop's.
 */
final class HalfWritten {
    /** A stream in the middle of an event. */
    interface Stream {
        /** Ends where it stands; the peer sees that it is not whole. */
        void breakOff();
    }

    private final Set<Stream> streams = Collections.newSetFromMap(new IdentityHashMap<>());
    private @Nullable Promise<Void> none;

    void add(Stream stream) {
        streams.add(stream);
    }

    void remove(Stream stream) {
        if (streams.remove(stream) && streams.isEmpty() && none != null) {
            none.complete();
            none = null;
        }
    }

    /** Completes as soon as there is none; asked once. */
    Future<Void> whenNone() {
        if (streams.isEmpty()) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        none = promise;
        return promise.future();
    }

    void breakOffAll() {
        List.copyOf(streams).forEach(Stream::breakOff);
    }
}
