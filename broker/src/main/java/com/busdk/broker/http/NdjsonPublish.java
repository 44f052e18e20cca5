package com.busdk.broker.http;

import com.busdk.broker.backend.Backend.Published;
import com.busdk.broker.envelope.EnvelopeException;
import com.busdk.broker.envelope.EnvelopeReader;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.client.http.ApiException;
import io.netty.buffer.ByteBuf;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A request that publishes a stream of envelopes, a line each.
 *
 * <p>The lines of a chunk are read where they lie and gathered into a batch. One batch at a time is on its way to the log,
 * while the next is being filled; when that is full too, the connection is not read any more. So memory is bounded
 * whatever the body, and when a batch fails nothing behind it has been stored: the count that is answered is exact. A
 * body may stay open for longer than its token holds, so that is looked at before each batch.
 *
 * <p>Thread: the event loop of the connection.
 */
final class NdjsonPublish extends BodyRoom.Body implements LineTurns.Stream {
    private static final int FIRST_BATCH_BYTES = 16 << 10;
    private static final int EXPECTED_EVENT_BYTES = 200;
    private static final byte[] NOTHING = {};

    private final PublishHandler handler;
    private final HttpServerRequest request;
    private final Caller caller;
    private final BodyTap tap;

    /** The beginning of a line whose end has not come yet. */
    private byte[] rest = NOTHING;

    private int restLength;

    private @Nullable EventBatch filling;
    private boolean flying;
    private int flyingBytes;
    /** No more is taken until the batch has left. */
    private boolean full;

    /** All streams together have no room. */
    private boolean held;

    private boolean ended;
    private boolean over;

    /** The batch that is filled waits for its turn. */
    private boolean waiting;

    private @Nullable ApiException problem;
    private int lastBatchBytes = FIRST_BATCH_BYTES;

    /** The line that was read last; the first one is 1. */
    private long line;

    /** The first line of each batch. */
    private long fillingLine;

    private long flyingLine;

    /** What the streams' common account has for this one. */
    private long accounted;

    private long durable;
    private long firstSequence;
    private long lastSequence;

    NdjsonPublish(PublishHandler handler, HttpServerRequest request, Caller caller) {
        this.handler = handler;
        this.request = request;
        this.caller = caller;
        this.tap = new BodyTap(request);
    }

    void begin() {
        try {
            handler.room.begin(this, request);
        } catch (ApiException e) {
            handler.state.endPublish();
            throw e;
        }
        request.handler(this::chunk);
        request.endHandler(this::end);
        request.exceptionHandler(_ -> finish());
        handler.turns.begun(this);
    }

    private void chunk(Buffer buffer) {
        if (over || problem != null) {
            return;
        }
        ByteBuf chunk = ((BufferInternal) buffer).getByteBuf();
        int length = chunk.readableBytes();
        byte[] bytes;
        int from = 0;
        if (chunk.hasArray()) {
            bytes = chunk.array();
            from = chunk.arrayOffset() + chunk.readerIndex();
        } else {
            bytes = new byte[length];
            chunk.getBytes(chunk.readerIndex(), bytes);
        }
        long before = line;
        try {
            lines(bytes, from, from + length);
        } catch (EnvelopeException e) {
            stopAt(PublishHandler.badRequest(e.getMessage()));
        } catch (ApiException e) {
            stopAt(e);
        } catch (RuntimeException e) {
            giveUp(e);
        }
        if (line > before) {
            handler.room.goesOn(this);
        }
        send();
        EventBatch next = filling;
        if (next != null && next.size() >= handler.turns.fullBatch()) {
            full = true;
            flow();
        }
        account();
    }

    /** Tells how much is held now. */
    private void account() {
        EventBatch batch = filling;
        long now = over || batch == null ? 0 : batch.memoryBytes();
        if (now != accounted) {
            long change = now - accounted;
            accounted = now;
            handler.turns.gathered(change);
        }
    }

    private void lines(byte[] bytes, int from, int to) throws EnvelopeException {
        int at = from;
        if (restLength > 0) {
            int end = Lines.end(bytes, at, to);
            keep(bytes, at, end);
            if (end == to) {
                return;
            }
            byte[] whole = rest;
            int length = restLength;
            letGoOfRest();
            line(whole, 0, length);
            at = end + 1;
        }
        while (at < to) {
            int end = Lines.end(bytes, at, to);
            if (end == to) {
                keep(bytes, at, to);
                return;
            }
            line(bytes, at, end);
            at = end + 1;
        }
    }

    private void takeRoom(int bytes) {
        try {
            handler.room.hold(this, bytes);
        } catch (ApiException e) {
            line++;
            throw e;
        }
    }

    /** Its memory is not kept for the next one: who sends many lines at once leaves few of them in pieces. */
    private void letGoOfRest() {
        rest = NOTHING;
        restLength = 0;
        handler.room.hold(this, 0);
    }

