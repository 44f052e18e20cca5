package com.busdk.broker.http;

import io.netty.channel.ChannelConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/**
 * Lets a body flow, or not. Over HTTP/1 it stops the reading of the socket itself: a request that is only paused goes on
 * being read into a queue of up to sixteen pieces, which is a megabyte of memory for each connection. Over HTTP/2 a
 * paused request is bounded by its window of flow control.
 *
 * <p>Thread: the event loop of the connection.
 */
final class BodyTap {
    private final HttpServerRequest request;

    /** Null over HTTP/2. */
    private final @Nullable ChannelConfig socket;

    /** Null where nobody looks whether the connection is idle. */
    private final @Nullable ConnectionHandler connection;

    private boolean shut;
    private boolean waiting;

    BodyTap(HttpServerRequest request) {
        this.request = request;
        this.connection = ConnectionGuard.of(request);
        this.socket = request.version() == HttpVersion.HTTP_2
                ? null
                : ((ConnectionBase) request.connection())
                        .channelHandlerContext()
                        .channel()
                        .config();
    }

    /**
     * Whether the body flows. While it does not, or all of it is there, the connection is not idle: nothing can come.
     *
     * @param answerDue all of it is there, and no answer yet
     */
    void set(boolean open, boolean answerDue) {
        await(!open || answerDue);
        if (shut != open) {
            return;
        }
        shut = !open;
        if (socket != null) {
            socket.setAutoRead(open);
        } else if (open) {
            request.resume();
        } else {
            request.pause();
        }
    }

    private void await(boolean now) {
        if (connection == null || waiting == now) {
            return;
        }
        waiting = now;
        if (now) {
            connection.beginWait();
        } else {
            connection.endWait();
        }
    }
}
