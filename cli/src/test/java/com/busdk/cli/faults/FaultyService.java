package com.busdk.cli.faults;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The events service as a process that is killed, stopped and started again on the same data. Used by the thread of the
 * nemesis; {@link #port}, {@link #life} and {@link #token} by any.
 */
final class FaultyService implements AutoCloseable {
    private static final String SECRET = "a-secret-of-the-fault-suite-long-enough-for-hs256";

    private static final Duration TOKEN_LIFE = Duration.ofDays(1);

    /** Long enough for a machine under load; only a failure waits for it. */
    private static final long PATIENCE_SECONDS = 60;

    private final Path folder;
    private final String token;
    private final Path agent;
    private Process process;
    private BufferedReader out;
    private volatile int port;
    private final AtomicInteger life = new AtomicInteger(-1);

    /** The log is in {@code data} below the folder, what the processes say in {@code said}. */
    FaultyService(Path folder) {
        this.folder = folder;
        this.agent = MovedClock.agent(folder.resolve("clock.jar"));
        TokenMinter minter = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());
        Scopes scopes = Scopes.parse("events:send events:listen events:admin");
        // Valid for long before and after now, wherever the service's clock jumps to.
        this.token = minter.mint(
                TokenMinter.Grant.service("faults", scopes).withTtl(TOKEN_LIFE),
                "faults",
                Instant.now().minus(TOKEN_LIFE.dividedBy(2)));
    }

    Path data() {
        return folder.resolve("data");
    }

    /** For every request, as long as a run. */
    String token() {
        return token;
    }

    int port() {
        return port;
    }

    /** Counts the processes, from 0; that of one that is gone, until the next runs. */
    int life() {
        return life.get();
    }

    void start() throws IOException, InterruptedException {
        startWith("");
    }

    /** Starts it on a disk that has that order before anything is read or written; none if it is empty. */
    void startWith(String order) throws IOException, InterruptedException {
        if (!launch(order)) {
            throw new AssertionError("the service does not start again: " + said());
        }
    }

    /** Starts it; false if the service says why it does not, and ends. */
    boolean startOrRefuse() throws IOException, InterruptedException {
        return launch("");
    }

    private boolean launch(String order) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // it lives for seconds
                "-Xmx256m",
                "-javaagent:" + agent,
                "-D" + ServiceUnderFault.BEGIN + "=" + order,
                "-cp",
                System.getProperty("java.class.path"),
                ServiceUnderFault.class.getName()));
        command.addAll(Arrays.asList(
                "--addr=127.0.0.1:0",
                "--data-dir=" + data(),
                "--segment-bytes=" + (isLong(order) ? "8MiB" : "1MiB"),
                "--idempotency-window=24h", // a clock that jumps must not end it
                "--drain=1s"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("said").toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("BUS_"));
        builder.environment().put("BUS_EVENTS_JWT_SECRET", SECRET);
        process = builder.start();
        out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("port ")) {
                port = Integer.parseInt(line.substring("port ".length()));
                life.incrementAndGet(); // the port before it: whoever reads this life reads its port
                return true;
            }
        }
        awaitEnd();
        if (process.exitValue() != ServiceUnderFault.REFUSED) {
            throw new AssertionError("it ended with " + process.exitValue() + ": " + said());
        }
        return false;
    }

    /** Small segments come to their end within a run; room ahead is made in long ones alone. */
    private boolean isLong(String order) {
        return !order.isEmpty() || life() % 2 == 0;
    }

    /** Tells the disk what to do, and waits until it knows. */
    void order(String order) throws IOException {
        process.outputWriter(StandardCharsets.US_ASCII).write(order + "\n");
        process.outputWriter(StandardCharsets.US_ASCII).flush();
        for (String line = out.readLine(); line != null && !line.equals(order); line = out.readLine()) {
            // anything else that it prints
        }
    }

    /** Ends it without a warning (SIGKILL). What it had written stays. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Ends it, and takes from its files what was not flushed, or parts of that. */
    void losePower(int seed) throws IOException, InterruptedException {
        order("lose-power " + seed);
        awaitEnd();
    }

    /** Stops it where it stands (SIGSTOP). */
    void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** Lets it go on (SIGCONT). */
    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        if (!kill.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new AssertionError("kill -" + name + " did not work");
        }
    }

    private void awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the service does not end");
        }
    }

    /** The last of what the processes printed as errors. */
    String said() throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve("said"));
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
