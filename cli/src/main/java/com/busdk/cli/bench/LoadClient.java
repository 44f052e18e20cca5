package com.busdk.cli.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vertx.core.transport.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * The event loops of the load generator and the connections on them. Made, used and closed on the command's thread.
 *
 * <p>The transport is the one that the service prefers as well: epoll where it is there.
 */
public final class LoadClient implements AutoCloseable {
    /** Connections that are made at once: fewer than any listen queue holds. */
    private static final int CONNECTING = 128;

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /** What a read takes: as much as the allocator keeps ready for each thread. */
    private static final int READ_BYTES = 32 * 1024;

    private static final int WRITE_LOW_BYTES = 128 * 1024;
    private static final int WRITE_HIGH_BYTES = 512 * 1024;

    private final EventLoopGroup loops;
    private final int threads;
    private final Bootstrap bootstrap;

    /** A client with that many event loops, at least 1. */
    public LoadClient(int threads) {
        this.threads = threads;
        Transport preferred = Transport.nativeTransport();
        Transport transport = preferred != null && preferred.available() ? preferred : Transport.NIO;
        this.loops = new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory("bus-bench", true),
                transport.implementation().ioHandlerFactory());
        this.bootstrap = new Bootstrap()
                .channelFactory(transport.implementation().channelFactory(false))
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
                .option(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(WRITE_LOW_BYTES, WRITE_HIGH_BYTES));
    }

    /** As many loops as leave half of the machine to the service. */
    public static int defaultThreads() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    /** How many event loops it has. */
    public int threads() {
        return threads;
    }

    /** Connects that many times, spread over the loops and the processes of the service; waits until all stand. */
    List<HttpConnection> connect(Target target, int connections) throws InterruptedException {
        List<HttpConnection> made = new ArrayList<>(connections);
        List<CompletableFuture<HttpConnection>> connecting = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            connecting.add(connectOne(target, i));
            if (connecting.size() == CONNECTING || i == connections - 1) {
                for (CompletableFuture<HttpConnection> one : connecting) {
                    made.add(Waiting.on(one, TimeUnit.MILLISECONDS.toNanos(CONNECT_TIMEOUT_MILLIS), "to connect"));
                }
                connecting.clear();
            }
        }
        return made;
    }

    /** Closes connections and waits until they are. */
    void close(List<HttpConnection> connections) throws InterruptedException {
        onEach(connections, i -> connections.get(i).close());
    }

    /** Does something for each connection on its loop, and waits for it. */
    static void onEach(List<HttpConnection> connections, IntConsumer what) throws InterruptedException {
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int i = 0; i < connections.size(); i++) {
            int index = i;
            done.add(CompletableFuture.runAsync(
                    () -> what.accept(index), connections.get(i).loop()));
        }
        Waiting.on(
                CompletableFuture.allOf(done.toArray(CompletableFuture<?>[]::new)),
                TimeUnit.MILLISECONDS.toNanos(CONNECT_TIMEOUT_MILLIS),
                "for the load generator itself");
    }

    private CompletableFuture<HttpConnection> connectOne(Target target, int number) {
        HttpConnection connection = new HttpConnection();
        return connect(loops.next(), target.address(number), target.toString(), connection)
                .thenApply(_ -> connection);
    }

    /** The loops in turn. */
    public EventLoop nextLoop() {
        return loops.next();
    }

    /**
     * Connects once.
     *
     * @param loop one of {@link #nextLoop}
     * @param name what it is called in an error
     * @param handler takes what happens on the connection
     */
    public CompletableFuture<Void> connect(
            EventLoop loop, InetSocketAddress address, String name, ChannelHandler handler) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        ChannelFuture connected = bootstrap
                .clone(loop)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(handler);
                    }
                })
                .connect(address);
        connected.addListener(done -> {
            if (done.isSuccess()) {
                result.complete(null);
            } else {
                result.completeExceptionally(Trouble.lost(
                        "cannot connect to " + name + ": " + done.cause().getMessage() + "; is the service running?"));
            }
        });
        return result;
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
