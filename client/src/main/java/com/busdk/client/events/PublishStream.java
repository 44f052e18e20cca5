package com.busdk.client.events;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes any number of events in one request, a line each. What is written is gathered into larger writes; a write's
 * future tells when to go on, so that memory stays bounded whatever the service's speed.
 *
 * <pre>{@code
 * client.openPublishStream().compose(stream -> stream.write(first)
 *         .compose(written -> stream.write(second))
 *         .compose(written -> stream.end()));
 * }</pre>
 *
 * <p>Methods may be called on any thread, one call after the other; the state lives on the context that opened it.
 */
public final class PublishStream {
    /** One write per line is tens of times slower; beyond this a larger write gains little. */
    private static final int GATHER_BYTES = 32 * 1024;

    /** Most bytes that wait for the socket before writing has to wait. */
    private static final int QUEUE_BYTES = 256 * 1024;

    private final HttpCalls calls;
    private final Context context;
    private final HttpClientRequest request;
    private final Promise<BatchReceipt> receipt = Promise.promise();

    // On the context only.
    private Buffer gathered = Buffer.buffer(GATHER_BYTES);
    private boolean flushScheduled;
    private @Nullable Promise<Void> drained;
    private @Nullable Throwable failure;
    private boolean ended;

    PublishStream(HttpCalls calls, Context context, HttpClientRequest request) {
        this.calls = calls;
        this.context = context;
        this.request = request;
    }

    void begin() {
        request.setChunked(true).setWriteQueueMaxSize(QUEUE_BYTES);
        request.exceptionHandler(this::lost);
        request.drainHandler(ignored -> drained());
        request.response().onSuccess(this::answered).onFailure(this::lost);
    }

    /**
     * Writes an event.
     *
     * @param event the event
     * @return completes when more may be written; fails if the service refused an event or was lost, as {@link #end}
     *     does too
     */
    public Future<Void> write(Envelope event) {
        byte[] json = event.toJsonBytes();
        return onContext(() -> append(json));
    }

    /**
     * Writes lines as they are.
     *
     * @param lines whole lines, each an envelope and a line break
     * @return as {@link #write}
     */
    public Future<Void> writeLines(Buffer lines) {
        return onContext(() -> append(lines));
    }

    /**
     * Ends the stream of events.
     *
     * @return what was published; fails with an {@link ApiException} whose {@code line} and {@code count} say where it
     *     stopped, if the service refused an event
     */
    public Future<BatchReceipt> end() {
        onContext(() -> {
            if (!ended && failure == null) {
                ended = true;
                flush();
                request.end();
                long timer =
                        calls.vertx().setTimer(calls.options().requestTimeout().toMillis(), ignored -> timedOut());
                receipt.future().onComplete(ignored -> calls.vertx().cancelTimer(timer));
            }
            return Future.succeededFuture();
        });
        return receipt.future();
    }

    /**
     * What became of it, also before {@link #end}: fails as soon as the service refuses an event.
     *
     * @return what was published
     */
    public Future<BatchReceipt> receipt() {
        return receipt.future();
    }

    /** Gives up: closes the connection. What the service has read by then may be published or not. */
    public void abort() {
        onContext(() -> {
            fail(UnreachableException.lost(calls.collection(), new TimeoutException("given up")));
            return Future.succeededFuture();
        });
    }

    private Future<Void> append(byte[] json) {
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        gathered.appendBytes(json).appendByte((byte) '\n');
        return afterAppend();
    }

    private Future<Void> append(Buffer lines) {
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        if (lines.length() >= GATHER_BYTES) {
            flush();
            request.write(lines);
            return room();
        }
        gathered.appendBuffer(lines);
        return afterAppend();
    }

    private Future<Void> afterAppend() {
        if (ended) {
            return Future.failedFuture(new IllegalStateException("the stream of events was ended before"));
        }
        if (gathered.length() >= GATHER_BYTES) {
            flush();
        } else if (!flushScheduled) {
            flushScheduled = true;
            // Whatever is written until the event loop gets to this goes along in the same write.
            context.runOnContext(ignored -> {
                flushScheduled = false;
                flush();
            });
        }
        return room();
    }

    private void flush() {
        if (gathered.length() > 0 && failure == null) {
            request.write(gathered);
            gathered = Buffer.buffer(GATHER_BYTES);
        }
    }

    private Future<Void> room() {
        if (!request.writeQueueFull()) {
            return Future.succeededFuture();
        }
        Promise<Void> waiting = drained;
        if (waiting == null) {
            waiting = Promise.promise();
            drained = waiting;
        }
        return waiting.future();
    }

    private void drained() {
        Promise<Void> waiting = drained;
        drained = null;
        if (waiting != null) {
            waiting.complete();
        }
    }

    private void answered(HttpClientResponse response) {
        if (response.statusCode() / 100 != 2) {
            calls.error(response).onComplete(e -> fail(e.succeeded() ? e.result() : e.cause()));
            return;
        }
        BoundedBody.read(response, HttpCalls.MAX_RECEIPT_BYTES, false)
                .recover(calls::lost)
                .compose(HttpCalls::tree)
                .onSuccess(answer -> receipt.tryComplete(Receipts.batch(answer)))
                .onFailure(this::fail);
    }

    private void timedOut() {
        fail(ApiException.of(
                ErrorType.TIMEOUT, "no answer in time; some of the events may have been published all the same"));
    }

    private void lost(Throwable cause) {
        calls.lost(cause).onFailure(this::fail);
    }

    private void fail(Throwable cause) {
        if (failure != null || receipt.future().isComplete()) {
            return;
        }
        failure = cause;
        receipt.tryFail(cause);
        Promise<Void> waiting = drained;
        drained = null;
        if (waiting != null) {
            waiting.fail(cause);
        }
        // An answer before the end means that the service reads no further. A reset would leave the connection open
        // then.
        request.connection().close();
    }

    private Future<Void> onContext(Action action) {
        if (Contexts.isCurrent(context)) {
            return action.run();
        }
        Promise<Void> done = Promise.promise();
        context.runOnContext(ignored -> action.run().onComplete(done));
        return done.future();
    }

    @FunctionalInterface
    private interface Action {
        Future<Void> run();
    }
}
