package com.busdk.broker.contract.harness;

import com.busdk.broker.backend.nats.NatsServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The NATS server of this JVM's contract tests: started when the first of them asks, ended with the JVM. Each folder of a
 * service's data has a stream of its own, whose name lies in it.
 */
final class SharedNats {
    private static @Nullable NatsServers servers;

    private SharedNats() {}

    static synchronized String url() {
        NatsServers running = servers;
        if (running == null) {
            try {
                Path folder = Files.createTempDirectory("bus-nats");
                running = NatsServers.one(folder);
                NatsServers started = running;
                Runtime.getRuntime().addShutdownHook(new Thread(() -> end(started, folder), "bus-nats-end"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            servers = running;
        }
        return running.url();
    }

    private static void end(NatsServers running, Path folder) {
        running.close();
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        } catch (IOException e) {
            System.err.println("left behind: " + folder + ": " + e);
        }
    }

    /** The stream of that folder; also of a copy of it. */
    static String stream(Path folder) {
        Path file = folder.resolve("stream");
        try {
            if (!Files.exists(file)) {
                Files.createDirectories(folder);
                Files.writeString(file, "T" + UUID.randomUUID().toString().replace("-", "").substring(0, 20));
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
