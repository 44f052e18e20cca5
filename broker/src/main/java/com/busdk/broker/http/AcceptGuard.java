package com.busdk.broker.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/**
 * Counts connections when they are accepted, also those that never say a word, and closes those beyond the bound at once.
 * The server tells of a connection only when it has spoken, so this stands before it, from the first connection on that
 * has.
 *
 * <p>Thread: that of the socket that accepts.
 */
final class AcceptGuard extends ChannelInboundHandlerAdapter {
    private static final AttributeKey<Boolean> WATCHED = AttributeKey.valueOf(AcceptGuard.class, "watched");
    private static final AttributeKey<Boolean> COUNTED = AttributeKey.valueOf(AcceptGuard.class, "counted");

    private final ServiceStats stats;
    private final int most;

    private AcceptGuard(ServiceStats stats, int most) {
        this.stats = stats;
        this.most = most;
    }

    /**
     * Watches over the socket that accepts, unless that is done already. Any thread.
     *
     * @param accepting null where there is none
     */
    static void watch(@Nullable Channel accepting, ServiceStats stats, int most) {
        if (accepting != null && accepting.attr(WATCHED).setIfAbsent(true) == null) {
            accepting.pipeline().addFirst(new AcceptGuard(stats, most));
        }
    }

    /** Whether the connection is counted. */
    static boolean isCounted(Channel connection) {
        return connection.hasAttr(COUNTED);
    }

    /** Counts the connection until it is closed. */
    static void count(Channel connection, ServiceStats stats) {
        connection.attr(COUNTED).set(true);
        stats.connectionOpened();
        connection.closeFuture().addListener(_ -> stats.connectionClosed());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Channel connection) {
            if (stats.connections() >= most) {
                connection.unsafe().closeForcibly();
                return;
            }
            count(connection, stats);
        }
        context.fireChannelRead(message);
    }
}
