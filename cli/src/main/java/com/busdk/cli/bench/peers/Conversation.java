package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Trouble;
import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a system, in that system's protocol and with one task: to publish, to listen, to consume. It is
 * greeted once it is connected, begins when it is told to, and is ready when the system has accepted what it asks for.
 *
 * <p>Lives on its event loop; the futures may be waited for anywhere.
 */
abstract class Conversation extends ChannelInboundHandlerAdapter {
    private static final Follower NOBODY = new Follower() {};

    private final CompletableFuture<Void> greeted = new CompletableFuture<>();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private Follower follower = NOBODY;
    private @Nullable ChannelHandlerContext context;
    private boolean over;

    /** The connection stands: says what the system wants to hear first, and calls {@link #greet} in the end. */
    void connected() {
        greet();
    }

    /** Asks for what it is there for; calls {@link #accept} when that is accepted. */
    abstract void begin();

    /** Takes all readable bytes of the buffer. */
    abstract void read(ByteBuf buffer);

    /** Connections that it needs beside its own, on the same loop; each is connected and never begun. */
    List<Conversation> companions() {
        return List.of();
    }

    /** Says who is told; before it begins. */
    final void follow(Follower who) {
        follower = who;
    }

    final Follower follower() {
        return follower;
    }

    /** Completes when the greeting is over. */
    final CompletableFuture<Void> greeted() {
        return greeted;
    }

    /** Completes when the system has accepted what it was asked for. */
    final CompletableFuture<Void> ready() {
        return ready;
    }

    /** Fails when the conversation does; never completes otherwise. */
    final CompletableFuture<Void> failure() {
        return ended;
    }

    final void greet() {
        greeted.complete(null);
    }

    final void accept() {
        ready.complete(null);
    }

    /** Gives up: the system refused, or cannot be understood. */
    final void fail(CliException why) {
        if (!over) {
            over = true;
            ended.completeExceptionally(why);
            greeted.completeExceptionally(why);
            ready.completeExceptionally(why);
            close();
        }
    }

    /** The loop on which everything here happens. */
    final EventLoop loop() {
        return context().channel().eventLoop();
    }

    final void write(ByteBuf bytes) {
        if (over) {
            bytes.release();
        } else {
            ChannelHandlerContext to = context();
            var _ = to.write(bytes, to.voidPromise());
        }
    }

    final void flush() {
        context().flush();
    }

    final void send(ByteBuf bytes) {
        write(bytes);
        flush();
    }

    /** Whether what is written now is on its way soon. */
    final boolean isWritable() {
        return !over && context().channel().isWritable();
    }

    /** Goes on to read, or leaves what comes where it is. On the loop. */
    final void reading(boolean on) {
        context().channel().config().setAutoRead(on);
    }

    /** Whether there is a connection, or was. Any thread, once it has been waited for. */
    final boolean isConnected() {
        return context != null;
    }

    /** Closes the connection; that it ends is no failure any more. */
    final void close() {
        over = true;
        if (context != null) {
            var _ = context().close();
        }
    }

    @Override
    public final void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public final void channelActive(ChannelHandlerContext ignored) {
        connected();
    }

    @Override
    public final void channelRead(ChannelHandlerContext ignored, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        try {
            if (!over) {
                read(buffer);
            }
        } catch (CliException e) {
            fail(e);
        } finally {
            buffer.release();
        }
    }

    @Override
    public final void channelWritabilityChanged(ChannelHandlerContext ignored) {
        if (isWritable()) {
            follower.writable();
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ignored) {
        fail(Trouble.lost("the server closed a connection of the load generator"));
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ignored, Throwable cause) {
        fail(cause instanceof CliException known ? known : Trouble.lost("a connection broke: " + cause.getMessage()));
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext known = context;
        if (known == null) {
            throw new IllegalStateException("not connected yet");
        }
        return known;
    }
}
