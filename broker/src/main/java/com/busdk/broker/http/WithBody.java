package com.busdk.broker.http;

import com.busdk.broker.http.exchange.HttpHandler;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Requests that have a body. On the event loop of the connection. */
final class WithBody {
    private WithBody() {}

    /** The handler, behind an answer to those who ask before they send their body. */
    static HttpHandler of(HttpHandler handler) {
        return (request, identity) -> {
            continueIfAsked(request);
            return handler.handle(request, identity);
        };
    }

    /** Clients such as curl hold back a body until they are told to go on; it is done at once, once the token holds. */
    static void continueIfAsked(HttpServerRequest request) {
        String expect = request.getHeader(HttpHeaders.EXPECT);
        if (expect != null && expect.equalsIgnoreCase("100-continue")) {
            Future<Void> _ = request.response().writeContinue();
        }
    }
}
