package com.busdk.gateway.http;

import io.vertx.core.Future;

/** Does what a route is for. Called on the event loop of the connection. */
@FunctionalInterface
public interface ApiHandler {
    /**
     * Does it.
     *
     * @param call the request
     * @return the answer; a failure is answered too, see {@link Failures}
     */
    Future<Answer> handle(Call call);
}
