package com.busdk.gateway.http;

import io.netty.channel.ChannelPipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the connections of one server: so many at once, and none that is idle for long unless somebody waits on it for
 * an answer. What counts is a whole request head and not a byte, so that one that drips in does not hold a place.
 *
 * <p>The server's own idle timeout would cut a stream on which nothing happens, so it counts only until a connection has
 * spoken, which is when it is known here.
 *
 * <p>Thread: the event loop of its server, which is that of all its connections.
 */
final class ConnectionGuard {
    /** The name that the server gives to its idle timeout in a connection's pipeline. */
    private static final String SERVERS_OWN = "idle";

    private final Vertx vertx;
    private final int most;
    private final long idleMillis;
    private final Map<HttpConnection, Watched> connections = new HashMap<>();

    ConnectionGuard(Vertx vertx, int most, Duration idle) {
        this.vertx = vertx;
        this.most = most;
        this.idleMillis = Math.max(1, idle.toMillis());
    }

    /** A connection has spoken for the first time. */
    void opened(HttpConnection connection) {
        if (connections.size() >= most) {
            Future<Void> _ = connection.close();
            return;
        }
        ChannelPipeline pipeline =
                ((ConnectionBase) connection).channelHandlerContext().pipeline();
        if (pipeline.get(SERVERS_OWN) != null) {
            pipeline.remove(SERVERS_OWN);
        }
        Watched watched = new Watched(connection);
        connections.put(connection, watched);
        watched.rest();
        connection.closeHandler(_ -> {
            connections.remove(connection);
            watched.busy();
        });
    }

    /** A request has come. */
    void begin(HttpConnection connection) {
        Watched watched = find(connection);
        if (watched != null) {
            watched.requests++;
            watched.busy();
        }
    }

    /** A request is answered. */
    void end(HttpConnection connection) {
        Watched watched = find(connection);
        if (watched != null && --watched.requests == 0) {
            watched.rest();
        }
    }

    private @Nullable Watched find(HttpConnection connection) {
        return connections.get(connection);
    }

    /** A connection: either requests are under way on it, or its timer runs. */
    private final class Watched {
        private final HttpConnection connection;
        private int requests;
        private long timer = -1;

        Watched(HttpConnection connection) {
            this.connection = connection;
        }

        void rest() {
            busy();
            timer = vertx.setTimer(idleMillis, _ -> {
                timer = -1;
                Future<Void> _ = connection.close();
            });
        }

        void busy() {
            if (timer >= 0) {
                vertx.cancelTimer(timer);
                timer = -1;
            }
        }
    }
}
