package com.busdk.client.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real PostgreSQL of this machine, with files, a port and a password of its own; stopped by its own pid. It does not
 * run as root, so root starts it as the user that the package made.
 */
public final class PostgresServer implements AutoCloseable {
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
    private static final String USER = "postgres";
    private static final int MAX_TRIES = 5;
    private static final long MIN_MEMORY_BYTES = 1L << 30;
    private static final int PATIENCE_SECONDS = 60;
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static PostgresServer shared;

    private final Path programs;
    private final Path folder;
    private final String password = "p@ss word/" + Long.toHexString(System.nanoTime());
    private int port;
    private Process process;

    private PostgresServer(Path programs, Path folder) {
        this.programs = programs;
        this.folder = folder;
    }

    /** The one that all tests of this process share; it ends with the process. Skips the test where there is none. */
    public static synchronized PostgresServer shared() throws IOException, InterruptedException {
        if (shared == null) {
            PostgresServer started = start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::close));
            shared = started;
        }
        return shared;
    }

    /** Starts one of the caller's own. Skips the test where there is none, and fails it where everything has to be. */
    public static PostgresServer start() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(
                place(),
                "bus-postgres",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        PostgresServer server = new PostgresServer(programs(), folder);
        Files.writeString(folder.resolve("password"), server.password);
        if (isRoot()) {
            var owner = folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER);
            Files.setOwner(folder, owner);
            Files.setOwner(folder.resolve("password"), owner);
        }
        Process made = server.process(
                        "initdb",
                        "-D",
                        server.data(),
                        "-U",
                        USER,
                        "-A",
                        "scram-sha-256",
                        "--no-sync",
                        "-E",
                        "UTF8",
                        "--locale=C.UTF-8",
                        "--pwfile=" + folder.resolve("password"))
                .redirectErrorStream(true)
                .start();
        String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!made.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || made.exitValue() != 0) {
            made.destroyForcibly();
            throw new IOException("initdb: " + said);
        }
        for (int tried = 1; ; tried++) {
            server.port = freePort();
            try {
                server.run();
                return server;
            } catch (IOException e) {
                if (tried == MAX_TRIES) {
                    throw e;
                }
            }
        }
    }

    /** A fresh, empty database, as a location that a service takes: a thousand files, so one for each class of tests. */
    public String newDatabase() throws SQLException {
        String name = "test_" + DATABASES.incrementAndGet();
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        return location(name);
    }

    /** A database that is made at the first call, and emptied at each. Nobody is connected to it. */
    public String emptyDatabase(String name) throws SQLException {
        if (!exists(name)) {
            try (Connection connection = connect("postgres");
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name);
            }
        }
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        }
        return location(name);
    }

    private boolean exists(String name) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
            return row.next();
        }
    }

    private String location(String name) {
        return "host=127.0.0.1 port=" + port + " dbname=" + name + " user=" + USER + " password='" + password + "'";
    }

    /** The password, which nothing may show. */
    public String password() {
        return password;
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** A connection of the test's own. */
    public Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", USER);
        properties.setProperty("password", password);
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database, properties);
    }

    /** Ends it and its connections at once, as a loss of power does. */
    public void kill() throws InterruptedException {
        List<ProcessHandle> all;
        try (Stream<ProcessHandle> children = process.descendants()) {
            all = children.toList();
        }
        process.destroyForcibly();
        process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        for (ProcessHandle child : all) {
            child.destroyForcibly();
            child.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    /** Ends all connections, as an operator's restart does. */
    public void stop() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    /** Starts it on its files and its port. */
    public void run() throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        process = process(
                        "postgres",
                        "-D",
                        data(),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "port=" + port,
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "max_connections=200")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (process.isAlive() && System.nanoTime() - end < 0) {
            try (Connection connection = connect("postgres")) {
                if (connection.isValid(PATIENCE_SECONDS)) {
                    return;
                }
            } catch (SQLException e) {
                TimeUnit.MILLISECONDS.sleep(20); // not there yet
            }
        }
        process.destroyForcibly();
        throw new IOException("postgres does not start: " + Files.readString(log));
    }

    @Override
    public void close() {
        try {
            stop();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In memory where there is room: a test that waits for a disk has nothing of it. */
    private static Path place() {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory) && memory.toFile().getUsableSpace() >= MIN_MEMORY_BYTES
                ? memory
                : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    /** The program in place of this process's child: setpriv becomes it, so that the pid is its own. */
    private ProcessBuilder process(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).directory(folder.toFile());
    }

    private static Path programs() throws IOException {
        List<Path> found = List.of();
        if (Files.isDirectory(VERSIONS)) {
            try (Stream<Path> versions = Files.list(VERSIONS)) {
                found = versions.map(version -> version.resolve("bin"))
                        .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                        .toList();
            }
        }
        String missing = "there is no PostgreSQL below " + VERSIONS + ": install postgresql";
        if (found.isEmpty() && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(missing);
        }
        Assumptions.assumeFalse(found.isEmpty(), missing);
        return found.getFirst();
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
