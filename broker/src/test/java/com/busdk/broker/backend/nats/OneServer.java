package com.busdk.broker.backend.nats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One server that is no cluster, for all tests of a class; each of them names a stream of its own. */
final class OneServer implements BeforeAllCallback, AfterAllCallback {
    private final AtomicInteger streams = new AtomicInteger();
    private Path folder;
    private NatsServers servers;

    NatsServers servers() {
        return servers;
    }

    /** A name that no other test has. */
    String newStream() {
        return "TEST-" + streams.incrementAndGet();
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        Assumptions.assumeTrue(NatsServers.available(), "nats-server is not installed");
        folder = Files.createTempDirectory("nats-server");
        servers = NatsServers.one(folder);
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (servers != null) {
            servers.close();
        }
        if (folder != null) {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(folder)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path one : deepestFirst) {
            Files.delete(one);
        }
    }
}
