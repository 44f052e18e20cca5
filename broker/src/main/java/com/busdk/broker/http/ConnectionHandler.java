package com.busdk.broker.http;

import com.busdk.client.http.server.DateHeader;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Stands between the decoder of HTTP/1 and the server (of HTTP/2: before both). It closes a connection on which nothing
 * comes and nobody waits; what counts is a message and not a byte, so a request that drips in does not come on. And it
 * refuses what the decoder lets through or only closes the connection for.
 *
 * <p>Thread: the connection's event loop.
 */
final class ConnectionHandler extends IdleStateHandler {
    private final Supplier<byte[]> badChunk;
    private final DateHeader date;

    /** Requests that are being waited on. */
    private int waiting;

    private boolean over;

    /**
     * @param idleMillis closed after that
     * @param badChunk counts a body that breaks off in nonsense, and gives the answer's body
     * @param date of that answer
     */
    ConnectionHandler(long idleMillis, Supplier<byte[]> badChunk, DateHeader date) {
        super(idleMillis, 0, 0, TimeUnit.MILLISECONDS);
        this.badChunk = badChunk;
        this.date = date;
    }

    /** Not idle until {@link #endWait}: it is this side's turn, not the peer's. */
    void beginWait() {
        waiting++;
    }

    /** The peer's turn again; what it has to do next has the whole time. */
    void endWait() {
        waiting--;
        resetReadTimeout();
    }

    @Override
    protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
        if (waiting == 0) {
            ChannelFuture _ = context.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (over) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest request) {
            // What follows a bad one is no request, whatever it looks like; its answer closes the connection.
            over = isBad(request);
            super.channelRead(context, message);
        } else if (message instanceof HttpContent content
                && content.decoderResult().isFailure()) {
            over = true;
            content.release();
            answerBadChunk(context);
        } else {
            super.channelRead(context, message);
        }
    }

    /** Whether it is refused, here or by the decoder; it says so itself then. */
    private static boolean isBad(HttpRequest request) {
        HttpVersion version = request.protocolVersion();
        boolean known = version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0);
        if (!known) {
            // The answer has the version of its request.
            request.setProtocolVersion(HttpVersion.HTTP_1_1);
        }
        boolean bad = !known || request.headers().contains("") || !endIsKnown(request);
        if (request.decoderResult().isSuccess() && bad) {
            request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("a bad request")));
        }
        return !request.decoderResult().isSuccess();
    }

    /**
     * Whether its body is chunked, and nothing else, where it has a transfer coding at all (RFC 9112, section 6.3). The
     * decoder takes any other for no body, and what follows for the next request.
     */
    private static boolean endIsKnown(HttpRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        return codings.isEmpty()
                || codings.size() == 1
                        && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(
                                codings.getFirst().strip());
    }

    /** The server would only close the connection. */
    private void answerBadChunk(ChannelHandlerContext context) {
        DefaultFullHttpResponse answer = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST, Unpooled.wrappedBuffer(badChunk.get()));
        answer.headers()
                .set(HttpHeaderNames.DATE, date.now())
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes());
        ChannelFuture _ = context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
}
