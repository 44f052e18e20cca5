package com.busdk.broker.backend.nats;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests wait until this process has read all that the stream had when they came: what was acknowledged by
 * another process is seen here by whoever asks afterwards. All who come while one question is under way share the next
 * one.
 *
 * <p>Any thread; futures complete on the context of who asks.
 */
final class SyncGate {
    /** Beyond that the cluster has no leader, and it is said. */
    private static final long PATIENCE_MILLIS = 5_000;

    private final NatsLink link;
    private final String stream;
    private final BiConsumer<Long, Runnable> whenHere;
    private final long epochOf;

    private final Object lock = new Object();
    private boolean asking;

    /** Bounded by the requests that wait, each of which has a connection. */
    private List<Promise<Void>> next = new ArrayList<>();

    /**
     * @param whenHere runs something when the message of a sequence has been read
     * @param created when the stream was made, as {@link NatsLink.StreamState#created} in milliseconds
     */
    SyncGate(NatsLink link, String stream, BiConsumer<Long, Runnable> whenHere, long created) {
        this.link = link;
        this.stream = stream;
        this.whenHere = whenHere;
        this.epochOf = created;
    }

    /** Completes when all is here; fails with 503 where that cannot be found out. On an event loop. */
    Future<Void> here() {
        Promise<Void> promise = ContextInternal.current().promise();
        boolean first;
        synchronized (lock) {
            next.add(promise);
            first = !asking;
            asking = true;
        }
        if (first) {
            ask();
        }
        return promise.future().timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).recover(failure -> {
            ApiException known = failure instanceof ApiException api ? api : null;
            return Future.failedFuture(
                    known == null ? unavailable("the cluster has not answered in time; try again") : known);
        });
    }

    private void ask() {
        List<Promise<Void>> these;
        synchronized (lock) {
            these = next;
            next = new ArrayList<>();
        }
        var _ = link.state(stream).whenComplete((state, failure) -> {
            answer(these, state, failure);
            boolean more;
            synchronized (lock) {
                more = !next.isEmpty();
                asking = more;
            }
            if (more) {
                ask();
            }
        });
    }

    private void answer(List<Promise<Void>> these, NatsLink.@Nullable StreamState state, @Nullable Throwable failure) {
        if (failure != null || state == null) {
            ApiException why = unavailable("the cluster has no leader for the events at the moment; try again");
            these.forEach(one -> one.tryFail(why));
        } else if (state.created().toEpochMilli() != epochOf) {
            ApiException why = unavailable("the stream has been made anew; an operator has to restart this service");
            these.forEach(one -> one.tryFail(why));
        } else {
            whenHere.accept(state.last(), () -> these.forEach(Promise::tryComplete));
        }
    }

    private static ApiException unavailable(String why) {
        return ApiException.of(ErrorType.UNAVAILABLE, why).withRetryAfter(1);
    }
}
