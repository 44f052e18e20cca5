package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A connection that stays open, with one request on it at a time. Lives on its event loop alone.
 *
 * <p>Of an answer it reads the status and where the body ends; bodies go to the {@link Answer} as they lie in the
 * buffer, without the framing of chunks.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter implements AnswerParser.Parts {
    /** As much of an error as is worth showing. */
    private static final int MAX_ERROR_BYTES = 2_048;

    private static final int FIRST_ERROR_STATUS = 300;

    private final AnswerParser parser = new AnswerParser(this);
    private @Nullable ChannelHandlerContext context;
    private @Nullable Answer answer;
    private int status;
    private @Nullable StringBuilder error;
    private boolean lost;

    /** The loop on which everything here happens. */
    EventLoop loop() {
        return context().channel().eventLoop();
    }

    /** Sends a request, or the head of one. The answer before it must be complete. */
    void send(ByteBuf request, Answer to) {
        if (answer != null) {
            throw new IllegalStateException("one request at a time");
        }
        answer = to;
        write(request);
        flush();
    }

    /** Writes more of a request's body; {@link #flush} sends it. */
    void write(ByteBuf bytes) {
        ChannelHandlerContext to = context();
        if (lost) {
            bytes.release();
            fail("the connection was closed");
        } else {
            var _ = to.write(bytes, to.voidPromise());
        }
    }

    void flush() {
        context().flush();
    }

    /** Whether what is written now is on its way soon. */
    boolean isWritable() {
        return !lost && context().channel().isWritable();
    }

    void close() {
        answer = null;
        var _ = context().close();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelRead(ChannelHandlerContext ignored, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        try {
            parser.parse(buffer);
        } catch (CliException e) {
            fail(e);
            var _ = context().close();
        } finally {
            buffer.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ignored) {
        Answer to = answer;
        if (to != null && error == null) {
            to.pause();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ignored) {
        Answer to = answer;
        if (to != null && isWritable()) {
            to.writable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ignored) {
        lost = true;
        fail("the service closed a connection before its answer was complete");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ignored, Throwable cause) {
        lost = true;
        fail("a connection broke: " + cause.getMessage());
        var _ = context().close();
    }

    @Override
    public void head(int answerStatus) {
        status = answerStatus;
        if (status >= FIRST_ERROR_STATUS) {
            error = new StringBuilder();
        } else if (answer != null) {
            answer.begun();
        }
    }

    @Override
    public void body(ByteBuf buffer, int from, int length) {
        StringBuilder text = error;
        Answer to = answer;
        if (text != null) {
            int room = Math.min(length, MAX_ERROR_BYTES - text.length());
            text.append(buffer.toString(from, room, StandardCharsets.UTF_8));
        } else if (to != null) {
            to.data(buffer, from, length);
        }
    }

    @Override
    public void end() {
        Answer to = answer;
        StringBuilder text = error;
        answer = null;
        error = null;
        if (to == null) {
            return;
        }
        if (text == null) {
            to.done();
        } else {
            to.failed(Trouble.refused(status, text.toString()));
        }
    }

    private void fail(String what) {
        fail(Trouble.lost(what));
    }

    private void fail(CliException failure) {
        Answer to = answer;
        answer = null;
        if (to != null) {
            to.failed(failure);
        }
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext known = context;
        if (known == null) {
            throw new IllegalStateException("not connected yet");
        }
        return known;
    }
}
