package com.busdk.cli.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

/** Starts real processes through {@code scripts/bus}, in an environment of the test's own, and stops them again. */
final class Bus implements AutoCloseable {
    /** Long enough for a machine that does many other things; only a failure waits for it. */
    private static final long PATIENCE_SECONDS = 60;

    /** A port that is free may be somebody else's a moment later; not every time. */
    private static final int MAX_TRIES = 5;

    private final Path directory;
    private final Path launcher;
    private final List<Running> running = new CopyOnWriteArrayList<>();
    private final List<String> variables = new ArrayList<>();

    /** Processes of this checkout that keep everything below {@code directory}. */
    Bus(Path directory) {
        this(directory, Path.of("..").toAbsolutePath().normalize());
    }

    /** Processes of that checkout that keep everything below {@code directory}. */
    Bus(Path directory, Path checkout) {
        this.directory = directory;
        this.launcher = checkout.resolve("scripts/bus");
    }

    /** How a process ended. */
    record Ended(int code, String out, String err) {}

    /** A further environment variable, {@code NAME=value}. */
    Bus with(String variable) {
        variables.add(variable);
        return this;
    }

    /** A port that was free a moment ago. */
    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command to its end. */
    Ended run(String... arguments) throws IOException, InterruptedException {
        return reading("", arguments);
    }

    /** Runs a command to its end with {@code input} on its standard input. */
    Ended reading(String input, String... arguments) throws IOException, InterruptedException {
        try (Running process = start(arguments)) {
            process.feed(input);
            return process.end();
        }
    }

    /** Runs a line of the shell in which {@code bus} is the launcher. */
    Ended shell(String line) throws IOException, InterruptedException {
        try (Running process = launch(List.of("sh", "-c", "bus() { '" + launcher + "' \"$@\"; }; " + line))) {
            process.feed("");
            return process.end();
        }
    }

    /** Starts a command that runs until somebody stops it. */
    Running start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(arguments));
        return launch(command);
    }

    /** Starts a local stack on ports of its own, and waits until it is up; commands find it from then on. */
    Running up(String... more) throws Exception {
        return up(Bus::freePort, more);
    }

    /** The same on ports that somebody gives; on others where those have been taken meanwhile. */
    Running up(IntSupplier ports, String... more) throws Exception {
        for (int tried = 1; ; tried++) {
            int gateway = ports.getAsInt();
            int events = ports.getAsInt();
            List<String> words = new ArrayList<>(
                    List.of("up", "--containers", "static", "--port", "" + gateway, "--events-port", "" + events));
            words.addAll(List.of(more));
            Running up = start(words.toArray(String[]::new));
            if (up.isUp() || tried == MAX_TRIES || !up.metATakenPort()) {
                up.awaitOut(Running::isLastLine);
                with("BUS_EVENTS_API_URL=http://127.0.0.1:" + events);
                with("BUS_AI_API_URL=http://127.0.0.1:" + gateway);
                with("BUS_AUTH_API_URL=http://127.0.0.1:" + gateway);
                return up;
            }
        }
    }

    private Running launch(List<String> command) throws IOException {
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("BUS_") && !name.equals("BUS_JAVA"));
        builder.environment().put("BUS_BUILD", "never");
        builder.environment().put("BUS_CONFIG_DIR", directory.resolve("config").toString());
        builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
        for (String variable : variables) {
            int equals = variable.indexOf('=');
            builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
        }
        var process = new Running(builder.start());
        running.add(process);
        return process;
    }

    @Override
    public void close() {
        running.forEach(Running::close);
    }

    /** A process that was started. */
    static final class Running implements AutoCloseable {
        private final Process process;
        private final Lines out;
        private final Lines err;

        private Running(Process process) {
            this.process = process;
            this.out = new Lines(process.getInputStream());
            this.err = new Lines(process.getErrorStream());
        }

        /** Writes to its standard input and closes that. */
        void feed(String input) throws IOException {
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It may have ended without reading.
                if (process.isAlive()) {
                    throw e;
                }
            }
        }

        /** Waits until it has printed such a line, and returns the line. */
        String awaitOut(Predicate<String> wanted) throws Exception {
            return out.await(wanted, this);
        }

        /** Waits until it has printed such a line on standard error, and returns the line. */
        String awaitErr(Predicate<String> wanted) throws Exception {
            return err.await(wanted, this);
        }

        /** Waits for the last line that a local stack prints at its start, or for its end; true if the line came. */
        private boolean isUp() throws InterruptedException {
            return out.came(Running::isLastLine);
        }

        private static boolean isLastLine(String line) {
            return line.startsWith("One-time passwords");
        }

        /** Whether it has ended since another listens where it was to. */
        private boolean metATakenPort() throws InterruptedException {
            return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    && err.all().contains("the port is in use");
        }

        /** Sends it a signal, for example {@code TERM}. */
        void signal(String name) throws IOException, InterruptedException {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        }

        /** Waits for its end. */
        Ended end() throws InterruptedException {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("it does not end; it printed:\n" + out.text() + err.text());
            }
            return new Ended(process.exitValue(), out.all(), err.all());
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
        }
    }

    /** What a process prints, line by line as it comes. */
    private static final class Lines {
        private final List<String> lines = new ArrayList<>();
        private final CompletableFuture<Void> ended;
        private boolean over;

        Lines(InputStream in) {
            this.ended = CompletableFuture.runAsync(
                    () -> read(in), task -> Thread.ofVirtual().start(task));
        }

        private void read(InputStream in) {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    add(line);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                end();
            }
        }

        private synchronized void add(String line) {
            lines.add(line);
            notifyAll();
        }

        private synchronized void end() {
            over = true;
            notifyAll();
        }

        String await(Predicate<String> wanted, Running process) throws InterruptedException {
            return find(wanted)
                    .orElseThrow(() -> new AssertionError(
                            "no such line came; out:\n" + process.out.text() + "err:\n" + process.err.text()));
        }

        boolean came(Predicate<String> wanted) throws InterruptedException {
            return find(wanted).isPresent();
        }

        /** Such a line, as soon as it is there; nothing if the last one has come, or none for long. */
        private synchronized Optional<String> find(Predicate<String> wanted) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (true) {
                for (String line : lines) {
                    if (wanted.test(line)) {
                        return Optional.of(line);
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (over || left <= 0) {
                    return Optional.empty();
                }
                wait(left);
            }
        }

        synchronized String text() {
            return String.join("", lines.stream().map(line -> line + "\n").toList());
        }

        String all() {
            ended.join();
            return text();
        }
    }

    /** The text of a file below the directory. */
    String file(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }

    /** Writes a file below the directory. */
    void file(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }
}
