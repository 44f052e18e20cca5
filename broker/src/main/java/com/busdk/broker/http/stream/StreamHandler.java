package com.busdk.broker.http.stream;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.ListenRequest.Framing;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.broker.http.exchange.Query;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Opens streams.
 *
 * <p>Thread: one instance for each event loop, used on it alone; the count of streams by identity is shared.
 */
public final class StreamHandler implements HttpHandler {
    private static final CharSequence NDJSON = HttpHeaders.createOptimized("application/x-ndjson");
    private static final CharSequence SSE = HttpHeaders.createOptimized("text/event-stream");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence ACCEL = HttpHeaders.createOptimized("X-Accel-Buffering");
    private static final CharSequence NO = HttpHeaders.createOptimized("no");

    /** Streams of each identity; shared by the handlers of one service, holds only identities that have one. */
    public static final class Counts {
        private final Map<String, Integer> open = new ConcurrentHashMap<>();

        private boolean take(String subject, int most) {
            return open.merge(subject, 1, Integer::sum) <= most;
        }

        private void give(String subject) {
            open.merge(subject, -1, (before, less) -> before + less == 0 ? null : Integer.valueOf(before + less));
        }
    }

    private final Backend backend;
    private final EventAccess access;
    private final StreamLimits limits;
    private final StreamStats stats;
    private final Counts counts;
    private final InstantSource clock;
    private final StreamSweep sweep;

    public StreamHandler(
            Vertx vertx,
            Backend backend,
            EventAccess access,
            StreamLimits limits,
            StreamStats stats,
            Counts counts,
            InstantSource clock) {
        this.backend = backend;
        this.access = access;
        this.limits = limits;
        this.stats = stats;
        this.counts = counts;
        this.clock = clock;
        this.sweep = new StreamSweep(vertx, limits.stallTimeout().toMillis(), clock);
    }

    @Override
    public Future<Void> handle(HttpServerRequest http, Identity identity) {
        Framing framing = Accept.of(http.headers().getAll(HttpHeaders.ACCEPT));
        StreamRequest request = StreamRequest.of(
                Query.parse(http.query()), http.getHeader("Last-Event-ID"), framing, identity, access, limits, clock);
        String subject = identity.subject();
        if (!counts.take(subject, limits.maxPerIdentity())) {
            counts.give(subject);
            throw ApiException.of(
                            ErrorType.RATE_LIMITED,
                            "this identity has " + limits.maxPerIdentity() + " streams open; close some first")
                    .withRetryAfter(1);
        }
        stats.opened();
        HttpServerResponse response = http.response();
        StreamSink sink = new StreamSink(response, request, identity, stats, clock.millis() / 1000, () -> {
            stats.closed();
            counts.give(subject);
        });
        sink.cutBy(() -> BodyRoom.cut(http));
        response.closeHandler(_ -> sink.gone());
        response.exceptionHandler(_ -> sink.gone());
        return backend.listen(request.listen(), sink)
                .onFailure(_ -> sink.gone())
                .map(listening -> begin(response, framing, sink, listening));
    }

    private @Nullable Void begin(HttpServerResponse response, Framing framing, StreamSink sink, Listening listening) {
        sink.opened(listening);
        if (sink.isGone()) {
            listening.close(); // the connection ended while the stream was being opened
            return null;
        }
        response.setChunked(true);
        response.putHeader(HttpHeaders.CONTENT_TYPE, framing == Framing.SSE ? SSE : NDJSON);
        response.putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE);
        response.putHeader(ACCEL, NO);
        if (listening.truncated()) {
            response.putHeader("Bus-Replay-Truncated", "true");
        }
        response.writeHead();
        sweep.add(sink);
        if (listening.truncated()) {
            sink.notice("truncated");
        }
        listening.begin();
        return null;
    }
}
