package com.busdk.cli.attack;

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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The events service as an operator starts it, with a small heap and short time-outs, in a process that is the attacked
 * one alone. Any thread; started and ended by the test's.
 */
final class Target implements AutoCloseable {
    static final String SECRET = "a-secret-of-the-attack-suite-long-enough-for-hs256";

    /** Of a connection on which nothing is asked. */
    static final Duration IDLE = Duration.ofSeconds(2);

    /** Of a stream that takes nothing. */
    static final Duration STALL = Duration.ofSeconds(3);

    static final int MAX_STREAMS_OF_AN_IDENTITY = 500;

    static final int HEAP_MIB = 256;

    /**
     * What the process may have of its own (files that are mapped do not count): the heap, as much again for buffers
     * outside of it, and what a JVM needs for its code, its classes and its collector.
     */
    static final int MOST_MIB = 2 * HEAP_MIB + 192;

    /** Only a failure waits for so long. */
    private static final long PATIENCE_SECONDS = 60;

    /** As much as a person reads. */
    private static final int MOST_SHOWN_LINES = 10;

    private static final int MOST_SHOWN_CHARS = 400;

    private static final TokenMinter MINTER = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC());

    private final Path said;
    private final Process process;
    private final int port;

    /** Starts it, with everything it keeps below that folder, and public keys that it takes beside the secret. */
    Target(Path folder, String jwks) throws IOException {
        said = folder.resolve("said");
        Path keys = Files.writeString(folder.resolve("keys.json"), jwks);
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        launcher().toString(),
                        "api",
                        "provider",
                        "events",
                        "--addr=127.0.0.1:0",
                        "--data-dir=" + folder.resolve("data"),
                        "--segment-bytes=16MiB",
                        "--retention-bytes=256MiB",
                        "--jwks=" + keys,
                        "--idle-timeout=" + IDLE.toSeconds() + "s",
                        "--stall-timeout=" + STALL.toSeconds() + "s",
                        "--max-streams-per-identity=" + MAX_STREAMS_OF_AN_IDENTITY))
                .redirectError(said.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("BUS_") && !name.equals("BUS_JAVA"));
        builder.environment().put("BUS_BUILD", "never");
        builder.environment().put("BUS_CONFIG_DIR", folder.resolve("config").toString());
        builder.environment().put("BUS_EVENTS_JWT_SECRET", SECRET);
        builder.environment().put("BUS_JAVA_OPTS", "-Xmx" + HEAP_MIB + "m");
        process = builder.start();
        port = portOf(process.inputReader(StandardCharsets.UTF_8));
    }

    private static Path launcher() {
        return Path.of("..").toAbsolutePath().normalize().resolve("scripts/bus");
    }

    private int portOf(BufferedReader out) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("events service at")) {
                return Integer.parseInt(line.replaceAll(".*http://[0-9.]+:([0-9]+).*", "$1"));
            }
        }
        throw new AssertionError("the service does not start:\n" + said());
    }

    int port() {
        return port;
    }

    /** A user's token that lives longer than the suite. */
    static String user(String subject) {
        return MINTER.mint(TokenMinter.Grant.user(subject, Scopes.parse("events:send events:listen"))
                .withTtl(Duration.ofDays(1)));
    }

    Wire open() throws IOException {
        return Wire.open(port);
    }

    /** What the service answers to one request on a connection of its own; the service has to close or answer. */
    Wire.Answer ask(String request) throws IOException {
        try (Wire wire = open()) {
            wire.send(request);
            return wire.answer();
        }
    }

    /** A figure of {@code /metrics}. */
    double figure(String name) throws IOException {
        String metrics = ask(Requests.get("/metrics")).body();
        return metrics.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no figure " + name + " in:\n" + metrics));
    }

    /** What the process has of its own now, in MiB; 0 where the system does not tell. */
    int memoryMib() throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("RssAnon:"))
                    .mapToInt(line -> Integer.parseInt(line.replaceAll("[^0-9]", "")) >> 10)
                    .findFirst()
                    .orElse(0);
        }
    }

    /** Fails unless it lives, is ready and has never been out of memory. */
    void expectWell() throws IOException {
        if (!process.isAlive()) {
            throw new AssertionError("the service has ended with " + process.exitValue() + ":\n" + said());
        }
        int ready = ask(Requests.get("/readyz")).status();
        String log = Files.readString(said);
        if (ready != 200 || log.contains("OutOfMemory") || log.contains("OutOfDirectMemory")) {
            throw new AssertionError("the service is not well, /readyz is " + ready + "; it said:\n" + said());
        }
    }

    /** The last of what it printed as errors and log. */
    String said() throws IOException {
        List<String> lines = Files.readAllLines(said);
        return lines.stream()
                .skip(Math.max(0, lines.size() - MOST_SHOWN_LINES))
                .map(line -> line.substring(0, Math.min(line.length(), MOST_SHOWN_CHARS)))
                .collect(Collectors.joining("\n"));
    }

    /** Bytes of that. */
    long saidBytes() throws IOException {
        return Files.size(said);
    }

    /** SIGTERM; gives what it exits with. */
    int terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the service does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
