package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a server uses from when this is made until it is closed: processor time, with that of the processes it has
 * started, and the most memory of its own. Memory is looked at on a thread of this object's own, and pages of mapped
 * files do not count: those are the system's, which takes them back when it needs them. All figures are 0 where there is
 * no {@code /proc}.
 */
final class Usage implements AutoCloseable {
    /** Often enough to see what a run holds, rare beside what reading it costs. */
    private static final int LOOK_MILLIS = 50;

    private static final Path PROC = Path.of("/proc");

    /** Linux says processor time in hundredths of a second, whatever its own clock. */
    private static final double TICKS_PER_SECOND = 100;

    private static final Pattern ANONYMOUS = Pattern.compile("RssAnon:\\s+(\\d+) kB");
    private static final Pattern SHARED = Pattern.compile("RssShmem:\\s+(\\d+) kB");
    private static final double KIB_PER_MIB = 1024;

    /** Fields of {@code /proc/PID/stat} behind the name: user and system time, and those of children that have ended. */
    private static final int FIRST_TIME = 11;

    private static final int TIMES = 4;

    private final ProcessHandle process;
    private final boolean workers;
    private final double before;
    private final Thread looking;
    private volatile boolean closed;
    private volatile double peakMib;

    private Usage(ProcessHandle process, boolean workers) {
        this.process = process;
        this.workers = workers;
        this.before = processorSeconds(process);
        this.looking = Thread.ofPlatform().daemon().name("bus-bench-usage").start(this::look);
    }

    /** Begins to look at a server. */
    static Usage of(PeerServer server) {
        return of(server.process().handle(), server.hasWorkers());
    }

    /** The same for a server that works alone. */
    static Usage of(ServerProcess server) {
        return of(server.handle(), false);
    }

    /**
     * Begins to look at a process.
     *
     * @param workers whether those that it has started hold memory of their own
     */
    static Usage of(ProcessHandle process, boolean workers) {
        return new Usage(process, workers);
    }

    /** Processor time since the beginning, in seconds. */
    double seconds() {
        return processorSeconds(process) - before;
    }

    /** The most memory that was seen so far, in MiB. */
    double peakMib() {
        return Math.max(peakMib, memoryMib());
    }

    private void look() {
        try {
            while (!closed) {
                peakMib = Math.max(peakMib, memoryMib());
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private double memoryMib() {
        double own = 0;
        double shared = 0;
        for (ProcessHandle one : workers ? tree(process) : List.of(process)) {
            String status = read(one, "status");
            own += kib(ANONYMOUS, status);
            // The same pages in each of them.
            shared = Math.max(shared, kib(SHARED, status));
        }
        return (own + shared) / KIB_PER_MIB;
    }

    private static double processorSeconds(ProcessHandle process) {
        double ticks = 0;
        for (ProcessHandle one : tree(process)) {
            ticks += ticks(read(one, "stat"));
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** Processor time in a line of {@code /proc/PID/stat}; 0 where there is none. */
    static double ticks(String stat) {
        // The name is in brackets and may have anything in it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        double ticks = 0;
        for (int i = FIRST_TIME; i < FIRST_TIME + TIMES && i < fields.length; i++) {
            ticks += Double.parseDouble(fields[i]);
        }
        return ticks;
    }

    private static double kib(Pattern field, String status) {
        Matcher found = field.matcher(status);
        return found.find() ? Double.parseDouble(found.group(1)) : 0;
    }

    private static List<ProcessHandle> tree(ProcessHandle process) {
        List<ProcessHandle> all = new ArrayList<>(List.of(process));
        try (Stream<ProcessHandle> children = process.descendants()) {
            children.forEach(all::add);
        }
        return all;
    }

    private static String read(ProcessHandle process, String file) {
        try {
            return Files.readString(PROC.resolve(Long.toString(process.pid())).resolve(file));
        } catch (IOException _) {
            // It has ended, or this is no Linux.
            return "";
        }
    }

    @Override
    public void close() {
        closed = true;
        looking.interrupt();
    }
}
