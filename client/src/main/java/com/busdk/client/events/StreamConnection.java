package com.busdk.client.events;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One open stream: reads while the pump takes lines, stops reading while it does not, and notices silence. Lives on the
 * listening's context; it tells its owner once that it is over, after the last line was taken.
 */
final class StreamConnection {
    private final Vertx vertx;
    private final URI service;
    private final HttpClientRequest request;
    private final HttpClientResponse response;
    private final LineSplitter splitter;
    private final LinePump pump;
    private final Owner owner;
    private final long silenceNanos;
    private final long watchMillis;
    private long watch;
    private long heardAt = System.nanoTime();
    private boolean paused;
    private boolean pumping;
    private boolean pumpAgain;
    private boolean over;
    private @Nullable End end;

    StreamConnection(
            HttpCalls calls, HttpClientRequest request, HttpClientResponse response, LinePump pump, Owner owner) {
        this.vertx = calls.vertx();
        this.service = calls.collection();
        this.request = request;
        this.response = response;
        this.splitter = new LineSplitter(calls.options().maxLineBytes());
        this.pump = pump;
        this.owner = owner;
        Duration heartbeat = calls.options().heartbeat();
        this.silenceNanos = heartbeat.toNanos() * 5 / 2;
        this.watchMillis = Math.max(1, heartbeat.toMillis() / 2);
    }

    /** Begins to read. Called in the answer's own callback. */
    void begin() {
        watch = vertx.setPeriodic(watchMillis, timer -> checkSilence());
        response.exceptionHandler(cause -> ended(new End(UnreachableException.lost(service, cause))));
        response.endHandler(ignored -> ended(new End(null)));
        response.handler(this::read);
    }

    /** The pump can take more. */
    void ready() {
        if (pumping) {
            pumpAgain = true;
            return;
        }
        boolean wantsMore;
        pumping = true;
        try {
            do {
                pumpAgain = false;
                wantsMore = pump.pump(splitter, owner);
            } while (pumpAgain && !over);
        } catch (LineSplitter.LineTooLongException e) {
            owner.failed(e);
            return;
        } finally {
            pumping = false;
        }
        if (!over) {
            next(wantsMore);
        }
    }

    /** Ends it without a word to the owner. */
    void cut() {
        over = true;
        vertx.cancelTimer(watch);
        request.reset();
    }

    private void read(Buffer chunk) {
        if (over) {
            return;
        }
        heardAt = System.nanoTime();
        owner.heard();
        splitter.feed(chunk);
        ready();
    }

    private void next(boolean wantsMore) {
        if (end != null) {
            if (wantsMore) {
                finish(end);
            }
        } else if (wantsMore && paused) {
            paused = false;
            heardAt = System.nanoTime();
            response.resume();
        } else if (!wantsMore && !paused) {
            paused = true;
            response.pause();
        }
    }

    private void ended(End how) {
        if (over || end != null) {
            return;
        }
        end = how;
        if (how.cause() != null && owner.losesLeasesWithConnection()) {
            finish(how); // what was read but not begun goes to another consumer
        } else {
            ready();
        }
    }

    private void finish(End how) {
        over = true;
        vertx.cancelTimer(watch);
        owner.over(how.cause());
    }

    private void checkSilence() {
        if (over || paused || end != null || System.nanoTime() - heardAt < silenceNanos) {
            return;
        }
        ended(new End(UnreachableException.lost(
                service, new TimeoutException("nothing came for two and a half heartbeats"))));
        request.reset();
    }

    /** How the stream ended: with a cause it was lost. */
    private record End(@Nullable Throwable cause) {}

    /** The listening, as its connection sees it. On the context. */
    interface Owner extends LinePump.Owner {
        /** Something came. */
        void heard();

        /** The connection is gone and its lines are taken; no cause if the service ended the stream. */
        void over(@Nullable Throwable cause);

        /** Whether lines that were read have no lease any more once the connection is lost. */
        boolean losesLeasesWithConnection();
    }
}
