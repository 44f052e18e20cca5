package com.busdk.cli.bench.suite;

import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server as a process of its own: what it listens on, what it uses, and its end. */
public final class ServerProcess implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofMinutes(2);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(30);
    private static final int READY_POLL_MILLIS = 2;
    private static final int SOCKET_TIMEOUT_MILLIS = 2_000;
    private static final Pattern RESIDENT = Pattern.compile("RssAnon:\\s+(\\d+) kB");
    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");
    private static final double KIB_PER_MIB = 1024;

    private final Process process;
    private final Path log;
    private final int port;
    private final long startedAt;
    private double secondsToReady;

    private ServerProcess(Process process, Path log, int port, long startedAt) {
        this.process = process;
        this.log = log;
        this.port = port;
        this.startedAt = startedAt;
    }

    /**
     * Starts a server and waits until it is ready.
     *
     * @param command the words of the command line
     * @param environment variables to add
     * @param port the port that it was told to listen on
     * @param path asked until it is answered with a status below 500
     * @param log takes what the server prints
     */
    static ServerProcess start(List<String> command, Map<String, String> environment, int port, String path, Path log)
            throws IOException, InterruptedException {
        return start(command, environment, port, new Greeting(httpRequest(path), "HTTP/1.1 2"), log);
    }

    /**
     * What a server is asked at its start.
     *
     * @param question sent once it is connected to, may be empty
     * @param answer what it begins its answer with when it is ready
     */
    public record Greeting(String question, String answer) {}

    /** The same for a server of another protocol, which is ready when it gives that answer. */
    public static ServerProcess start(
            List<String> command, Map<String, String> environment, int port, Greeting greeting, Path log)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        long before = System.nanoTime();
        var server = new ServerProcess(builder.start(), log, port, before);
        try {
            server.awaitReady(greeting);
        } catch (CliException | InterruptedException e) {
            server.kill();
            throw e;
        }
        return server;
    }

    /** A port that was free a moment ago. */
    public static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady(Greeting greeting) throws InterruptedException {
        while (System.nanoTime() - startedAt < READY_WITHIN.toNanos()) {
            if (!process.isAlive()) {
                throw CliException.failed("a server of the bench ended at its start; it said: " + lastWords());
            }
            if (isReady(greeting)) {
                secondsToReady = (System.nanoTime() - startedAt) / 1e9;
                return;
            }
            Thread.sleep(READY_POLL_MILLIS);
        }
        throw CliException.failed(
                "a server of the bench was not ready in " + READY_WITHIN.toSeconds() + " s; it said: " + lastWords());
    }

    private boolean isReady(Greeting greeting) {
        try (Socket socket = connected()) {
            socket.getOutputStream().write(greeting.question().getBytes(StandardCharsets.US_ASCII));
            int length = greeting.answer().length();
            byte[] begin = socket.getInputStream().readNBytes(length);
            return new String(begin, StandardCharsets.US_ASCII).equals(greeting.answer());
        } catch (IOException _) {
            return false;
        }
    }

    private Socket connected() throws IOException {
        var socket = new Socket();
        boolean complete = false;
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), SOCKET_TIMEOUT_MILLIS);
            socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
            complete = true;
            return socket;
        } finally {
            if (!complete) {
                socket.close();
            }
        }
    }

    private static String httpRequest(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    }

    /** The answer to a GET, head and body, or nothing if there was none. */
    public String ask(String path) {
        try (Socket socket = connected()) {
            socket.getOutputStream().write(httpRequest(path).getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException _) {
            return "";
        }
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log);
            return lines.isEmpty()
                    ? "nothing"
                    : String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
        } catch (IOException _) {
            return "nothing that can be read";
        }
    }

    /** The port that it listens on. */
    public int port() {
        return port;
    }

    /** From the start of the process to the first good answer. */
    public double secondsToReady() {
        return secondsToReady;
    }

    /** Processor time used so far. */
    public Duration processorTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /**
     * Memory of its own that the system holds for it, in MiB; 0 where there is no {@code /proc}. Pages of mapped files
     * do not count: those are the log's, and the system takes them back when it needs them.
     */
    public double residentMib() {
        try {
            Matcher found = RESIDENT.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
            return found.find() ? Long.parseLong(found.group(1)) / KIB_PER_MIB : 0;
        } catch (IOException _) {
            return 0;
        }
    }

    /** Heap that is reachable, after a collection, in MiB; 0 where this Java has no {@code jcmd}. */
    public double liveHeapMib() throws InterruptedException {
        jcmd("GC.run");
        Matcher found = HEAP_USED.matcher(jcmd("GC.heap_info"));
        return found.find() ? Long.parseLong(found.group(1)) / KIB_PER_MIB : 0;
    }

    private String jcmd(String command) throws InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd)) {
            return "";
        }
        try {
            Process asked = new ProcessBuilder(jcmd.toString(), Long.toString(process.pid()), command)
                    .redirectErrorStream(true)
                    .start();
            String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            asked.waitFor();
            return said;
        } catch (IOException _) {
            return "";
        }
    }

    /** Ends it without a warning, as a crash does. */
    void kill() throws InterruptedException {
        // First those that it has started, which would live on without it.
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.waitFor();
    }

    /** The process, for what is not asked here. */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** Asks it to stop, and waits until it has. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
            kill();
        }
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
