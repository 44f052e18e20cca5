package com.busdk.broker.backend.nats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * NATS servers of a test, on free ports of 127.0.0.1, with all they keep in a folder of the test's. Ended by their own
 * process handles. One test's thread.
 */
public final class NatsServers implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final List<Server> servers = new ArrayList<>();
    private final String more;

    private static final class Server {
        final Path folder;
        final int port;
        final int monitor;
        final int route;

        @Nullable
        Process process;

        Server(Path folder, List<Integer> ports) {
            this.folder = folder;
            this.port = ports.get(0);
            this.monitor = ports.get(1);
            this.route = ports.get(2);
        }
    }

    private NatsServers(String more) {
        this.more = more;
    }

    /** One server that is no cluster. */
    public static NatsServers one(Path folder) {
        return start(folder, 1, "");
    }

    /** One server with more lines in its file. */
    public static NatsServers one(Path folder, String more) {
        return start(folder, 1, more);
    }

    /** A cluster of three. */
    public static NatsServers three(Path folder) {
        return start(folder, 3, "");
    }

    private static NatsServers start(Path folder, int count, String more) {
        NatsServers all = new NatsServers(more);
        List<Integer> ports = freePorts(3 * count);
        try {
            for (int i = 0; i < count; i++) {
                Path own = Files.createDirectories(folder.resolve("n" + i));
                all.servers.add(new Server(own, ports.subList(3 * i, 3 * i + 3)));
            }
            for (int i = 0; i < count; i++) {
                all.begin(i);
            }
            for (int i = 0; i < count; i++) {
                all.untilReady(i);
            }
        } catch (IOException e) {
            all.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException | AssertionError e) {
            all.close();
            throw e;
        }
        return all;
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            sockets.forEach(NatsServers::close);
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void begin(int index) throws IOException {
        Server server = servers.get(index);
        StringBuilder file = new StringBuilder()
                .append("server_name: n")
                .append(index)
                .append('\n')
                .append("listen: \"127.0.0.1:")
                .append(server.port)
                .append("\"\n")
                .append("http: \"127.0.0.1:")
                .append(server.monitor)
                .append("\"\n")
                .append("max_payload: 8MB\n")
                .append("log_file: \"")
                .append(server.folder.resolve("log"))
                .append("\"\n")
                .append("jetstream { store_dir: \"")
                .append(server.folder.resolve("store"))
                .append("\", max_mem: 64MB, max_file: 2TB }\n")
                .append(more);
        if (servers.size() > 1) {
            String routes = servers.stream()
                    .map(one -> "\"nats://127.0.0.1:" + one.route + "\"")
                    .collect(Collectors.joining(", "));
            file.append("cluster { name: test, listen: \"127.0.0.1:")
                    .append(server.route)
                    .append("\", routes: [ ")
                    .append(routes)
                    .append(" ] }\n");
        }
        Path conf = Files.writeString(server.folder.resolve("nats.conf"), file);
        server.process = new ProcessBuilder(program(), "-c", conf.toString())
                .redirectErrorStream(true)
                .redirectOutput(server.folder.resolve("out").toFile())
                .start();
    }

    private static String program() {
        for (String folder : List.of("/usr/sbin", "/usr/local/bin", "/usr/bin", "/usr/local/sbin")) {
            if (Files.isExecutable(Path.of(folder, "nats-server"))) {
                return folder + "/nats-server";
            }
        }
        return "nats-server";
    }

    /** Whether there is a program to start. */
    public static boolean available() {
        try {
            Process process = new ProcessBuilder(program(), "-v")
                    .redirectErrorStream(true)
                    .start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void untilReady(int index) {
        Server server = servers.get(index);
        URI health = URI.create("http://127.0.0.1:" + server.monitor + "/healthz");
        until("server " + index + " to be ready", () -> {
            Process process = server.process;
            if (process == null || !process.isAlive()) {
                throw new AssertionError("server " + index + " has ended: " + tail(server));
            }
            try {
                return HTTP.send(HttpRequest.newBuilder(health).timeout(ANSWER).build(), BodyHandlers.ofString())
                                .statusCode()
                        == 200;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static String tail(Server server) {
        try {
            Path log = server.folder.resolve("log");
            Path out = server.folder.resolve("out");
            String said = (Files.exists(log) ? Files.readString(log) : "") + Files.readString(out);
            return said.substring(Math.max(0, said.length() - 2_000));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private interface Question {
        boolean ask() throws InterruptedException;
    }

    private static void until(String what, Question question) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        try {
            while (!question.ask()) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError("waited in vain for " + what);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** All of them, as a client is given them. */
    public String url() {
        return String.join(",", urls());
    }

    public List<String> urls() {
        return servers.stream().map(server -> "nats://127.0.0.1:" + server.port).toList();
    }

    public int size() {
        return servers.size();
    }

    private Process process(int index) {
        Process process = servers.get(index).process;
        if (process == null) {
            throw new IllegalStateException("server " + index + " does not run");
        }
        return process;
    }

    /** As a loss of power would. */
    public void kill(int index) {
        end(process(index).destroyForcibly());
        servers.get(index).process = null;
    }

    /** In order. */
    public void stop(int index) {
        Process process = process(index);
        process.destroy();
        end(process);
        servers.get(index).process = null;
    }

    private static void end(Process process) {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Starts one again with what it has, and waits until it is ready. */
    public void restart(int index) {
        startAgain(index);
        untilReady(index);
    }

    /** The same without waiting: it may need others for that. */
    public void startAgain(int index) {
        try {
            begin(index);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts one again that has lost all it had. */
    public void restartEmpty(int index) {
        try {
            Path store = servers.get(index).folder.resolve("store");
            Files.walkFileTree(store, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                        throws IOException {
                    Files.delete(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        restart(index);
    }

    public void pause(int index) {
        signal(index, "-STOP");
    }

    public void resume(int index) {
        signal(index, "-CONT");
    }

    private void signal(int index, String signal) {
        try {
            end(new ProcessBuilder("kill", signal, Long.toString(process(index).pid())).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Which of them leads that stream; -1 for none. */
    public int leader(String stream) {
        JsonNode info = info(stream);
        String name = info.path("cluster").path("leader").asText("");
        return name.startsWith("n") ? Integer.parseInt(name.substring(1)) : servers.size() == 1 ? 0 : -1;
    }

    /** Waits until the stream has a leader and every server that has it is up to date. */
    public void untilCurrent(String stream) {
        until("all copies of " + stream, () -> {
            JsonNode cluster = info(stream).path("cluster");
            boolean current = !cluster.path("leader").asText("").isEmpty()
                    && cluster.path("replicas").size() == servers.size() - 1;
            for (JsonNode replica : cluster.path("replicas")) {
                current &= replica.path("current").asBoolean()
                        && !replica.path("offline").asBoolean();
            }
            return current;
        });
    }

    @SuppressWarnings("try") // an interrupt ends the test either way
    private JsonNode info(String stream) {
        Options options = new Options.Builder()
                .servers(urls().toArray(String[]::new))
                .connectionTimeout(ANSWER)
                .build();
        try (Connection connection = Nats.connect(options)) {
            Message answer = connection.request("$JS.API.STREAM.INFO." + stream, new byte[0], ANSWER);
            return answer == null ? JSON.createObjectNode() : JSON.readTree(answer.getData());
        } catch (IOException e) {
            return JSON.createObjectNode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        for (Server server : servers) {
            Process process = server.process;
            if (process != null) {
                process.destroyForcibly();
                end(process);
            }
        }
    }
}
