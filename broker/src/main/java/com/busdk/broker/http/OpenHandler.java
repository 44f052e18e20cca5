package com.busdk.broker.http;

import com.busdk.broker.http.exchange.HttpHandler;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;

/** A route that needs no token. Called on the event loop of the connection; failures as with {@link HttpHandler}. */
@FunctionalInterface
public interface OpenHandler {
    /**
     * Answers a request.
     *
     * @return completes when the answer has been begun
     */
    Future<Void> handle(HttpServerRequest request);
}
