package com.busdk.broker.http.stream;

import com.busdk.broker.backend.Backend.EndReason;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.EventSink;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.client.identity.Identity;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stream's response, as the hub writes to it and the sweep looks after it.
 *
 * <p>Thread: the event loop of its connection.
 */
final class StreamSink implements EventSink {
    /** What may wait in this process for one stream's socket before it counts as full. */
    private static final int WRITE_QUEUE_BYTES = 64 << 10;

    /** How long before its token's end a stream says so: time to get another one and to reconnect. */
    private static final long EXPIRY_NOTICE_SECONDS = 60;

    private static final Buffer EMPTY_LINE = Buffer.buffer("\n");
    private static final Buffer SSE_COMMENT = Buffer.buffer(":\n\n");

    private final HttpServerResponse response;
    private final StreamRequest request;
    private final Identity identity;
    private final StreamStats stats;
    private final Runnable onGone;

    /** Ends the connection, or its stream, without waiting for a peer that takes nothing. */
    private Runnable cut;

    private @Nullable Listening listening;
    private @Nullable Runnable resume;
    private long waitingBytes;

    /** In the middle of an event: what else there is to say waits for its end. */
    private boolean midEvent;

    /** Notices that wait for it, each kind once. */
    private final Set<String> heldNotices = new LinkedHashSet<>();

    /** Why the stream is over with that event. */
    private @Nullable EndReason ending;

    private boolean gone;

    /** All has been written, and the end waits for the peer. */
    private boolean endWaits;

    private boolean wroteSinceSweep;
    private boolean expiryTold;

    /** The hub has been told to come to an end. */
    private boolean expired;

    private long silentSince;

    /** Since when something has waited of which the peer has taken nothing, as the sweep saw it; -1 for not. */
    private long stuckSince = -1;

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
        this.cut = response::reset;
        this.openedSecond = openedSecond;
        this.silentSince = StreamSweep.upMillis();
        response.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
    }

    /** The hub's side is open, and the head of the response written. */
    void opened(Listening stream) {
        listening = stream;
    }

    /** How a peer that takes nothing is cut off. */
    void cutBy(Runnable how) {
        cut = how;
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
        return !gone && !endWaits && !response.writeQueueFull();
    }

    @Override
    public long waitingBytes() {
        return waitingBytes;
    }

    @Override
    public void onWritable(Runnable again) {
        if (gone || endWaits) {
            return;
        }
        resume = again;
        response.drainHandler(_ -> resume());
    }

    private void resume() {
        Runnable waiting = resume;
        resume = null;
        if (waiting != null && !gone) {
            waiting.run();
        }
    }

    @Override
    public void write(ByteBuf framed, int events, boolean whole, Taken taken) {
        if (gone || endWaits) {
            framed.release();
            taken.taken(false);
            return;
        }
        int length = framed.readableBytes();
        waitingBytes += length;
        midEvent = !whole;
        wroteSinceSweep = true;
        stats.delivered(events, length);
        response.write(BufferInternal.buffer(framed)).onComplete(done -> {
            // Vert.x releases no buffer but its own: this one goes back when the socket has it, or never will.
            framed.release();
            waitingBytes -= length;
            stuckSince = -1;
            taken.taken(done.succeeded());
            if (done.failed() && !gone) {
                // The connection may live on, as where there was no memory for this one: its stream has a hole.
                response.reset();
                gone();
                return;
            }
            resume();
        });
        if (whole) {
            sayWhatWasHeld();
        }
    }

    private void sayWhatWasHeld() {
        if (!heldNotices.isEmpty()) {
            List<String> held = List.copyOf(heldNotices);
            heldNotices.clear();
            held.forEach(this::notice);
        }
        if (ending != null) {
            end(ending);
        }
    }

    @Override
    public void notice(String kind) {
        if (gone || !request.notices()) {
            return;
        }
        if (midEvent) {
            heldNotices.add(kind);
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
        if (midEvent && reason != EndReason.FAILED) {
            ending = reason;
            return;
        }
        if (reason == EndReason.CLOSING) {
            notice("closing");
        } else if (expired && reason == EndReason.COMPLETE) {
            notice("token_expired");
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
        resume = null;
        if (listening != null) {
            listening.close();
        }
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
        if (waitingBytes > 0 || response.writeQueueFull()) {
            lookAtStall(upMillis, stallMillis);
            return;
        }
        stuckSince = -1;
        if (endWaits) {
            return;
        }
        if (wroteSinceSweep) {
            wroteSinceSweep = false;
            silentSince = upMillis;
        } else if (!midEvent
                && !request.heartbeat().isZero()
                && upMillis - silentSince >= request.heartbeat().toMillis()) {
            silentSince = upMillis;
            response.write(request.listen().framing() == Framing.SSE ? SSE_COMMENT : EMPTY_LINE);
        }
    }

    private void lookAtToken(long second) {
        if (!expiryTold && second >= identity.expiresAt() - EXPIRY_NOTICE_SECONDS) {
            expiryTold = true;
            notice("token_expiring");
        }
        // A token that was taken within the leeway has that to the end; every other ends when it says.
        long end = openedLate() ? identity.expiresAt() + Identity.LEEWAY_SECONDS : identity.expiresAt();
        if (second >= end && !expired && listening != null) {
            expired = true;
            try {
                listening.end();
            } catch (RuntimeException | Error e) {
                expired = false; // with the next sweep
                throw e;
            }
        }
    }

    private boolean openedLate() {
        return openedSecond >= identity.expiresAt();
    }

    /**
     * Closed when the peer has taken nothing of what waits for too long. What is written at once is small enough that one
     * who takes something is through with a write now and then, though its queue may be full all the time.
     */
    private void lookAtStall(long upMillis, long stallMillis) {
        if (stuckSince < 0) {
            stuckSince = upMillis;
        } else if (upMillis - stuckSince >= stallMillis) {
            stats.stalled();
            cut.run();
            gone();
        }
    }
}
