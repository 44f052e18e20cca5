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
 * @param answerMillis there and back over loopback, median
 * @param flushMillis write and {@code fdatasync}, median
 */
record Floor(double answerMillis, double flushMillis) {
    private static final int TIMES = 500;
    private static final int EVENT_BYTES = 400;

    /** Measures for {@value #TIMES} times at that rate each; on the caller's thread and one of its own. */
    static Floor measure(Path folder, double rate) throws IOException {
        long pause = (long) (1e9 / rate);
        return new Floor(answer(pause), flush(folder, pause));
    }

    double millis() {
        return answerMillis + flushMillis;
    }

    private interface Step {
        void run(int index) throws IOException;
    }

    private static double median(long pauseNanos, Step step) throws IOException {
        long[] nanos = new long[TIMES];
        for (int i = 0; i < TIMES; i++) {
            LockSupport.parkNanos(pauseNanos);
            long before = System.nanoTime();
            step.run(i);
            nanos[i] = System.nanoTime() - before;
        }
        Arrays.sort(nanos);
        return nanos[TIMES / 2] / 1e6;
    }

    private static double flush(Path folder, long pauseNanos) throws IOException {
        Path file = Files.createTempFile(folder, "flush", ".bin");
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(TIMES * EVENT_BYTES));
            channel.force(true);
            ByteBuffer event = ByteBuffer.allocate(EVENT_BYTES);
            return median(pauseNanos, i -> {
                event.clear();
                channel.write(event, (long) i * EVENT_BYTES);
                channel.force(false);
            });
        } finally {
            Files.delete(file);
        }
    }

    private static double answer(long pauseNanos) throws IOException {
        try (var server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                var client = SocketChannel.open(server.getLocalAddress());
                var other = server.accept()) {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            other.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Thread.ofPlatform().daemon().name("bus-bench-floor").start(() -> echo(other));
            ByteBuffer one = ByteBuffer.allocate(1);
            return median(pauseNanos, i -> {
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
