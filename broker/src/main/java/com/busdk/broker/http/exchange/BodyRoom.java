package com.busdk.broker.http.exchange;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.netty.channel.ChannelFuture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The memory and the time for bodies that are on their way: what has come of events, lines and questions whose end has
 * not, and answers that their peer has not taken. So neither many bodies that come slowly, nor many answers that nobody
 * reads, can take a service's memory.
 *
 * <pre>
 *   large ones    of all together at most a part of the heap; whoever comes when there is no room is told to come again
 *   small ones    a smaller part for themselves; for one that has no room the oldest has to go, which has stood still,
 *                 unless it is this service that keeps it waiting; where none goes, the new one is told to come again
 *   all of them   have to come to their end within the time in which a connection may be idle, or are cut off
 * </pre>
 *
 * An event that comes as one piece is gone again before the next piece of anything is read, and never has to wait.
 *
 * <p>Thread: its event loop.
 */
public final class BodyRoom {
    /** A body that is shorter counts among the small ones. */
    public static final int SMALL_BYTES = 4 << 10;

    /** Of the heap, all event loops together: the rest is for the log, and for what is on its way to it. */
    private static final int PART_OF_HEAP = 4;

    /** The same for the small ones: with 512 MiB and two loops, 8,000 of the longest on each. */
    private static final int SMALL_PART_OF_HEAP = 8;

    /** One event of the largest usual size has room on any machine. */
    private static final long LEAST_BYTES = 4L << 20;

    /** What a stream of HTTP/2 costs beside its headers; a connection of HTTP/1 is bounded by their number. */
    private static final int HTTP2_STREAM_BYTES = 2 << 10;

    /** Of those that may be kept waiting so many are asked to go for one, so that nobody's turn takes long. */
    private static final int MOST_ASKED = 64;

    /** HTTP/2 (RFC 9113, section 7): the stream is not wanted any more. */
    private static final long CANCEL = 8;

    private final Deadlines deadlines;
    private final long most;
    private final long mostSmall;
    private long taken;
    private long takenSmall;

    /** What is on its way. */
    public abstract static class Body extends Deadlines.Entry {
        private long large;
        private long small;

        /** What its request costs while it is on its way. */
        private int head;

        private boolean under;

        /**
         * It has taken too long, or its room is needed. Either it gives back what it has and its request is cut off, or it
         * {@link BodyRoom#goesOn}, since its peer is not to blame.
         */
        @Override
        protected abstract void late();
    }

    /**
     * The share of one event loop.
     *
     * @param vertx for the timer
     * @param limit in which what is on its way has to come to its end
     */
    public BodyRoom(Vertx vertx, Duration limit) {
        this(vertx, limit, share(PART_OF_HEAP), share(SMALL_PART_OF_HEAP));
    }

    /**
     * A room of any size.
     *
     * @param most bytes of large ones at once
     * @param mostSmall bytes of small ones at once
     */
    public BodyRoom(Vertx vertx, Duration limit, long most, long mostSmall) {
        this.deadlines = new Deadlines(vertx, limit);
        this.most = most;
        this.mostSmall = mostSmall;
    }

    private static long share(int part) {
        return Math.max(
                LEAST_BYTES,
                Runtime.getRuntime().maxMemory() / part / Runtime.getRuntime().availableProcessors());
    }

    /**
     * A body is on its way, and has come to nothing yet.
     *
     * @throws ApiException if there is no room for it; then it has not begun
     */
    public void begin(Body body, HttpServerRequest request) {
        begin(body, request.version() == HttpVersion.HTTP_2 ? cost(request) : 0);
    }

    /** The same for one whose request costs that. */
    void begin(Body body, int head) {
        body.head = head;
        body.under = true;
        deadlines.begin(body);
        try {
            setSmall(body, head);
        } catch (ApiException e) {
            end(body);
            throw e;
        }
    }

    private static int cost(HttpServerRequest request) {
        int bytes = HTTP2_STREAM_BYTES + request.uri().length();
        for (Map.Entry<String, String> header : request.headers()) {
            bytes += header.getKey().length() + header.getValue().length();
        }
        return bytes;
    }

