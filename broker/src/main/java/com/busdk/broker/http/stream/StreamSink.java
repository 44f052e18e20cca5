package com.busdk.broker.http.stream;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.client.identity.Identity;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import org.jspecify.annotations.Nullable;

/**
 * A stream's response, as the hub writes to it and the sweep looks after it.
 *
 * <p>Thread: the event loop of its connection.
 */
final class StreamSink implements EventSink {
    /** What may wait in this process for one stream's socket before it counts as full. */
    private static final int WRITE_QUEUE_BYTES = 64 << 10;

    private static final Buffer EMPTY_LINE = Buffer.buffer("\n");
    private static final Buffer SSE_COMMENT = Buffer.buffer(":\n\n");

    private final HttpServerResponse response;
    private final StreamRequest request;
    private final Identity identity;
    private final StreamStats stats;
    private final Runnable onGone;
    private @Nullable Listening listening;
    private @Nullable Runnable resume;
    private boolean gone;

    /** All has been written, and the end waits for the peer. */
    private boolean endWaits;

    private boolean wroteSinceSweep;
    private boolean expiryTold;
    private long silentSince;
    private long fullSince = -1;
    private final long openedSecond;

    StreamSink(
            HttpServerResponse response,
            StreamRequest request,
            Identity identity,
            StreamStats stats,
            long openedSecond,
            Runnable onGone) {
        this.response = response;
        this.request = request;
        this.identity = identity;
        this.stats = stats;
        this.onGone = onGone;
        this.openedSecond = openedSecond;
        this.silentSince = StreamSweep.upMillis();
        response.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
    }

    /** The hub's side is open, and the head of the response written. */
    void opened(Listening stream) {
        listening = stream;
    }

    boolean isGone() {
        return gone;
    }

    /** The connection has ended, or the stream has: nothing is written any more. Harmless when repeated. */
    void gone() {
        if (gone) {
            return;
        }
        gone = true;
        resume = null;
        if (listening != null) {
            listening.close();
        }
        onGone.run();
    }

    @Override
    public boolean writable() {
        return !gone && !response.writeQueueFull();
    }

    @Override
    public void onWritable(Runnable again) {
        if (gone) {
            return;
        }
        resume = again;
        response.drainHandler(_ -> {
            fullSince = -1;
            Runnable waiting = resume;
            resume = null;
            if (waiting != null && !gone) {
                waiting.run();
            }
        });
    }

    @Override
    public void write(ByteBuf framed, int events) {
        if (gone) {
            framed.release();
            return;
        }
        send(framed, events);
    }

    @Override
    public void write(ByteBuf framed, int events, Taken taken) {
        if (gone) {
            framed.release();
            taken.taken(false);
            return;
        }
        send(framed, events).onComplete(done -> taken.taken(done.succeeded()));
    }

    private Future<Void> send(ByteBuf framed, int events) {
        wroteSinceSweep = true;
        stats.delivered(events, framed.readableBytes());
        // Vert.x releases no buffer but its own: this one goes back when the socket has it, or never will.
        return response.write(BufferInternal.buffer(framed)).onComplete(_ -> framed.release());
    }

    @Override
    public void notice(String kind) {
        if (gone || !request.notices()) {
            return;
        }
        wroteSinceSweep = true;
        String line = "{\"notice\":\"" + kind + "\"}\n";
        response.write(request.listen().framing() == Framing.SSE ? "event: " + kind + "\ndata: " + line + "\n" : line);
    }

    @Override
    public void end(EndReason reason) {
        if (gone || endWaits) {
            return;
        }
        if (reason == EndReason.CLOSING) {
            notice("closing");
        }
        if (reason == EndReason.FAILED) {
            // An orderly end would look like a complete history.
            response.reset();
            gone();
        } else {
            endWhenTaken();
        }
    }

    /**
     * Not before the peer has taken most of what was written before: until then no further request of its connection is
     * looked at, so that who asks for one history after the other without reading is not answered any more.
     */
    private void endWhenTaken() {
        endWaits = true;
        if (!response.writeQueueFull()) {
            response.end();
            gone();
            return;
        }
        response.drainHandler(_ -> {
            if (!gone) {
                response.end();
                gone();
            }
        });
    }

    /**
     * From the sweep: heartbeats, expiry, stalls.
     *
     * @param upMillis a clock that only goes forward
     * @param epochSecond the time of day, for the token
     */
    void sweep(long upMillis, long epochSecond, long stallMillis) {
        if (gone) {
            return;
        }
        lookAtToken(epochSecond);
        if (gone) {
            return;
        }
        if (response.writeQueueFull()) {
            lookAtStall(upMillis, stallMillis);
            return;
        }
        fullSince = -1;
        if (endWaits) {
            return;
        }
        if (wroteSinceSweep) {
            wroteSinceSweep = false;
            silentSince = upMillis;
        } else if (!request.heartbeat().isZero()
                && upMillis - silentSince >= request.heartbeat().toMillis()) {
            silentSince = upMillis;
            response.write(request.listen().framing() == Framing.SSE ? SSE_COMMENT : EMPTY_LINE);
        }
    }

    private void lookAtToken(long second) {
        if (!expiryTold && second >= identity.expiresAt() - 60) {
            expiryTold = true;
            notice("token_expiring");
        }
        // A token that was taken within the leeway has that to the end; every other ends when it says.
        long end = openedLate() ? identity.expiresAt() + Identity.LEEWAY_SECONDS : identity.expiresAt();
        if (second >= end) {
            notice("token_expired");
            end(EndReason.COMPLETE);
        }
    }

    private boolean openedLate() {
        return openedSecond >= identity.expiresAt();
    }

    /** Full: closed when the peer has taken nothing for too long. A peer that takes something drains the queue. */
    private void lookAtStall(long upMillis, long stallMillis) {
        if (fullSince < 0) {
            fullSince = upMillis;
        } else if (upMillis - fullSince >= stallMillis) {
            stats.stalled();
            response.reset();
            gone();
        }
    }
}
