package com.busdk.broker.http.verbs;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.EventInfo;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.envelope.EnvelopeException;
import com.busdk.broker.envelope.EnvelopeReader;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.broker.envelope.Publisher;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.broker.http.exchange.IdempotencyHeader;
import com.busdk.broker.http.exchange.Query;
import com.busdk.client.config.GoDuration;
import com.busdk.client.event.EventName;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/v1/events/request}: publishes a request and answers with the response that has its correlation id.
 * It listens before it publishes, so that no answer is too fast for it.
 *
 * <p>Thread: one instance for each event loop, used on it alone.
 */
public final class RequestHandler implements HttpHandler {
    /** Requests that may wait on one event loop; more are 503 at once, rather than waiting for nobody knows what. */
    private static final int MAX_PENDING = 10_000;

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);
    private static final int ENVELOPE_OVERHEAD = 16 << 10;

    private final Vertx vertx;
    private final Backend backend;
    private final EventAccess access;
    private final BodyRoom room;
    private final int maxEventBytes;
    private final Consumer<HttpServerRequest> patience;
    private final Runnable refuseWhenStopping;
    private final InstantSource clock;
    private final EnvelopeReader reader = new EnvelopeReader();
    private int pending;

    /**
     * @param patience told of each request that has come in whole and now waits, maybe longer than a peer may be idle
     * @param refuseWhenStopping throws 503 where the service is about to stop
     * @param clock the time of day, for tokens
     */
    public RequestHandler(
            Vertx vertx,
            Backend backend,
            EventAccess access,
            BodyRoom room,
            int maxEventBytes,
            Consumer<HttpServerRequest> patience,
            Runnable refuseWhenStopping,
            InstantSource clock) {
        this.vertx = vertx;
        this.backend = backend;
        this.access = access;
        this.room = room;
        this.maxEventBytes = maxEventBytes;
        this.patience = patience;
        this.refuseWhenStopping = refuseWhenStopping;
        this.clock = clock;
    }

    @Override
    public Future<Void> handle(HttpServerRequest http, Identity identity) {
        Query query = Query.parse(http.query());
        Duration timeout = query.read("timeout", DEFAULT_TIMEOUT, value -> {
            Duration given = GoDuration.parse(value);
            if (given.isNegative() || given.isZero() || given.compareTo(MAX_TIMEOUT) > 0) {
                throw new IllegalArgumentException("it is above 0s, and 10m at most");
            }
            return given;
        });
        query.refuseOthers();
        return Bodies.read(http, maxEventBytes + ENVELOPE_OVERHEAD, room, identity, clock)
                .compose(body -> ask(http, identity, body, timeout));
    }

    private Future<Void> ask(HttpServerRequest http, Identity identity, byte[] body, Duration timeout) {
        if (body.length > maxEventBytes) {
            throw ApiException.of(
                    ErrorType.PAYLOAD_TOO_LARGE, "an event has at most " + maxEventBytes + " bytes; this one has more");
        }
        Publisher publisher = publisher(identity);
        try {
            reader.read(body, 0, body.length, publisher);
        } catch (EnvelopeException e) {
            throw Bodies.bad(e.getMessage() == null ? "that is no envelope" : e.getMessage());
        }
        String name = reader.name();
        if (!EventName.isRequest(name)) {
            throw Bodies.bad("this asks and waits for the answer, so the event's name ends in .request;"
                    + " publish others with POST /api/v1/events");
        }
        String answerName = EventName.responseTo(name);
        Callers.require(access.mayPublish(identity, name));
        Callers.require(access.mayListen(identity, answerName));
        String given = reader.correlationId();
        String correlationId = given == null ? UUID.randomUUID().toString() : given;
        EventBatch batch = new EventBatch(body.length + 256, 1);
        reader.appendTo(batch, publisher, correlationId, IdempotencyHeader.of(http, reader));
        String owner = reader.ownerFrom(publisher); // now: the reader has the next body by then
        if (pending >= MAX_PENDING) {
            throw ApiException.of(ErrorType.UNAVAILABLE, "too many requests wait for their answers; try again later")
                    .withRetryAfter(1);
        }
        Waiting waiting = new Waiting(timeout, answerName);
        http.response().closeHandler(_ -> waiting.finish());
        patience.accept(http);
        String view = Callers.view(identity);
        return backend.hasResponders(name, owner)
                .compose(responders -> {
                    requireResponders(name, responders);
                    return backend.listen(answers(name, view, correlationId, new Start.Live()), waiting);
                })
                .compose(listening -> {
                    waiting.opened(listening);
                    return backend.publish(batch);
                })
                .compose(published -> published.duplicates() == 0
                        ? Future.succeededFuture()
                        : waitForFirst(backend.id(published.first()), name, identity, waiting))
                .onFailure(waiting::fail)
                .compose(_ -> waiting.answer())
                .map(line -> Bodies.answer(room, http, line));
    }

    private void requireResponders(String name, boolean responders) {
        // Behind the question: a stop says so before it ends the streams of those who would have answered.
        refuseWhenStopping.run();
        if (!responders) {
            throw ApiException.of(
                            ErrorType.NO_RESPONDERS,
                            "nobody listens to " + name + ", and no group waits for it: start its worker")
                    .withRetryAfter(1);
        }
    }

    private static ListenRequest answers(String name, @Nullable String view, String correlationId, Start from) {
        return new ListenRequest(
                List.of(EventName.responseTo(name)), false, view, correlationId, from, true, 0, Framing.NDJSON, null);
    }

    /** The request was published before: its answer is to the correlation id that it had then, and may be there. */
    private Future<Void> waitForFirst(EventId first, String name, Identity identity, Waiting waiting) {
        String view = Callers.view(identity);
        return backend.event(first, view, _ -> true)
                .compose(found -> {
                    String correlationId = correlationOfFirst(found, name, publisher(identity));
                    return backend.listen(answers(name, view, correlationId, new Start.After(first)), waiting);
                })
                .map(waiting::opened);
    }

    private static Publisher publisher(Identity identity) {
        return new Publisher(identity.subject(), identity.service());
    }

    private String correlationOfFirst(@Nullable EventInfo first, String name, Publisher publisher) {
        if (first == null) {
            throw conflict("the request that had this idempotency key is no longer retained, nor may its answer be");
        }
        byte[] line = first.line().getBytes(StandardCharsets.UTF_8);
        try {
            reader.read(line, 0, line.length, publisher);
        } catch (EnvelopeException e) {
            throw new IllegalStateException("a stored event is no envelope", e);
        }
        if (!reader.name().equals(name)) {
            throw conflict("this idempotency key was given to an event of another name");
        }
        String correlationId = reader.correlationId();
        if (correlationId == null) {
            throw conflict("the request that had this idempotency key was published without a correlationId, so its"
                    + " answer cannot be told from others");
        }
        return correlationId;
    }

    private static ApiException conflict(String why) {
        return ApiException.of(ErrorType.CONFLICT, why + ": use a key of its own for each request");
    }

    /** One request that waits: the sink of a stream that is over with its first event. */
    private final class Waiting implements EventSink {
        private final PromiseInternal<Buffer> promise =
                ContextInternal.current().promise();
        private final long timer;
        private @Nullable Listening listening;
        private boolean finished;

        /** The parts of an event that is larger than a write; not larger than an event may be. */
        private final ByteArrayOutputStream parts = new ByteArrayOutputStream(0);

        Waiting(Duration timeout, String name) {
            pending++;
            timer = vertx.setTimer(
                    Math.max(1, timeout.toMillis()),
                    _ -> fail(ApiException.of(
                            ErrorType.TIMEOUT, "no " + name + " came within " + GoDuration.format(timeout))));
        }

        Future<Buffer> answer() {
            return promise.future();
        }

        /** Listens to that from now on, and to nothing else. */
        @Nullable
        Void opened(Listening stream) {
            Listening before = listening;
            listening = stream;
            parts.reset();
            if (before != null) {
                before.close();
            }
            if (finished) {
                stream.close();
            } else {
                stream.begin();
            }
            return null;
        }

        void fail(Throwable why) {
            promise.tryFail(why);
            finish();
        }

        void finish() {
            if (!finished) {
                finished = true;
                pending--;
                vertx.cancelTimer(timer);
                promise.tryFail(ApiException.of(ErrorType.UNAVAILABLE, "the connection ended before the answer came"));
                if (listening != null) {
                    listening.close();
                }
            }
        }

        @Override
        public boolean writable() {
            return !finished;
        }

        @Override
        public long waitingBytes() {
            return 0;
        }

        @Override
        public void onWritable(Runnable resume) {
            // Never full; once finished the stream is closed.
        }

        @Override
        public void write(ByteBuf framed, int events, boolean whole, Taken taken) {
            parts.writeBytes(ByteBufUtil.getBytes(framed));
            framed.release();
            if (events > 0) {
                answer(parts.toByteArray());
            }
            taken.taken(true);
        }

        private void answer(byte[] lines) {
            int end = 0;
            while (lines[end] != '\n') {
                end++;
            }
            promise.tryComplete(Buffer.buffer(end).appendBytes(lines, 0, end));
            finish();
        }

        @Override
        public void notice(String kind) {
            // The answer is all that is wanted.
        }

        @Override
        public void end(EndReason reason) {
            fail(ApiException.of(ErrorType.UNAVAILABLE, "the service is shutting down; ask again")
                    .withRetryAfter(1));
        }
    }
}
