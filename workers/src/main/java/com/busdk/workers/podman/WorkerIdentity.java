package com.busdk.workers.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Which process started a container: host, process id and start time. By this a worker knows which containers of this host
 * nobody looks after any more.
 *
 * @param host the host's name
 * @param pid the process id
 * @param startedAt when it started, in milliseconds since 1970
 */
record WorkerIdentity(String host, long pid, long startedAt) {
    private static final Path HOST_NAME = Path.of("/etc/hostname");
    private static final int PARTS = 3;

    /**
     * The kernel counts a process's start from boot, and the time of boot moves a little when the clock is set: closer
     * than this is the same process. A process id that is given anew so soon would have to go round all others first.
     */
    private static final Duration SAME = Duration.ofSeconds(5);

    /** The identity of this process. */
    static WorkerIdentity ofThisProcess(Map<String, String> environment) {
        ProcessHandle self = ProcessHandle.current();
        return new WorkerIdentity(
                hostName(environment), self.pid(), startOf(self).orElse(0L));
    }

    /** Reads a label's value; empty if it is none. */
    static Optional<WorkerIdentity> parse(String label) {
        String[] parts = label.split("/", -1);
        try {
            return parts.length == PARTS
                    ? Optional.of(new WorkerIdentity(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2])))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty(); // somebody else's label
        }
    }

    String label() {
        return host + "/" + pid + "/" + startedAt;
    }

    /** Whether it is a process of this host that is there no more. */
    boolean isDeadHere(WorkerIdentity here) {
        return host.equals(here.host) && !isAlive();
    }

    /** Whether it is another process of this host, and still there. */
    boolean isOtherAliveHere(WorkerIdentity here) {
        return host.equals(here.host) && !equals(here) && isAlive();
    }

    private boolean isAlive() {
        Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        return process.isPresent()
                && startOf(process.get())
                        .map(start -> Math.abs(start - startedAt) <= SAME.toMillis())
                        .orElse(true);
    }

    private static Optional<Long> startOf(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli);
    }

    private static String hostName(Map<String, String> environment) {
        String name = environment.getOrDefault("HOSTNAME", "");
        try {
            name = Files.exists(HOST_NAME) ? Files.readString(HOST_NAME) : name;
        } catch (IOException _) {
            // The variable will do: the name only has to be the same at the next start.
        }
        String clean = name.strip().replaceAll("[^A-Za-z0-9._-]", "-");
        return clean.isEmpty() ? "localhost" : clean;
    }
}