    /**
     * So much of it is held now. Others may have been told meanwhile that they are late.
     *
     * @throws ApiException if there is no room; then it holds what it held before
     */
    public void hold(Body body, long bytes) {
        if (!body.under) {
            return;
        }
        boolean isSmall = bytes <= SMALL_BYTES;
        long large = isSmall ? 0 : bytes;
        if (taken - body.large + large > most) {
            throw noRoom("large");
        }
        setSmall(body, body.head + (isSmall ? bytes : 0));
        taken += large - body.large;
        body.large = large;
    }

    private static ApiException noRoom(String which) {
        return ApiException.of(
                        ErrorType.UNAVAILABLE,
                        "too many " + which + " bodies are on their way to this service, or from it, at once; try again"
                                + " in a moment")
                .withRetryAfter(1);
    }

    /** It comes on: its time begins again. */
    public void goesOn(Body body) {
        if (body.under) {
            deadlines.begin(body);
        }
    }

    /** It has come to its end, and gives back what it had. Harmless when repeated. */
    public void end(Body body) {
        if (!body.under) {
            return;
        }
        body.under = false;
        deadlines.end(body);
        taken -= body.large;
        takenSmall -= body.small;
        body.large = 0;
        body.small = 0;
    }

    private void setSmall(Body body, long bytes) {
        long more = bytes - body.small;
        for (int asked = 0; more > 0 && takenSmall + more > mostSmall; asked++) {
            if (asked == MOST_ASKED || !deadlines.endOldest(body)) {
                throw noRoom("small");
            }
        }
        takenSmall += more;
        body.small = bytes;
    }

    /**
     * Ends a request that takes too long: its stream, or the connection that it has for itself. What a peer that does not
     * read has not taken is thrown away: an orderly close would wait for it.
     */
    public static void cut(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            // Where all has been written and waits for a window, the stream cannot be ended any more.
            Future<Void> _ = request.response().reset(CANCEL).onFailure(_ -> cutConnection(request));
        } else {
            cutConnection(request);
        }
    }

    private static void cutConnection(HttpServerRequest request) {
        ChannelFuture _ =
                ((ConnectionBase) request.connection()).channelHandlerContext().close();
    }

    /**
     * Sends a whole answer. It waits until the peer has taken most of those before it on its connection, so that who asks
     * without reading is not answered any more.
     *
     * @param body null for none
     * @throws ApiException if it is large and there is no room for it; who has no room for a small one is cut off
     */
    public void answer(HttpServerRequest request, @Nullable Buffer body) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            return;
        }
        int length = body == null ? 0 : body.length();
        boolean ofConnection = request.version() != HttpVersion.HTTP_2;
        if (ofConnection && length <= SMALL_BYTES && !response.writeQueueFull()) {
            Future<Void> _ = write(response, body);
            return;
        }
        Answer answer = new Answer(request, body);
        try {
            begin(answer, request);
            hold(answer, length);
        } catch (ApiException e) {
            end(answer);
            if (length <= SMALL_BYTES) {
                cut(request); // another answer, that there is no room for this one, would need as much
                return;
            }
            throw e;
        }
        answer.send();
    }

    private static Future<Void> write(HttpServerResponse response, @Nullable Buffer body) {
        return body == null ? response.end() : response.end(body);
    }

    /** An answer that its peer has not taken. */
    private final class Answer extends Body {
        private final HttpServerRequest request;
        private @Nullable Buffer body;

        Answer(HttpServerRequest request, @Nullable Buffer body) {
            this.request = request;
            this.body = body;
        }

        void send() {
            HttpServerResponse response = request.response();
            if (request.version() == HttpVersion.HTTP_2 || !response.writeQueueFull()) {
                // A stream of HTTP/2 has a queue and a window of its own.
                write();
                return;
            }
            response.closeHandler(_ -> letGo());
            response.drainHandler(_ -> {
                response.drainHandler(null);
                write();
            });
        }

        private void write() {
            HttpServerResponse response = request.response();
            if (response.closed() || response.ended()) {
                letGo();
                return;
            }
            Buffer all = body;
            body = null;
            BodyRoom.write(response, all).onComplete(_ -> letGo());
        }

        private void letGo() {
            body = null;
            end(this);
        }

        @Override
        protected void late() {
            letGo();
            cut(request);
        }
    }
}
