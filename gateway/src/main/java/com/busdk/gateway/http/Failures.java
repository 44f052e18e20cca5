package com.busdk.gateway.http;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.http.server.ErrorAnswer;
import com.busdk.client.http.server.UnreadBody;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that turns failures into answers. What is not meant for the caller becomes a 500 that says nothing, and a
 * line in the log. Stateless; on the event loop of the connection.
 */
public final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private final Vertx vertx;

    /**
     * Failures of one service.
     *
     * @param vertx for the timer that ends what a refused client goes on sending
     */
    public Failures(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Answers with what went wrong, unless an answer has been begun: then the connection is cut, so that nobody takes
     * what came so far for the whole.
     *
     * @param request the request
     * @param requestId its id, for the log
     * @param failure what went wrong
     */
    public void answer(HttpServerRequest request, String requestId, Throwable failure) {
        ApiException error = publicError(request, requestId, failure);
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            Future<Void> _ = response.reset();
            return;
        }
        ErrorAnswer.head(response, error);
        boolean unread = UnreadBody.isLeftBy(request);
        if (unread) {
            UnreadBody.announceClose(request);
        }
        Future<Void> _ = response.end(Buffer.buffer(error.toJsonBytes()));
        if (unread) {
            UnreadBody.discard(vertx, request);
        } else {
            UnreadBody.passOver(request);
        }
    }

    /**
     * Before the head of an answer that is not made here: says that the connection is closed behind it, if more of the
     * request is still to come than is worth reading.
     *
     * @param request the request
     */
    public static void announceRest(HttpServerRequest request) {
        if (UnreadBody.isLeftBy(request)) {
            UnreadBody.announceClose(request);
        }
    }

    /**
     * Behind an answer that is not made here: deals with what is still to come of its request.
     *
     * @param request the request
     */
    public void discardRest(HttpServerRequest request) {
        if (UnreadBody.isLeftBy(request)) {
            UnreadBody.discard(vertx, request);
        } else {
            UnreadBody.passOver(request);
        }
    }

    /**
     * Answers a request that is not HTTP; the connection is closed behind it, since its end cannot be known.
     *
     * @param request what there is of it
     */
    public void answerInvalid(HttpServerRequest request) {
        ErrorAnswer.endConnection(
                request, ErrorAnswer.unreadable(request.decoderResult().cause()));
    }

    private static ApiException publicError(HttpServerRequest request, String requestId, Throwable failure) {
        if (failure instanceof ApiException error) {
            return error;
        }
        LOG.error("request {}: {} failed", requestId, request.method(), failure);
        return ApiException.of(
                ErrorType.INTERNAL,
                "the service failed to do this: try again, and tell its operator the X-Request-Id if it stays so");
    }
}
