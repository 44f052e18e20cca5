package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The runner's programs in a shell of this machine, without SSH.
 *
 * @param words the shell's command
 * @param environment what it gets beside the test's own
 */
record Shell(List<String> words, Map<String, String> environment) {
    private static final int PATIENCE_SECONDS = 60;

    /** Every shell that may be a target's {@code sh} and is here. */
    static Stream<Shell> all() {
        return Stream.of(List.of("sh"), List.of("dash"), List.of("bash", "--posix"), List.of("busybox", "sh"))
                .filter(words -> Stream.of("/bin/", "/usr/bin/")
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder + words.get(0)))))
                .map(words -> new Shell(words, Map.of()));
    }

    static Shell usual() {
        return new Shell(List.of("sh"), Map.of());
    }

    Shell with(Map<String, String> variables) {
        return new Shell(words, variables);
    }

    /** The same shell on a machine whose {@code sh} it is. */
    Shell asSh(Path folder) throws IOException {
        Path program = Stream.of("/bin/", "/usr/bin/")
                .map(bin -> Path.of(bin + words.get(0)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
        Path bin = Files.createDirectories(folder.resolve("sh-is-" + words.get(0)));
        Files.createSymbolicLink(bin.resolve("sh"), program);
        return new Shell(List.of(bin.resolve("sh").toString()), Map.of("PATH", bin + ":" + System.getenv("PATH")));
    }

    /** The same shell on a disk that takes nothing any more. */
    Shell withoutRoom() {
        return new Shell(
                Stream.concat(Stream.of("sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"), words.stream())
                        .toList(),
                environment);
    }

    /** How an attempt went. */
    record Outcome(String stdout, String stderr, String end, boolean cut) {}

    /** An attempt that is under way. */
    final class Following implements AutoCloseable {
        private final Process process;
        private final MarkedOutput out;
        private final MarkedOutput err;
        private final List<String> marks = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Void> first = new CompletableFuture<>();
        private final List<Thread> readers;
        private final Attempt attempt;

        private Following(Attempt attempt, byte[] program, int limit) throws IOException {
            this.attempt = attempt;
            process = start();
            out = new MarkedOutput(attempt, limit, mark -> {});
            err = new MarkedOutput(attempt, limit, mark -> {
                marks.add(mark);
                first.complete(null);
            });
            readers = List.of(
                    Thread.ofVirtual().start(() -> copy(process.getInputStream(), out)),
                    Thread.ofVirtual().start(() -> {
                        copy(process.getErrorStream(), err);
                        first.complete(null);
                    }));
            write(program);
        }

        private void write(byte[] bytes) throws IOException {
            OutputStream in = process.getOutputStream();
            in.write(bytes);
            in.flush();
        }

        /** What it said first: ready or refused; empty if it said nothing. */
        String said() throws Exception {
            first.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return marks.isEmpty() ? "" : marks.get(0);
        }

        /** Lets it go on with this input, unless it has ended already. */
        Following go(String input) throws Exception {
            said();
            try {
                write(RemotePrograms.go(attempt));
                write(input.getBytes(StandardCharsets.UTF_8));
                process.getOutputStream().close();
            } catch (IOException _) {
                // It has said all that it has to say, and reads no more.
            }
            return this;
        }

        /** Takes its shell away, as a connection's end may. */
        void kill() {
            process.destroyForcibly();
        }

        boolean lives() {
            return process.isAlive();
        }

        Process process() {
            return process;
        }

        /** How long the script ran, when it has ended. */
        int hundredths() {
            String last = marks.getLast();
            return Integer.parseInt(last.substring(last.lastIndexOf(':') + 1));
        }

        /** Waits for its end. */
        Outcome end() throws Exception {
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "it goes on: " + marks);
            for (Thread reader : readers) {
                reader.join();
            }
            String last = marks.isEmpty() ? "" : marks.get(marks.size() - 1);
            // The last field is how long it took.
            String end = last.startsWith("end:") ? last.substring(0, last.lastIndexOf(':')) : last;
            return new Outcome(out.text(), err.text(), end, out.truncated() || err.truncated());
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Sends an attempt. */
    Following attempt(Attempt attempt, ScriptRequest request, Optional<RemotePrograms.Setup> setup, int limit)
            throws Exception {
        return attempt(attempt, request, setup, new RemotePrograms.Limits(PATIENCE_SECONDS, limit));
    }

    Following attempt(
            Attempt attempt, ScriptRequest request, Optional<RemotePrograms.Setup> setup, RemotePrograms.Limits limits)
            throws Exception {
        return send(attempt, RemotePrograms.run(attempt, request, setup, limits, true), limits.outputBytes());
    }

    Following send(Attempt attempt, byte[] program, int limit) throws Exception {
        return new Following(attempt, program, limit);
    }

    Following attempt(Attempt attempt, ScriptRequest request) throws Exception {
        return attempt(attempt, request, Optional.empty(), 1 << 20);
    }

    /** Sends an attempt that knows of an earlier one. */
    Following follow(Attempt attempt, ScriptRequest request) throws Exception {
        var limits = new RemotePrograms.Limits(PATIENCE_SECONDS, 1 << 20);
        return send(attempt, RemotePrograms.run(attempt, request, Optional.empty(), limits, false), 1 << 20);
    }

    /** Runs a script to its end. */
    Outcome run(Attempt attempt, ScriptRequest request) throws Exception {
        return attempt(attempt, request).go(request.stdin()).end();
    }

    /** What a small program says. */
    String ask(Attempt attempt, byte[] program) throws Exception {
        List<String> marks = new CopyOnWriteArrayList<>();
        Process process = start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(program);
        }
        copy(process.getInputStream(), new MarkedOutput(attempt, 1, marks::add));
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertEquals(RemotePrograms.HERE, marks.removeFirst(), "whatever comes to it, it has shown that it is a shell");
        return String.join(",", marks);
    }

    Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(words.stream(), Stream.of("-s")).toList());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static void copy(InputStream from, MarkedOutput to) {
        try (from) {
            from.transferTo(to);
        } catch (IOException e) {
            // a test has closed it
        }
    }

    /** Where what is kept of a request is, whether it is there or not. */
    static Path folder(Attempt attempt) throws Exception {
        String base = Files.isWritable(Path.of("/run")) ? "/run" : "/tmp";
        return Path.of(base, "bus-ssh-" + Peer.run("id", "-u").strip(), attempt.run());
    }
}
