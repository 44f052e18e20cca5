package com.busdk.workers.podman;

import com.busdk.workers.containers.BoundedText;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A process and the beginnings of what it prints. More is read and dropped, so that it never stands still with a full
 * pipe. Its methods block and belong on virtual threads; any of them may call.
 *
 * <p>The pipes are read on daemon threads of their own: reading one holds the thread that carries a virtual one, and there
 * are only as many of those as processors.
 */
final class ChildProcess {
    /** What a process is given after a polite request to end. */
    private static final Duration POLITE = Duration.ofSeconds(5);

    /**
     * What podman needs of the environment: where things are, and how to reach registries. Nothing else of it, above all
     * no token of this process.
     */
    private static final Set<String> PASSED = Set.of(
            "PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "DBUS_SESSION_BUS_ADDRESS", "REGISTRY_AUTH_FILE");

    private static final List<String> PASSED_PREFIXES = List.of("XDG_", "LC_", "CONTAINER_", "CONTAINERS_");
    private static final Set<String> PROXIES = Set.of("http_proxy", "https_proxy", "no_proxy", "all_proxy");

    private static final int CHUNK_BYTES = 16 * 1024;

    private final Process process;
    private final Reader out;
    private final Reader err;

    private ChildProcess(Process process, int limit) {
        this.process = process;
        this.out = new Reader(process.getInputStream(), limit);
        this.err = new Reader(process.getErrorStream(), limit);
    }

    /** What a process did. */
    record Outcome(int exitCode, BoundedText stdout, BoundedText stderr) {}

    /**
     * Starts a process with nothing on its standard input.
     *
     * @param limit most bytes that are kept of standard output, and of standard error
     * @throws IOException if there is no such program, or it cannot be started
     */
    static ChildProcess start(List<String> command, int limit) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(variable -> !isPassed(variable));
        Process process = builder.start();
        process.getOutputStream().close();
        return reading(process, limit);
    }

    /** A process that runs, whose output is read from now on. */
    static ChildProcess reading(Process process, int limit) {
        ChildProcess child = new ChildProcess(process, limit);
        child.out.begin("podman-stdout-" + process.pid());
        child.err.begin("podman-stderr-" + process.pid());
        return child;
    }

    /** Whether a variable reaches the process. */
    static boolean isPassed(String variable) {
        return PASSED.contains(variable)
                || PROXIES.contains(variable.toLowerCase(Locale.ROOT))
                || PASSED_PREFIXES.stream().anyMatch(variable::startsWith);
    }

    /** Starts a process and waits for it; ends it if that takes too long. */
    static Outcome run(List<String> command, Duration timeout, int limit) throws IOException, InterruptedException {
        ChildProcess child = start(command, limit);
        boolean inTime = false;
        try {
            inTime = child.waitFor(timeout);
            if (!inTime) {
                throw new IOException("it did not end within " + timeout.toSeconds() + " s");
            }
            return child.outcome();
        } finally {
            if (!inTime) {
                child.kill();
            }
        }
    }

    /** Waits for its end; false if that takes longer. */
    boolean waitFor(Duration timeout) throws InterruptedException {
        return process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Ends it, politely at first. */
    void end() throws InterruptedException {
        process.destroy();
        if (!waitFor(POLITE)) {
            kill();
        }
    }

    void kill() {
        process.destroyForcibly();
    }

    /** What it did. Call it after its end. */
    Outcome outcome() throws InterruptedException {
        int code = process.exitValue();
        return new Outcome(code, out.text(), err.text());
    }

    /** Reads one pipe. The buffer is the reading thread's until that has ended. */
    private static final class Reader {
        /**
         * A grandchild that outlives its parent may hold a pipe open; what it says after so long is not waited for.
         */
        private static final Duration LAST_WORDS = Duration.ofSeconds(5);

        private final InputStream in;
        private final int limit;
        private byte[] kept = new byte[CHUNK_BYTES];
        private int length;
        private boolean truncated;
        private Thread thread = Thread.currentThread();

        Reader(InputStream in, int limit) {
            this.in = in;
            this.limit = limit;
        }

        void begin(String name) {
            thread = Thread.ofPlatform().daemon().name(name).start(this::drain);
        }

        private void drain() {
            byte[] chunk = new byte[CHUNK_BYTES];
            try (in) {
                for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                    keep(chunk, read);
                }
            } catch (IOException _) {
                // The pipe is closed: there is nothing more to read.
            }
        }

        private synchronized void keep(byte[] chunk, int read) {
            int taken = Math.min(read, limit - length);
            truncated |= taken < read;
            if (length + taken > kept.length) {
                kept = Arrays.copyOf(kept, Math.min(limit, Math.max(kept.length * 2, length + taken)));
            }
            System.arraycopy(chunk, 0, kept, length, taken);
            length += taken;
        }

        BoundedText text() throws InterruptedException {
            thread.join(LAST_WORDS);
            synchronized (this) {
                return BoundedText.of(kept, length, truncated);
            }
        }
    }
}
