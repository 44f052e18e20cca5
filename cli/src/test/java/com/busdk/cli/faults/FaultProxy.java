package com.busdk.cli.faults;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * The network between the clients and the service, which is cut, slow or stands still. One port for the clients,
 * whichever port the service has. Any thread; a virtual one for each direction of a connection.
 */
final class FaultProxy implements Closeable {
    /** A cut falls somewhere in the next bytes of an answer, so that it tears lines as well as it falls between them. */
    private static final int CUT_WITHIN = 400;

    /** How long data waits between two looks at whether the network moves again. */
    private static final long LOOK_NANOS = 5_000_000;

    private final ServerSocket server;
    private final IntSupplier target;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private volatile long delayNanos;
    private volatile boolean still;
    private volatile boolean refusing;

    FaultProxy(IntSupplier target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** From now on everything takes so much longer, in both directions. */
    void delay(long millis) {
        delayNanos = millis * 1_000_000;
    }

    /** Nothing passes, and nobody is told. */
    void standStill(boolean on) {
        still = on;
    }

    /** Every new connection is closed at once, as by a port where nobody listens. */
    void refuse(boolean on) {
        refusing = on;
    }

    /** Cuts all connections, each in the middle of what passes next, or at once. */
    void cut(Random random) {
        for (Link link : links) {
            if (random.nextBoolean()) {
                link.left.set(random.nextInt(CUT_WITHIN));
            } else {
                link.close();
            }
        }
    }

    /** Cuts all connections at once. */
    void cutNow() {
        links.forEach(Link::close);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException e) {
                // Closed, or a client that was gone before it was here.
            }
        }
    }

    private void connect(Socket client) {
        try {
            if (refusing) {
                client.close();
                return;
            }
            Socket service = new Socket(InetAddress.getLoopbackAddress(), target.getAsInt());
            client.setTcpNoDelay(true);
            service.setTcpNoDelay(true);
            Link link = new Link(client, service);
            links.add(link);
            Thread.ofVirtual().start(() -> link.pass(client, service, false));
            link.pass(service, client, true);
        } catch (IOException e) {
            closeQuietly(client); // nobody listens there: the client is told the same
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone, which was wanted.
        }
    }

    /** A connection of a client and the one to the service. */
    private final class Link {
        private final Socket client;
        private final Socket service;

        /** How much of the next bytes of an answer passes before the cut. */
        private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

        Link(Socket client, Socket service) {
            this.client = client;
            this.service = service;
        }

        void pass(Socket from, Socket to, boolean answers) {
            byte[] bytes = new byte[8192];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(bytes); read > 0; read = in.read(bytes)) {
                    hold();
                    int passed = answers ? Math.min(read, left.get()) : read;
                    out.write(bytes, 0, passed);
                    if (passed < read) {
                        break;
                    }
                }
            } catch (IOException e) {
                // One side is gone; the other is told below.
            } finally {
                close();
            }
        }

        private void hold() {
            long until = System.nanoTime() + delayNanos;
            while (still && !client.isClosed()) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
            for (long wait = until - System.nanoTime(); wait > 0; wait = until - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
        }

        void close() {
            links.remove(this);
            closeQuietly(client);
            closeQuietly(service);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cutNow();
    }
}
