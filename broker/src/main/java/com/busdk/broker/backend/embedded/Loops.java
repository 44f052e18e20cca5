package com.busdk.broker.backend.embedded;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.Collection;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The event loops that have to do with the hub, one {@link Loop} each, made when a loop first calls.
 *
 * <p>Threads: {@link #current} on an event loop; {@link #headMoved} on the writer.
 */
final class Loops {
    private final CopyOnWriteArrayList<Loop> all = new CopyOnWriteArrayList<>();
    private final Function<EventLoop, Loop> maker;
    private final FastThreadLocal<@Nullable Loop> ofThread = new FastThreadLocal<>();

    /** @param maker makes the loop's side of the hub; called on that loop */
    Loops(Function<EventLoop, Loop> maker) {
        this.maker = maker;
    }

    /** The loop that this code runs on. */
    Loop current() {
        Loop known = ofThread.get();
        if (known != null) {
            return known;
        }
        Context context = Vertx.currentContext();
        if (context == null || !context.isEventLoopContext() || !Context.isOnEventLoopThread()) {
            throw new IllegalStateException("the hub is called on event loops only");
        }
        Loop made = maker.apply(((ContextInternal) context).nettyEventLoop());
        ofThread.set(made);
        all.add(made);
        return made;
    }

    Collection<Loop> all() {
        return all;
    }

    /** Writer: wakes the loops that wait for answers or have someone listening. */
    void headMoved() {
        for (Loop loop : all) {
            loop.wakeIfConcerned();
        }
    }
}
