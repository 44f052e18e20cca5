package com.busdk.broker.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Bounds the connections of a service: so many at once, and none that is idle for long unless somebody waits on it for
 * events.
 *
 * <p>The server's own idle timeout would cut a stream on which nothing happens, so it only counts until a connection is
 * known here. From then on a handler of this class stands behind the decoder of HTTP/1, where what counts is a message
 * and not a byte: a request that drips in by bytes does not come on.
 *
 * <p>Thread: any event loop; what it keeps of a connection belongs to that connection's loop.
 */
final class ConnectionGuard {
    private static final String NAME = "bus-idle";
    private static final String SERVERS_OWN = "idle";
    private static final String BEHIND = "handler";

    private final ServiceStats stats;
    private final int most;
    private final long idleMillis;

    ConnectionGuard(ServiceStats stats, int most, Duration idle) {
        this.stats = stats;
        this.most = most;
        this.idleMillis = idle.toMillis();
    }

    /** A connection has spoken for the first time. */
    void opened(HttpConnection connection) {
        stats.connectionOpened();
        connection.closeHandler(_ -> stats.connectionClosed());
        if (stats.connections() > most) {
            Future<Void> _ = connection.close();
            return;
        }
        ChannelPipeline pipeline = pipeline(connection);
        if (pipeline.get(SERVERS_OWN) != null) {
            pipeline.remove(SERVERS_OWN);
        }
        pipeline.addBefore(BEHIND, NAME, new Idle(idleMillis));
    }

    /** A handler on whose answers clients wait for as long as they like. */
    static HttpHandler patient(HttpHandler handler) {
        return (request, identity) -> {
            Idle idle = of(request);
            if (idle != null) {
                idle.waiting++;
                request.response().endHandler(_ -> idle.waiting--);
            }
            return handler.handle(request, identity);
        };
    }

    private static Idle of(HttpServerRequest request) {
        return (Idle) pipeline(request.connection()).get(NAME);
    }

    private static ChannelPipeline pipeline(HttpConnection connection) {
        return ((ConnectionBase) connection).channelHandlerContext().pipeline();
    }

    /** Closes one connection. Thread: its event loop. */
    private static final class Idle extends IdleStateHandler {
        /** Requests that are being waited on. */
        private int waiting;

        Idle(long millis) {
            super(0, 0, millis, TimeUnit.MILLISECONDS);
        }

        @Override
        protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
            if (waiting == 0) {
                ChannelFuture _ = context.close();
            }
        }
    }
}
