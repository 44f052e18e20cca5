package com.busdk.client.worker;

import io.vertx.core.Future;

/**
 * A handler's hold on the request that it works on. A worker keeps it while the handler works, and loses it all the same
 * where the events service does not hear from it in time or its connection ends: then the request is delivered to somebody
 * else. Where doing the work twice would do harm, a handler asks right before it begins.
 *
 * <pre>{@code
 * public Future<Reply> handle(Envelope request, Lease lease) {
 *     return prepare(request)
 *             .compose(ready -> lease.isHeld().compose(held -> held ? begin(ready) : Future.failedFuture(new LeaseLostException())));
 * }
 * }</pre>
 *
 * <p>Any thread may call.
 */
@FunctionalInterface
public interface Lease {
    /** The hold on a request that nobody else can get, such as one that came from no group. */
    Lease KEPT = () -> Future.succeededFuture(true);

    /**
     * Whether the request still is the handler's, and has been ever since it got it, so that nobody else can have begun it
     * meanwhile. Asks the events service, and begins the lease anew; one small request, and a few more where the service
     * has no time. Where it cannot be asked the request counts as lost: it may have given it to somebody else, and no
     * response could be published either.
     *
     * @return true if it is held; else the handler is to begin nothing and to fail with {@link LeaseLostException}.
     *     Completes when the lease would be over at the latest, on an event loop, and does not fail
     */
    Future<Boolean> isHeld();
}
