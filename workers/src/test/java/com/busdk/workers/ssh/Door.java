package com.busdk.workers.ssh;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Another way to a server, on an address of its own: whoever comes has to wait until it is opened. */
final class Door implements AutoCloseable {
    private final Sshd server;
    private final ServerSocket socket;
    private final AtomicInteger knocks = new AtomicInteger();
    private volatile CountDownLatch opened = new CountDownLatch(1);
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

    private Door(Sshd server, ServerSocket socket) {
        this.server = server;
        this.socket = socket;
    }

    static Door to(Sshd server, String address) throws IOException {
        Door door = new Door(server, new ServerSocket(0, 50, InetAddress.ofLiteral(address)));
        Thread.ofVirtual().start(door::accept);
        return door;
    }

    ScriptRequest.Target target(String... users) {
        return new ScriptRequest.Target(address(), socket.getLocalPort(), List.of(users));
    }

    String knownHost() throws IOException {
        return server.knownHost(address(), socket.getLocalPort());
    }

    private String address() {
        return socket.getInetAddress().getHostAddress();
    }

    /** How many connections have come. */
    int knocks() {
        return knocks.get();
    }

    void open() {
        opened.countDown();
    }

    /** Cuts off whoever has come in; who comes from now on waits again. */
    void shut() throws IOException {
        opened = new CountDownLatch(1);
        for (Socket each : sockets) {
            each.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket came = socket.accept();
                sockets.add(came);
                knocks.incrementAndGet();
                Thread.ofVirtual().start(() -> let(came));
            }
        } catch (IOException e) {
            // it is closed
        }
    }

    private void let(Socket came) {
        try {
            opened.await();
            Socket behind = new Socket(InetAddress.ofLiteral(server.address()), server.port());
            sockets.add(behind);
            Thread.ofVirtual().start(() -> copy(came, behind));
            copy(behind, came);
        } catch (IOException | InterruptedException e) {
            // nobody waits for it any more
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // the other one has gone
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket each : sockets) {
            each.close();
        }
    }
}
