package com.busdk.broker.http;

import com.busdk.broker.backend.Backend.Published;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.envelope.EnvelopeException;
import com.busdk.broker.envelope.EnvelopeReader;
import com.busdk.broker.envelope.EventBatch;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.IdempotencyHeader;
import com.busdk.client.http.ApiException;
import io.netty.buffer.ByteBuf;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A request that publishes one event. Its body usually comes as one chunk, which is read where it lies.
 *
 * <p>Thread: the event loop of the connection.
 */
final class SinglePublish extends BodyRoom.Body {
    /** What a stored line has beyond the body: identity, field names. A guess that saves copying; the batch grows. */
    private static final int LINE_OVERHEAD = 96;

    private final PublishHandler handler;
    private final HttpServerRequest request;
    private final Caller caller;

    /** The one chunk that came so far. */
    private @Nullable ByteBuf only;

    /** The chunks put together, where there are more. */
    private byte @Nullable [] body;

    private int length;

    private boolean failed;

    /** It counts no more among those that are under way. */
    private boolean over;

    private @Nullable EventBatch batch;

    SinglePublish(PublishHandler handler, HttpServerRequest request, Caller caller) {
        this.handler = handler;
        this.request = request;
        this.caller = caller;
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
        request.exceptionHandler(_ -> {
            failed = true;
            letGo();
            finish();
        });
    }

    private void chunk(Buffer buffer) {
        if (failed) {
            return;
        }
        ByteBuf chunk = ((BufferInternal) buffer).getByteBuf();
        int more = chunk.readableBytes();
        if (length + more > handler.maxEventBytes) {
            fail(handler.tooLarge());
            return;
        }
        try {
            if (length == 0) {
                only = chunk;
                handler.room.hold(this, more);
            } else {
                append(chunk, more);
            }
        } catch (ApiException e) {
            fail(e);
            return;
        }
        length += more;
    }

    private void append(ByteBuf chunk, int more) {
        byte[] to = body;
        if (to == null) {
            int size = Math.max(2 * length, length + more);
            handler.room.hold(this, size);
            to = new byte[size];
            if (only != null) {
                only.getBytes(only.readerIndex(), to, 0, length);
                only = null;
            }
        } else if (to.length < length + more) {
            int size = Math.max(2 * to.length, length + more);
            handler.room.hold(this, size);
            to = Arrays.copyOf(to, size);
        }
        chunk.getBytes(chunk.readerIndex(), to, length, more);
        body = to;
    }

    private void end(@Nullable Void end) {
        if (failed) {
            return;
        }
        try {
            publish();
        } catch (EnvelopeException e) {
            fail(PublishHandler.badRequest(e.getMessage()));
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void publish() throws EnvelopeException {
        caller.checkTokenHolds(handler.clock); // the body may have taken its time
        ByteBuf one = only;
        byte[] bytes = body;
        int from = 0;
        if (one != null && one.hasArray()) {
            bytes = one.array();
            from = one.arrayOffset() + one.readerIndex();
        } else if (one != null) {
            bytes = new byte[length];
            one.getBytes(one.readerIndex(), bytes);
        } else if (bytes == null) {
            bytes = new byte[0];
        }
        EnvelopeReader reader = handler.reader;
        reader.read(bytes, from, from + length, caller.publisher());
        caller.checkMayPublish(reader, handler.access);
        String key = IdempotencyHeader.of(request, reader);
        caller.takeOne();
        EventBatch event = new EventBatch(length + LINE_OVERHEAD, 1);
        reader.appendTo(event, caller.publisher(), null, key);
        batch = event;
        letGo();
        handler.backend.publish(event).onComplete(this::published);
    }

    private void published(AsyncResult<Published> result) {
        EventBatch event = batch;
        if (result.failed() || event == null) {
            fail(result.cause());
            return;
        }
        finish();
        Published published = result.result();
        handler.stats.published(published.accepted(), published.duplicates(), event.size());
        HttpServerResponse response = request.response();
        if (response.closed()) {
            return;
        }
        EventId id = handler.backend.id(published.first());
        Buffer receipt = Receipts.single(
                id,
                event.bytes(),
                event.start(0) + EventBatch.NAME_OFFSET,
                event.nameLength(0),
                published.duplicates() > 0);
        response.setStatusCode(202);
        response.putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON);
        handler.room.answer(request, receipt);
    }

    private void letGo() {
        only = null;
        body = null;
        handler.room.end(this);
    }

    private void finish() {
        if (!over) {
            over = true;
            handler.state.endPublish();
        }
    }

    @Override
    protected void late() {
        failed = true;
        letGo();
        finish();
        BodyRoom.cut(request);
    }

    private void fail(Throwable problem) {
        failed = true;
        letGo();
        finish();
        handler.failures.answer(request, problem);
    }
}
