package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.ServerProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the process of a service has in hand, as the system and the service itself say it. On the thread of the command.
 */
final class ServiceLook {
    private static final Pattern HEAP =
            Pattern.compile("(?m)^jvm_memory_used_bytes\\{[^}]*area=\"heap\"[^}]*} ([0-9.eE+]+)$");
    private static final Pattern CONNECTIONS =
            Pattern.compile("(?m)^bus_events_connections_open(?:\\{[^}]*})? (\\S+)$");
    private static final double BYTES_PER_MIB = 1 << 20;

    private final ServerProcess process;
    private final Path data;
    private double leastHeap = Double.MAX_VALUE;

    /**
     * Looks at that process.
     *
     * @param data where it keeps its log
     */
    ServiceLook(ServerProcess process, Path data) {
        this.process = process;
        this.data = data;
    }

    /** Looks at the heap: the least that was seen between two samples is near to what a collection has left. */
    void glance() {
        double heap = heapMib(process.ask("/metrics"));
        if (heap > 0) {
            leastHeap = Math.min(leastHeap, heap);
        }
    }

    /** Adds all of it to a sample; what cannot be known is 0. */
    void putInto(JsonObject sample) throws IOException {
        glance();
        Path proc = Path.of("/proc", Long.toString(process.handle().pid()));
        sample.put("residentMib", Outcome.round(process.residentMib()))
                .put("heapMib", leastHeap == Double.MAX_VALUE ? 0 : Outcome.round(leastHeap))
                .put("files", entries(proc.resolve("fd")))
                .put("threads", entries(proc.resolve("task")))
                .put("connections", Outcome.round(sum(CONNECTIONS, process.ask("/metrics"))))
                .put("logMib", Outcome.round(bytes(data) / BYTES_PER_MIB));
        leastHeap = Double.MAX_VALUE;
    }

    /** Heap in use, as {@code /metrics} says it; 0 where it does not. */
    static double heapMib(String metrics) {
        return sum(HEAP, metrics) / BYTES_PER_MIB;
    }

    private static double sum(Pattern figure, String metrics) {
        double sum = 0;
        for (Matcher found = figure.matcher(metrics); found.find(); ) {
            sum += Double.parseDouble(found.group(1));
        }
        return sum;
    }

    private static long entries(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.count();
        } catch (IOException _) {
            // It has ended, or this is no Linux.
            return 0;
        }
    }

    private static long bytes(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.toList();
        }
        long bytes = 0;
        for (Path file : files) {
            try {
                bytes += Files.isDirectory(file) ? bytes(file) : Files.size(file);
            } catch (NoSuchFileException _) {
                // A segment that was dropped meanwhile.
            }
        }
        return bytes;
    }
}
