package com.busdk.client.events;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.streams.ReadStream;
import java.util.Iterator;

/** A stream of what an iterator gives, on one context, with pause and resume. */
final class IteratorStream<T> implements ReadStream<T> {
    private final Context context;
    private final Iterator<T> items;
    private Handler<T> handler = item -> {};
    private Handler<Void> endHandler = end -> {};
    private long demand = Long.MAX_VALUE;
    private boolean ended;

    IteratorStream(Vertx vertx, Iterator<T> items) {
        this.context = vertx.getOrCreateContext();
        this.items = items;
    }

    private void run() {
        while (demand > 0 && items.hasNext()) {
            if (demand != Long.MAX_VALUE) {
                demand--;
            }
            handler.handle(items.next());
        }
        if (demand > 0 && !ended) {
            ended = true;
            endHandler.handle(null);
        }
    }

    @Override
    public ReadStream<T> exceptionHandler(Handler<Throwable> unused) {
        return this;
    }

    @Override
    public ReadStream<T> handler(Handler<T> items) {
        this.handler = items;
        return this;
    }

    @Override
    public ReadStream<T> pause() {
        demand = 0;
        return this;
    }

    @Override
    public ReadStream<T> resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public ReadStream<T> fetch(long amount) {
        demand = amount;
        context.runOnContext(ignored -> run());
        return this;
    }

    @Override
    public ReadStream<T> endHandler(Handler<Void> end) {
        this.endHandler = end;
        return this;
    }
}