    /** Keeps a part of a line until its end comes. */
    private void keep(byte[] bytes, int from, int to) {
        int more = to - from;
        // One byte beyond the limit may be the carriage return of a line end.
        if (restLength + more > handler.maxEventBytes + 1) {
            line++;
            throw handler.tooLarge();
        }
        if (rest.length < restLength + more) {
            int length = Math.max(restLength + more, Math.min(2 * rest.length, handler.maxEventBytes + 1));
            takeRoom(length);
            rest = Arrays.copyOf(rest, length);
        }
        System.arraycopy(bytes, from, rest, restLength, more);
        restLength += more;
    }

    private void line(byte[] bytes, int from, int to) throws EnvelopeException {
        line++;
        int end = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
        if (Lines.isBlank(bytes, from, end)) {
            return;
        }
        if (end - from > handler.maxEventBytes) {
            throw handler.tooLarge();
        }
        EnvelopeReader reader = handler.reader;
        reader.read(bytes, from, end, caller.publisher());
        caller.checkMayPublish(reader, handler.access);
        caller.takeOne();
        EventBatch batch = filling;
        if (batch == null) {
            int expected = handler.turns.roomFor(lastBatchBytes);
            batch = new EventBatch(expected, expected / EXPECTED_EVENT_BYTES);
            filling = batch;
            fillingLine = line;
        }
        reader.appendTo(batch, caller.publisher());
    }

    private void stopAt(ApiException error) {
        problem = error;
        flow();
    }

    /** Lets the body flow while there is room, and while it is wanted. */
    private void flow() {
        tap.set(over || ended || !full && !held && problem == null, ended && !over);
    }

    @Override
    public void hold() {
        held = true;
        flow();
    }

    @Override
    public void release() {
        held = false;
        flow();
    }

    /** Sends what has been gathered, unless a batch is on its way; answers when there is nothing more to come. */
    private void send() {
        if (flying || waiting || over) {
            return;
        }
        EventBatch batch = filling;
        if (batch != null) {
            try {
                caller.checkTokenHolds(handler.clock);
            } catch (ApiException e) {
                giveUp(e.withLine(fillingLine, durable));
                return;
            }
            if (!handler.turns.takeOff(this, batch.size())) {
                waiting = true;
                return;
            }
            filling = null;
            flying = true;
            flyingLine = fillingLine;
            flyingBytes = batch.size();
            lastBatchBytes = flyingBytes;
            account();
            handler.backend.publish(batch).onComplete(this::published);
        } else if (problem != null) {
            finish();
            handler.failures.answer(request, problem.withLine(line, durable));
        } else if (ended) {
            finish();
            answer();
        }
    }

    /** The batch that waited may go now, and the next one may be filled. */
    @Override
    public void turn() {
        waiting = false;
        goOn();
    }

    /** A batch may leave, and with that there may be room for the next. */
    private void goOn() {
        send();
        EventBatch batch = filling;
        if (batch == null || batch.size() < handler.turns.fullBatch()) {
            full = false;
        }
        flow();
    }

    private void finish() {
        if (!over) {
            over = true;
            account();
            rest = NOTHING;
            handler.room.end(this);
            handler.turns.ended(this);
            flow();
            handler.state.endPublish();
        }
    }

    private void published(AsyncResult<Published> result) {
        flying = false;
        handler.turns.landed(flyingBytes);
        if (result.failed()) {
            failed(result.cause());
            return;
        }
        Published published = result.result();
        handler.stats.published(published.accepted(), published.duplicates(), flyingBytes);
        if (durable == 0) {
            firstSequence = published.first();
        }
        durable += (long) published.accepted() + published.duplicates();
        lastSequence = published.last();
        goOn();
    }

    /** The batch was not stored: what was read behind it is not sent any more. */
    private void failed(Throwable cause) {
        if (!over) {
            giveUp(cause instanceof ApiException error ? error.withLine(flyingLine, durable) : cause);
        }
    }

    private void giveUp(Throwable cause) {
        finish();
        filling = null;
        handler.failures.answer(request, cause);
    }

    @Override
    protected void late() {
        if (full || held || flying || waiting || problem != null) {
            handler.room.goesOn(this); // it was kept waiting
            return;
        }
        finish();
        filling = null;
        BodyRoom.cut(request);
    }

    private void end(@Nullable Void end) {
        if (over || problem != null) {
            return;
        }
        ended = true;
        handler.room.end(this);
        flow();
        if (restLength > 0) {
            try {
                line(rest, 0, restLength);
            } catch (EnvelopeException e) {
                problem = PublishHandler.badRequest(e.getMessage());
            } catch (ApiException e) {
                problem = e;
            } catch (RuntimeException e) {
                giveUp(e);
            }
        }
        send();
    }

    private void answer() {
        String first = durable == 0 ? "" : handler.backend.id(firstSequence).toString();
        String last = durable == 0 ? "" : handler.backend.id(lastSequence).toString();
        var _ = Answers.json(handler.room, request, 202, Receipts.many(durable, first, last));
    }
}
