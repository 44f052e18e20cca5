package com.busdk.cli.events;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A network that passes all requests, and some bytes of the answers; from then on answers stand still. Whoever is killed
 * then is in the middle of something. Any thread; a virtual one for each direction.
 */
final class HoldingProxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final int target;
    private final AtomicLong left;
    private volatile boolean holds;

    /** @param answerBytes bytes of answers that pass, of all connections together */
    HoldingProxy(int target, long answerBytes) throws IOException {
        this.target = target;
        this.left = new AtomicLong(answerBytes);
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Whether something that the service answered does not pass. */
    boolean holds() {
        return holds;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket service = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(service);
                Thread.ofVirtual().start(() -> pass(client, service, false));
                Thread.ofVirtual().start(() -> pass(service, client, true));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void pass(Socket from, Socket to, boolean answers) {
        byte[] bytes = new byte[8192];
        boolean open = false;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(bytes); read > 0; read = in.read(bytes)) {
                long room = answers ? left.getAndAdd(-read) : read;
                if (room < read) {
                    out.write(bytes, 0, (int) Math.max(0, room));
                    holds = true;
                    open = true; // nobody is told
                    return;
                }
                out.write(bytes, 0, read);
            }
        } catch (IOException e) {
            // One side is gone.
        } finally {
            if (!open) {
                closeQuietly(from);
                closeQuietly(to);
            }
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone, which was wanted.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
