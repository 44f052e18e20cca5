package com.busdk.cli.bench.suite;

import com.busdk.cli.command.CliException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL of the bench's own, from the programs of this machine, with the settings that it comes with: every commit
 * is flushed to the disk that the logs are on as well. It does not run as root, so root starts it as the user that the
 * package made. Lives on the thread of the command.
 */
final class PostgresProcess implements AutoCloseable {
    /** Where Debian and Ubuntu have the programs, a folder for each version. */
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

    private static final String USER = "postgres";
    private static final Duration READY_WITHIN = Duration.ofMinutes(1);
    private static final int READY_POLL_MILLIS = 20;
    private static final int STOP_SECONDS = 30;

    private final Path programs;
    private final Path folder;
    private final String password = UUID.randomUUID().toString();
    private final int port;
    private final Process process;

    private PostgresProcess(Path programs) throws IOException, InterruptedException {
        this.programs = programs;
        // Not below the bench's folder, which nobody else may pass.
        this.folder = Files.createTempDirectory(
                "bus-bench-postgres",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        this.port = ServerProcess.freePort();
        this.process = started();
    }

    /** The programs of the newest version, if there is any. */
    static Optional<Path> programs() throws IOException {
        if (!Files.isDirectory(VERSIONS)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(VERSIONS)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                    .max(Comparator.comparing(Path::toString));
        }
    }

    /** Makes a database cluster, and starts a server on it. */
    static PostgresProcess start(Path programs) throws IOException, InterruptedException {
        return new PostgresProcess(programs);
    }

    /** How a worker finds it: a secret, as it has the password. */
    String url() {
        return "postgres://" + USER + ":" + password + "@127.0.0.1:" + port + "/postgres";
    }

    private Process started() throws IOException, InterruptedException {
        boolean complete = false;
        Process server = null;
        try {
            Path secret = Files.writeString(folder.resolve("password"), password);
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
            if (isRoot()) {
                var owner =
                        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER);
                Files.setOwner(folder, owner);
                Files.setOwner(secret, owner);
            }
            List<String> options = List.of(
                    "-D", data(), "-U", USER, "-A", "scram-sha-256", "--pwfile=" + secret, "-E", "UTF8", "--no-sync");
            run("initdb", options);
            server = new ProcessBuilder(command(
                            "postgres",
                            List.of(
                                    "-D",
                                    data(),
                                    "-c",
                                    "listen_addresses=127.0.0.1",
                                    "-c",
                                    "port=" + port,
                                    "-c",
                                    "unix_socket_directories=")))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            awaitReady(server);
            complete = true;
            return server;
        } finally {
            if (!complete) {
                if (server != null) {
                    server.destroyForcibly().waitFor();
                }
                Bench.delete(folder);
            }
        }
    }

    private void awaitReady(Process server) throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_WITHIN.toNanos();
        List<String> question =
                List.of(programs.resolve("pg_isready").toString(), "-q", "-h", "127.0.0.1", "-p", "" + port);
        while (System.nanoTime() - end < 0) {
            if (!server.isAlive()) {
                throw CliException.failed("PostgreSQL ended at its start; its log is gone with it");
            }
            if (new ProcessBuilder(question).start().waitFor() == 0) {
                return;
            }
            Thread.sleep(READY_POLL_MILLIS);
        }
        throw CliException.failed("PostgreSQL was not ready in " + READY_WITHIN.toSeconds() + " s");
    }

    private void run(String program, List<String> options) throws IOException, InterruptedException {
        Process made = new ProcessBuilder(command(program, options))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (made.waitFor() != 0) {
            throw CliException.failed(program + " of PostgreSQL failed; it said: " + said.strip());
        }
    }

    /** As the user that it takes; setpriv becomes the program, so that the pid is the program's own. */
    private List<String> command(String program, List<String> options) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(options);
        return command;
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Ends it without waiting for those who are connected, which a plain request to stop does, and deletes its files. */
    @Override
    public void close() {
        try {
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            Bench.delete(folder);
        } catch (IOException e) {
            throw CliException.failed("PostgreSQL of the bench left something in " + folder + ": " + e.getMessage());
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
