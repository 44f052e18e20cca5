package com.busdk.client.events;

import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Asks a {@link TokenSource} without blocking an event loop. Streams and refused requests ask anew; other requests share
 * an answer for a moment, so that publishing fast does not read a file for each event. Any thread.
 */
final class TokenGate {
    /** How long requests share a token: short beside a token's life, long beside a request. */
    private static final long SHARED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Vertx vertx;
    private final TokenSource source;
    private final AtomicReference<@Nullable Cached> cached = new AtomicReference<>();

    TokenGate(Vertx vertx, TokenSource source) {
        this.vertx = vertx;
        this.source = source;
    }

    /** A token that is at most a second old, or being renewed by another request at this moment. */
    Future<String> current() {
        if (!source.mayBlock()) {
            return direct();
        }
        Cached last = cached.get();
        if (last != null) {
            long now = System.nanoTime();
            boolean recent = now - last.at() < SHARED_NANOS;
            if (recent || !cached.compareAndSet(last, new Cached(last.token(), now))) {
                return Future.succeededFuture(last.token());
            }
        }
        return fresh();
    }

    /** The token as the source has it now. */
    Future<String> fresh() {
        if (!source.mayBlock()) {
            return direct();
        }
        Future<String> asked = vertx.executeBlocking(source::token, false);
        return asked.map(token -> {
            cached.set(new Cached(token, System.nanoTime()));
            return token;
        });
    }

    private Future<String> direct() {
        try {
            return Future.succeededFuture(source.token());
        } catch (TokenException e) {
            return Future.failedFuture(e);
        }
    }

    private record Cached(String token, long at) {}
}
