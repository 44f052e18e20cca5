package com.busdk.workers.upcloud.testing;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for futures in tests. */
public final class Await {
    private static final long PATIENCE_SECONDS = 30;

    private Await() {}

    /** What a future comes to; it has to succeed. */
    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("did not succeed: " + e.getCause(), e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("did not end: " + e, e);
        }
    }

    /** The failure of a future, which has to be of that kind. */
    public static <E extends Throwable> E failure(Class<E> kind, Future<?> future) {
        return assertInstanceOf(kind, await(future.transform(result -> Future.succeededFuture(result.cause()))));
    }
}
