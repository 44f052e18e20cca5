package com.busdk.client.worker;

import com.busdk.client.event.Envelope;
import io.vertx.core.Future;

/**
 * Does the work of a worker.
 *
 * <pre>{@code
 * RequestHandler handler = request -> {
 *     VmCommand command = Payload.as(request, VmCommand.class); // what is no VmCommand is answered with bad_request
 *     return vms.start(command.runtime()).map(state -> Reply.of(state.toJson()));
 * };
 * }</pre>
 */
@FunctionalInterface
public interface RequestHandler {
    /**
     * Does what a request asks for. Called on an event loop; must not block it. While the future is open the request's
     * lease is kept.
     *
     * @param request the request event
     * @return the reply. A failure is answered too: an {@link com.busdk.client.http.ApiException} with its type and
     *     message, an {@link IllegalArgumentException} as {@code bad_request} with its message, anything else as
     *     {@code internal} without it
     */
    Future<Reply> handle(Envelope request);

    /**
     * Does what a request asks for, as {@link #handle(Envelope)}, which it calls unless it is overridden: for work that
     * must not be begun by one whose request was delivered to somebody else meanwhile. Workers call this one.
     *
     * @param request the request event
     * @param lease tells whether the request still is this handler's
     * @return the reply or a failure, as above; with {@link LeaseLostException} nothing is answered
     */
    default Future<Reply> handle(Envelope request, Lease lease) {
        return handle(request);
    }

    /**
     * Hears that a request is done for good: its response is durable, and the events service has confirmed its
     * acknowledgement, so that it is not delivered to anybody again. For letting go of what was kept in case that it is.
     * Called on an event loop after {@link #handle}; must not block it, and what it throws is logged.
     *
     * <p>Not called where the confirmation did not come: the lease was lost, the connection broke, or the worker was
     * stopped. So what is kept needs another end as well. Called by the process that had the confirmation, once as a rule,
     * which need not be the one that did the work.
     *
     * @param request the request event
     */
    default void settled(Envelope request) {}
}
