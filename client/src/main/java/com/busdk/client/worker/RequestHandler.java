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
}
