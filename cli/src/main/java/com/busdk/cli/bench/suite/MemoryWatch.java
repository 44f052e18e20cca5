package com.busdk.cli.bench.suite;

import com.busdk.cli.bench.suite.Row.Reached;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What a service holds in memory after each work. */
final class MemoryWatch {
    private static final double HEAP_LIMIT_MIB = 512;

    private final ServerProcess service;
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private double mostHeap;
    private double mostResident;

    MemoryWatch(ServerProcess service) {
        this.service = service;
    }

    /** Looks after a work. */
    void look(String work) throws InterruptedException {
        double resident = service.residentMib();
        double heap = service.liveHeapMib();
        figures.put(work + " heapMib", heap);
        figures.put(work + " residentMib", resident);
        mostHeap = Math.max(mostHeap, heap);
        mostResident = Math.max(mostResident, resident);
    }

    /** The most of it. The service has a heap of 512 MiB and ends when that is too little, so it was enough. */
    Row row() {
        boolean reached = mostHeap < HEAP_LIMIT_MIB;
        return new Row(
                "memory in all of the above",
                "< 512 MB heap",
                "",
                String.format(
                        Locale.ROOT,
                        "a heap of 512 MiB was enough; at most %.0f MiB live after a work, %.0f MiB resident without"
                                + " the mapped log",
                        mostHeap,
                        mostResident),
                Reached.of(reached, reached),
                figures);
    }
}
