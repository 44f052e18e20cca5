package com.busdk.client.http.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.AttributeKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http1xOrH2CHandler;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Keeps from a server without TLS the requests to change to HTTP/2 that cannot be met. Vert.x refuses them, but reads on
 * and never gives back the memory of what it reads then: whoever asks in this way, and sends a body without an end, would
 * take all the memory that there is for buffers, without a token. Such a request goes on without its header
 * {@code Upgrade}, which a server may always pass over (RFC 9110, section 7.8).
 *
 * <p>A server tells of a connection only when it has understood a first request, which is too late. So this stands at the
 * socket that accepts: the server's connection handler calls {@link #install}, and whoever starts the server calls
 * {@link #begin}, so that it has had a connection before anybody else's.
 *
 * <p>Thread: {@link #install} on the event loop of its connection; its parts on those of the channels they stand in.
 */
public final class UpgradeGuard {
    private static final AttributeKey<Boolean> INSTALLED = AttributeKey.valueOf(UpgradeGuard.class, "installed");

    /** As the server calls what looks for these requests, on a connection that has spoken HTTP/1. */
    private static final String LOOKS_FOR_UPGRADES = "h2c";

    /** What a connection of HTTP/2 begins with (RFC 9113, section 3.4), and a frame that ends it: data of no stream. */
    private static final Buffer BEGIN_AND_END = Buffer.buffer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .appendBytes(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0})
            .appendBytes(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0});

    /** A server that is on this machine, and has nothing else to do. */
    private static final int PATIENCE_MILLIS = 2_000;

    private static final int SETTING_BYTES = 6;

    private UpgradeGuard() {}

    /**
     * Guards all further connections of the server.
     *
     * @param connection one that it has
     */
    public static void install(HttpConnection connection) {
        Channel accepting =
                ((ConnectionBase) connection).channelHandlerContext().channel().parent();
        if (accepting != null && accepting.attr(INSTALLED).setIfAbsent(true) == null) {
            accepting.pipeline().addFirst(new Accepted());
        }
    }

    /**
     * Makes a first connection to a server that has just begun to listen, without TLS.
     *
     * @param vertx for the connection
     * @param host where it is reached from this machine
     * @param port its port
     * @return complete when the connection is over; what went wrong is no failure, since the next connection does the same
     */
    public static Future<Void> begin(Vertx vertx, String host, int port) {
        NetClient client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(PATIENCE_MILLIS));
        return client.connect(port, host)
                .compose(UpgradeGuard::untilClosed)
                .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .eventually(client::close)
                .otherwiseEmpty();
    }

    private static Future<Void> untilClosed(NetSocket socket) {
        Promise<Void> closed = Promise.promise();
        socket.handler(_ -> {});
        socket.exceptionHandler(_ -> {});
        socket.closeHandler(_ -> closed.tryComplete());
        Future<Void> _ = socket.write(BEGIN_AND_END);
        return closed.future();
    }

    /** Sees connections when they have been accepted. */
    private static final class Accepted extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof Channel connection) {
                connection.pipeline().addLast(new FirstBytes());
            }
            context.fireChannelRead(message);
        }
    }

    /**
     * Hands on the first bytes of a connection one by one, until the server has decided which HTTP they are: then what
     * looks for upgrades is there, and has not seen a request yet.
     */
    private static final class FirstBytes extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            ChannelPipeline pipeline = context.pipeline();
            while (bytes.isReadable() && isUndecided(pipeline)) {
                context.fireChannelRead(bytes.readRetainedSlice(1));
            }
            if (!isUndecided(pipeline)) {
                if (pipeline.get(LOOKS_FOR_UPGRADES) != null) {
                    pipeline.addBefore(LOOKS_FOR_UPGRADES, null, new FirstRequest());
                }
                pipeline.remove(this);
            }
            if (bytes.isReadable()) {
                context.fireChannelRead(bytes);
            } else {
                bytes.release();
            }
        }

        private static boolean isUndecided(ChannelPipeline pipeline) {
            return pipeline.get(Http1xOrH2CHandler.class) != null;
        }
    }

    /** The first request is the only one that may change to HTTP/2. */
    private static final class FirstRequest extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest request) {
                if (!canBeMet(request.headers())) {
                    request.headers().remove(HttpHeaderNames.UPGRADE);
                }
                context.pipeline().remove(this);
            }
            context.fireChannelRead(message);
        }
    }

    /** Whether there is all that the server looks for: two words in one header, and settings that it can read. */
    private static boolean canBeMet(HttpHeaders headers) {
        String connection = headers.get(HttpHeaderNames.CONNECTION);
        String settings = headers.get("HTTP2-Settings");
        if (connection == null || settings == null) {
            return false;
        }
        boolean upgrade = false;
        boolean named = false;
        for (String word : connection.toLowerCase(Locale.ROOT).split(",", -1)) {
            upgrade |= word.strip().equals("upgrade");
            named |= word.strip().equals("http2-settings");
        }
        return upgrade && named && areSettings(settings);
    }

    @SuppressWarnings("ModifiedButNotUsed") // it checks each value that is put
    private static boolean areSettings(String base64) {
        try {
            ByteBuffer bytes =
                    ByteBuffer.wrap(Base64.getUrlDecoder().decode(base64.getBytes(StandardCharsets.ISO_8859_1)));
            if (bytes.remaining() % SETTING_BYTES != 0) {
                return false;
            }
            Http2Settings settings = new Http2Settings();
            while (bytes.hasRemaining()) {
                settings.put((char) bytes.getShort(), Long.valueOf(bytes.getInt() & 0xffff_ffffL));
            }
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
