package com.busdk.client.events;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** Collects an answer's body up to a limit. */
final class BoundedBody {
    private BoundedBody() {}

    /**
     * Reads a body. Called in the answer's own callback, before any of it can have passed by.
     *
     * @param maxBytes most that is kept
     * @param cut true to keep what fits, false to fail when there is more; the rest is not read either way
     */
    static Future<Buffer> read(HttpClientResponse response, int maxBytes, boolean cut) {
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.handler(chunk -> {
            if (body.length() + chunk.length() <= maxBytes) {
                body.appendBuffer(chunk);
                return;
            }
            boolean first = cut
                    ? whole.tryComplete(body)
                    : whole.tryFail(
                            ApiException.of(ErrorType.BAD_GATEWAY, "the answer is longer than " + maxBytes + " bytes"));
            if (first) {
                response.request().reset();
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(body));
        return whole.future();
    }
}
