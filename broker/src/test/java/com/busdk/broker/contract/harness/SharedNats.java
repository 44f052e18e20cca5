package com.busdk.broker.contract.harness;

import com.busdk.broker.backend.nats.NatsServers;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The one NATS server of this JVM, which is started when the first test asks for it and ended with the JVM. Each data
 * folder has a stream of its own there, called by a hash of the folder: who starts again on the same folder finds the same
 * stream. Any thread.
 */
final class SharedNats {
    /** Bytes of the hash in a stream's name, which has 32 characters at most. */
    private static final int NAME_BYTES = 12;

    private SharedNats() {}

    /** Made with the first use of this class, and not with that of the one around it. */
    private static final class Holder {
        static final Path FOLDER = newFolder();
        static final NatsServers SERVERS = start();

        private static Path newFolder() {
            try {
                return Files.createTempDirectory("bus-contract-nats");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static NatsServers start() {
            NatsServers servers = open();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(servers), "end-nats"));
            return servers;
        }

        private static NatsServers open() {
            try {
                return NatsServers.one(FOLDER);
            } catch (Exception e) {
                throw new IllegalStateException("the NATS server of the tests does not start", e);
            }
        }

        private static void end(NatsServers servers) {
            try {
                servers.close();
                delete(FOLDER);
            } catch (Exception e) {
                System.err.println("the NATS server of the tests does not end: " + e);
            }
        }

        private static void delete(Path folder) throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Whether there is a program to start. */
    static boolean available() {
        return NatsServers.available();
    }

    static Map<String, String> flags(Path folder, int process) {
        return Map.of(
                "events-backend",
                "nats",
                "nats-url",
                Holder.SERVERS.url(),
                "nats-replicas",
                "1",
                "nats-stream",
                stream(folder),
                "data-dir",
                folder.resolve("process-" + process).toString());
    }

    /** Deletes the streams of that folder, which nobody may use any more. */
    @SuppressWarnings("try") // an interrupt ends the test either way
    static void forget(Path folder) {
        try (Connection connection = Nats.connect(Holder.SERVERS.url())) {
            JetStreamManagement streams = connection.jetStreamManagement();
            for (String name : List.of(stream(folder), stream(folder) + "-groups")) {
                try {
                    streams.deleteStream(name);
                } catch (JetStreamApiException e) {
                    // it is not there
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String stream(Path folder) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(folder.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
            return "T-" + HexFormat.of().formatHex(hash, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
