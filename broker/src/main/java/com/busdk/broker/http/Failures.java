package com.busdk.broker.http;

import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.http.server.ErrorAnswer;
import com.busdk.client.http.server.UnreadBody;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place that turns failures into answers. What is not meant for the caller becomes a 500 that says nothing, and a
 * line in the log.
 *
 * <p>Thread: the event loop of the connection; no state but counters.
 */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private final ServiceStats stats;
    private final BodyRoom room;

    Failures(ServiceStats stats, BodyRoom room) {
        this.stats = stats;
        this.room = room;
    }

    /** Answers with what went wrong, unless an answer has been begun: then the connection is cut. */
    void answer(HttpServerRequest request, Throwable failure) {
        HttpServerResponse response = request.response();
        if (response.closed() || failure instanceof HttpClosedException || failure instanceof StreamResetException) {
            // Nobody is there who could be told, and that somebody hangs up is no failure of the service.
            return;
        }
        ApiException error = publicError(request, failure);
        stats.error(error.type());
        if (response.ended()) {
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
        room.answer(request, Buffer.buffer(error.toJsonBytes()));
        if (unread) {
            UnreadBody.discard(Vertx.currentContext().owner(), request);
        }
    }

    /** Answers a request that is not HTTP; the connection is closed behind it, since its end cannot be known. */
    void answerInvalid(HttpServerRequest request) {
        ApiException error = ErrorAnswer.unreadable(request.decoderResult().cause());
        stats.error(error.type());
        ErrorAnswer.endConnection(request, error);
    }

    /** Counts a body whose chunks are none, and gives the answer's body. */
    byte[] badChunk() {
        ApiException error = ApiException.of(
                ErrorType.BAD_REQUEST,
                "the body's chunks are wrong: send it as HTTP/1.1 has it (RFC 9112, section 7.1)");
        stats.error(error.type());
        return error.toJsonBytes();
    }

    private static ApiException publicError(HttpServerRequest request, Throwable failure) {
        if (failure instanceof ApiException error) {
            return error;
        }
        LOG.error("{} {} failed", request.method(), request.path(), failure);
        return ApiException.of(
                ErrorType.INTERNAL, "the service failed to do this: try again, and tell its operator if it stays so");
    }
}
