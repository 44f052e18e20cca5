package com.busdk.gateway.http;

import com.busdk.client.http.server.DateHeader;
import com.busdk.client.text.Echo;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where every request arrives: gets its id, is watched over until it is answered, and leaves a line in the access log.
 * The line has the path but never the query, which may hold what is nobody's business.
 *
 * <p>Thread: one for each server, on its event loop.
 */
public final class Intake {
    private static final Logger ACCESS = LoggerFactory.getLogger("com.busdk.gateway.access");
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Handler next;
    private final ConnectionGuard guard;
    private final Failures failures;
    private final Metrics metrics;
    private final DateHeader date = new DateHeader(InstantSource.system());

    /** Handles a request that has an id. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Handles it, which ends in an answer of its own.
         *
         * @param request the request
         * @param requestId its id, which the answer has in its head already
         */
        void handle(HttpServerRequest request, String requestId);
    }

    Intake(Handler next, ConnectionGuard guard, Failures failures, Metrics metrics) {
        this.next = next;
        this.guard = guard;
        this.failures = failures;
        this.metrics = metrics;
    }

    void handle(HttpServerRequest request) {
        long begun = System.nanoTime();
        String id = RequestIds.of(request.getHeader(RequestIds.HEADER));
        HttpConnection connection = request.connection();
        HttpServerResponse response = request.response();
        response.putHeader(RequestIds.HEADER, id);
        date.put(response);
        guard.begin(connection);
        metrics.begin();
        response.endHandler(_ -> {
            long nanos = System.nanoTime() - begun;
            guard.end(connection);
            metrics.end(request.method(), response.getStatusCode(), nanos);
            log(request, id, nanos);
        });
        // A peer that is gone is seen by the response's close; without a handler it would be logged as an error.
        response.exceptionHandler(_ -> {});
        try {
            next.handle(request, id);
        } catch (RuntimeException e) {
            failures.answer(request, id, e);
        }
    }

    void handleInvalid(HttpServerRequest request) {
        metrics.invalid();
        date.put(request.response());
        failures.answerInvalid(request);
    }

    private static void log(HttpServerRequest request, String id, long nanos) {
        if (ACCESS.isInfoEnabled()) {
            HttpServerResponse response = request.response();
            String uri = request.uri();
            ACCESS.info(
                    "{} {} {} {} {}B {}ms from {}{}",
                    id,
                    Echo.of(request.method().name()),
                    Echo.of(uri == null ? "-" : Paths.path(uri)),
                    response.getStatusCode(),
                    response.bytesWritten(),
                    nanos / NANOS_PER_MILLI,
                    request.remoteAddress() == null
                            ? "-"
                            : request.remoteAddress().hostAddress(),
                    response.ended() ? "" : " (gone before the end)");
        }
    }
}
