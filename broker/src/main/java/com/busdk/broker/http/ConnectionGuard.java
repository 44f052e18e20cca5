package com.busdk.broker.http;

import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.client.http.server.DateHeader;
import com.busdk.client.http.server.UpgradeGuard;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the connections of a service: so many at once, and none that is idle for long unless somebody waits on it for
 * events.
 *
 * <p>The server's own idle timeout would cut a stream on which nothing happens, so it only counts until a connection is
 * known here; from then on a {@link ConnectionHandler} looks after it.
 *
 * <p>Thread: any event loop; what it keeps of a connection belongs to that connection's loop.
 */
final class ConnectionGuard {
    private static final String NAME = "bus-connection";
    private static final String SERVERS_OWN = "idle";
    private static final String BEHIND = "handler";

    /**
     * Pieces of {@link HttpVerticle#MAX_CHUNK_BYTES} that are read of one connection before the others have their turn.
     * One that sends as fast as it can, thousands of requests or frames with each piece, is felt less by its neighbours.
     */
    private static final int MAX_READS = 1;

    private final ServiceStats stats;
    private final Failures failures;
    private final int most;
    private final long idleMillis;
    private final DateHeader date;

    ConnectionGuard(ServiceStats stats, Failures failures, int most, Duration idle, DateHeader date) {
        this.stats = stats;
        this.failures = failures;
        this.most = most;
        this.idleMillis = idle.toMillis();
        this.date = date;
    }

    /** A connection has spoken for the first time. */
    void opened(HttpConnection connection) {
        ChannelPipeline pipeline = pipeline(connection);
        Channel channel = pipeline.channel();
        UpgradeGuard.install(connection);
        AcceptGuard.watch(channel.parent(), stats, most);
        if (!AcceptGuard.isCounted(channel)) {
            AcceptGuard.count(channel, stats);
        }
        if (stats.connections() > most) {
            Future<Void> _ = connection.close();
            return;
        }
        if (channel.config().getRecvByteBufAllocator() instanceof MaxMessagesRecvByteBufAllocator reads) {
            reads.maxMessagesPerRead(MAX_READS);
        }
        if (pipeline.get(SERVERS_OWN) != null) {
            pipeline.remove(SERVERS_OWN);
        }
        pipeline.addBefore(BEHIND, NAME, new ConnectionHandler(idleMillis, failures::badChunk, date));
    }

    /** A handler on whose answers clients wait for as long as they like. */
    static HttpHandler patient(HttpHandler handler) {
        return (request, identity) -> {
            awaitAnswer(request);
            return handler.handle(request, identity);
        };
    }

    /**
     * From now until the answer has ended the connection is not idle. For a request with a body that is when all of it
     * has come: one that drips in is cut as any other.
     */
    static void awaitAnswer(HttpServerRequest request) {
        ConnectionHandler connection = of(request);
        if (connection != null) {
            connection.beginWait();
            request.response().endHandler(_ -> connection.endWait());
        }
    }

    /** Who looks after the request's connection; null where it was refused. */
    static @Nullable ConnectionHandler of(HttpServerRequest request) {
        return (ConnectionHandler) pipeline(request.connection()).get(NAME);
    }

    private static ChannelPipeline pipeline(HttpConnection connection) {
        return ((ConnectionBase) connection).channelHandlerContext().pipeline();
    }
}
