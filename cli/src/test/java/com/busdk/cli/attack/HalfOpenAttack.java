package com.busdk.cli.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Connections that are begun and never finished: the client does not answer the system of the service, which keeps asking.
 * They need no file, of the client or the service, so that there may be more of them than a process may have files.
 *
 * <p>On one machine a handshake is over before one can leave it. It needs a network namespace in which what the service's
 * system says to {@link #NETWORK} is dropped; {@code docs/security.md} has the command that makes one. Without it, this is left
 * out, and the table says so.
 */
final class HalfOpenAttack {
    /** In all, each from an address and port of its own. */
    private static final int CONNECTIONS = 100_000;

    private static final int OF_AN_ADDRESS = 10_000;
    private static final int FIRST_PORT = 20_000;
    private static final String NETWORK = "127.0.9.";

    /** How {@code /proc/net/tcp} writes SYN_RECV (include/net/tcp_states.h of Linux). */
    private static final String BEGUN = "03";

    private HalfOpenAttack() {}

    static Attack attack() {
        return new Attack(
                "half-open connections", "others connect as before", (target, force) -> strike(target.port(), force));
    }

    private static String strike(int port, Attack.Force force) throws IOException {
        if (begin(port, 0)) {
            return "left out: the system of this machine finishes each handshake";
        }
        for (int number = 1; number < CONNECTIONS; number++) {
            if (begin(port, number)) {
                throw new AssertionError("connection " + number + " has come about");
            }
        }
        long kept = kept(port);
        Pause.until(force.end());
        return CONNECTIONS + " begun, of which the system keeps " + kept;
    }

    /** Begins one and forgets it, which tells the service nothing. True where it has come about at once. */
    private static boolean begin(int port, int number) throws IOException {
        InetAddress from = InetAddress.ofLiteral(NETWORK + (1 + number / OF_AN_ADDRESS));
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(from, FIRST_PORT + number % OF_AN_ADDRESS));
            return channel.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port))
                    || channel.finishConnect();
        }
    }

    /** Of both families: a service that listens to both has its connections in the table of the second. */
    private static long kept(int port) throws IOException {
        String local = String.format(Locale.ROOT, "0100007F:%04X", port);
        long kept = 0;
        for (String table : List.of("tcp", "tcp6")) {
            Path path = Path.of("/proc/net", table);
            if (Files.exists(path)) {
                try (Stream<String> lines = Files.lines(path)) {
                    kept += lines.map(line -> line.strip().split(" +"))
                            .filter(fields -> fields[1].endsWith(local) && fields[3].equals(BEGUN))
                            .count();
                }
            }
        }
        return kept;
    }
}
