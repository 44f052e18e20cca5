package com.busdk.broker.http.exchange;

import com.busdk.client.identity.Identity;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;

/**
 * One route. Called on the event loop of the connection; a failed future, or an
 * {@link com.busdk.client.http.ApiException} thrown, goes to the one place that turns failures into answers.
 */
@FunctionalInterface
public interface HttpHandler {
    /**
     * Answers a request.
     *
     * @param identity the caller
     * @return completes when the answer has been begun
     */
    Future<Void> handle(HttpServerRequest request, Identity identity);
}
