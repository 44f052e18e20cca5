package com.busdk.cli.bench.suite;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * What this machine takes for the two things that every event between two processes needs, when it does them as seldom
 * as the measurement does and so wakes sleeping processors for each: an answer over a loopback connection, and a flush of
 * one event into a preallocated file. No service can be faster than both together.
 *
 * @param answer there and back over loopback
 * @param flush write and {@code fdatasync}
 */
record Floor(Took answer, Took flush) {
    private static final int TIMES = 1_000;
    private static final int EVENT_BYTES = 400;

    /** Measures for {@value #TIMES} times at that rate each; on the caller's thread and one of its own. */
    static Floor measure(Path folder, double rate) throws IOException {
        long pause = (long) (1e9 / rate);
        return new Floor(answer(pause), flush(folder, pause));
    }

    /**
     * How long something took.
     *
     * @param p50 the median, in milliseconds
     * @param p99 what 99 of 100 were below, in milliseconds
     */
    record Took(double p50, double p99) {}

    private interface Step {
        void run(int index) throws IOException;
    }

    private static Took time(long pauseNanos, Step step) throws IOException {
        long[] nanos = new long[TIMES];
        for (int i = 0; i < TIMES; i++) {
            LockSupport.parkNanos(pauseNanos);
            long before = System.nanoTime();
            step.run(i);
            nanos[i] = System.nanoTime() - before;
        }
        Arrays.sort(nanos);
        return new Took(nanos[TIMES / 2] / 1e6, nanos[TIMES * 99 / 100] / 1e6);
    }

    private static Took flush(Path folder, long pauseNanos) throws IOException {
        Path file = Files.createTempFile(folder, "flush", ".bin");
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(TIMES * EVENT_BYTES));
            channel.force(true);
            ByteBuffer event = ByteBuffer.allocate(EVENT_BYTES);
            return time(pauseNanos, i -> {
                event.clear();
                channel.write(event, (long) i * EVENT_BYTES);
                channel.force(false);
            });
        } finally {
            Files.delete(file);
        }
    }

    private static Took answer(long pauseNanos) throws IOException {
        try (var server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                var client = SocketChannel.open(server.getLocalAddress());
                var other = server.accept()) {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            other.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Thread.ofPlatform().daemon().name("bus-bench-floor").start(() -> echo(other));
            ByteBuffer one = ByteBuffer.allocate(1);
            return time(pauseNanos, i -> {
                one.clear();
                client.write(one);
                one.clear();
                client.read(one);
            });
        }
    }

    private static void echo(SocketChannel channel) {
        ByteBuffer one = ByteBuffer.allocate(1);
        try {
            while (channel.read(one) > 0) {
                channel.write(one.flip());
                one.clear();
            }
        } catch (IOException _) {
            // The other end is closed: it has what it wanted.
        }
    }
}
