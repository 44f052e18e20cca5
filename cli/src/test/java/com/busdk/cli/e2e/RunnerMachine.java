package com.busdk.cli.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The machine that containers run on: a real sshd at an address of its own, and what its users find as {@code podman}.
 * That is a script before the real podman, which writes down how it was called, gives podman a store of its own and what a
 * restricted machine needs, and lets containers see the gate. Where no podman works, it only starts the command.
 *
 * <p>The gate is a folder that the test and the commands share, and which the commands find in {@code $GATE}.
 */
@SuppressWarnings("try") // waiting for its programs to end may be interrupted, and the test with it
final class RunnerMachine implements AutoCloseable {
    static final String ADDRESS = "127.0.0.4";
    static final String IMAGE = "docker.io/library/alpine:3.20";

    private static final Path SSHD = Path.of("/usr/sbin/sshd");
    private static final Path PODMAN = Path.of("/usr/bin/podman");
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final String STARTED = "Server listening";
    private static final int MAX_TRIES = 5;
    private static final long MINUTES = 2;

    /** For machines that lend nobody higher limits, and have control groups of both versions. */
    private static final List<Means> MEANS = List.of(
            new Means("", ""),
            new Means(
                    "--runtime=runc --cgroup-manager=cgroupfs --events-backend=file",
                    "--ulimit=nofile=4096:4096 --ulimit=nproc=4096:4096"));

    private static final String REAL = """
        #!/bin/sh
        printf '%s\\n' "$*" >>'@FOLDER@/calls'
        verb=$1
        shift
        extra=
        [ "$verb" != run ] || extra='@RUN@ --volume=@FOLDER@/gate:/gate --env=GATE=/gate'
        exec /usr/bin/podman --root=@FOLDER@/store --runroot=@FOLDER@/run --storage-driver=vfs @ALL@ "$verb" $extra "$@"
        """;

    /** It knows one container for each name, as a file with its process. */
    private static final String PRETENDED = """
        #!/bin/sh
        printf '%s\\n' "$*" >>'@FOLDER@/calls'
        verb=$1
        for last; do :; done
        case $verb in
        run)
            while [ "$1" != --quiet ]; do
                case $1 in
                --name) name=$2 ;;
                esac
                shift
            done
            shift 2
            echo $$ >'@FOLDER@/run/'"$name"
            export GATE='@FOLDER@/gate'
            exec "$@" ;;
        rm)
            ! read -r pid <'@FOLDER@/run/'"$last" || kill -9 "$pid" ;;
        esac 2>/dev/null
        """;

    private final Path folder;
    private final Path key;
    private final int port;
    private final Process sshd;
    private final String podman;

    private RunnerMachine(Path folder, Path key, int port, Process sshd, String podman) {
        this.folder = folder;
        this.key = key;
        this.port = port;
        this.sshd = sshd;
        this.podman = podman;
    }

    /** How podman can be called here. */
    private record Means(String all, String ofRun) {}

    /** Starts one that keeps everything in a folder; leaves the test out where there is no sshd or it may not run. */
    static RunnerMachine start(Path folder) throws IOException, InterruptedException {
        needs(Files.isExecutable(SSHD), SSHD + " is not there: install openssh-server");
        needs(Files.isExecutable(Path.of("/usr/bin/ssh-keygen")), "no ssh-keygen: install openssh-client");
        if (user().equals("root")) {
            Path separation = Path.of("/run/sshd"); // its place is compiled in
            needs(Files.isDirectory(separation) || separation.toFile().mkdir(), "cannot make " + separation);
        }
        for (String name : List.of("", "bin", "gate", "run", "store", "authorized")) {
            open(Files.createDirectories(folder.resolve(name)), "rwxr-xr-x");
        }
        Path key = key(folder.resolve("key"));
        key(folder.resolve("host_key"));
        Files.copy(folder.resolve("key.pub"), folder.resolve("authorized").resolve(user()));
        String podman = podman(folder);
        for (int tried = 1; ; tried++) {
            int port = freePort();
            Files.writeString(folder.resolve("sshd_config"), config(folder, port));
            Process sshd = new ProcessBuilder(
                            SSHD.toString(),
                            "-D",
                            "-e",
                            "-f",
                            folder.resolve("sshd_config").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("sshd.log").toFile())
                    .start();
            RunnerMachine machine = new RunnerMachine(folder, key, port, sshd, podman);
            if (machine.listens()) {
                return machine;
            }
            machine.close();
            needs(tried < MAX_TRIES, "sshd may not run here: " + machine.log());
        }
    }

    // --- what there is ---

    static String user() {
        return System.getProperty("user.name");
    }

    int port() {
        return port;
    }

    /** The private key to log in with; its public key is beside it. */
    Path key() {
        return key;
    }

    /** A file with the machine's host key. */
    Path knownHosts() throws IOException {
        String hostKey = Files.readString(folder.resolve("host_key.pub"));
        return Files.writeString(folder.resolve("known_hosts"), "[" + ADDRESS + "]:" + port + " " + hostKey);
    }

    /** Which podman it is, for the test's report. */
    String podman() {
        return podman;
    }

    /** Network that containers can have. */
    static String network() {
        return Files.isExecutable(Path.of("/usr/bin/slirp4netns")) ? "slirp4netns" : "none";
    }

    /** How podman was called, a line each. */
    List<String> calls() throws IOException {
        Path calls = folder.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    /** Lines in a file of the gate; none if it is not there. */
    List<String> gate(String name) throws IOException {
        Path file = folder.resolve("gate").resolve(name);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** Makes a file in the gate. */
    void open(String name) throws IOException {
        Files.createFile(folder.resolve("gate").resolve(name));
    }

    /** What runs there: programs of users who are logged in, and containers. */
    List<String> running() throws IOException, InterruptedException {
        List<String> running = new ArrayList<>(containers());
        try (Stream<ProcessHandle> all = sshd.descendants()) {
            all.map(program -> program.info().command().orElse(""))
                    .filter(command -> !command.contains("/sshd"))
                    .forEach(running::add);
        }
        return running;
    }

    private List<String> containers() throws IOException, InterruptedException {
        if (isReal(podman)) {
            return call(folder, "ps", "--all", "--quiet").lines().toList();
        }
        List<String> alive = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder.resolve("run"))) {
            for (Path file : files.toList()) {
                String pid = Files.readString(file).strip();
                boolean lives = ProcessHandle.of(Long.parseLong(pid))
                        .map(ProcessHandle::isAlive)
                        .orElse(false);
                if (lives) {
                    alive.add(file.getFileName().toString());
                }
            }
        }
        return alive;
    }

    /** What sshd has said. */
    String log() {
        try {
            return Files.readString(folder.resolve("sshd.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        List<ProcessHandle> connections;
        try (Stream<ProcessHandle> all = sshd.descendants()) {
            connections = all.toList();
        }
        sshd.destroyForcibly().waitFor();
        connections.forEach(ProcessHandle::destroyForcibly);
        if (isReal(podman)) {
            empty(folder);
        }
    }

    // --- sshd ---

    private static String config(Path folder, int port) {
        return """
            Port %d
            ListenAddress %s
            HostKey %s/host_key
            PidFile none
            AuthorizedKeysFile %s/authorized/%%u
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            MaxStartups 200:30:400
            UseDNS no
            PrintMotd no
            LogLevel VERBOSE
            SetEnv PATH=%s/bin:/usr/sbin:/usr/bin:/sbin:/bin
            """.formatted(port, ADDRESS, folder, folder, folder);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(ADDRESS))) {
            return socket.getLocalPort();
        }
    }

    private boolean listens() {
        try {
            Patience.until("sshd listens or ends", () -> log().contains(STARTED) || !sshd.isAlive(), this::log);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return log().contains(STARTED) && sshd.isAlive();
    }

    private static Path key(Path file) throws IOException, InterruptedException {
        run(List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f", file.toString()));
        return file;
    }

    // --- podman ---

    /** Puts a podman into the folder that sessions search first; says which. */
    private static String podman(Path folder) throws IOException, InterruptedException {
        String why = "there is no " + PODMAN + " or no " + BUSYBOX + " to make an image of";
        if (Files.isExecutable(PODMAN) && Files.isExecutable(BUSYBOX)) {
            Path tar = image(folder);
            for (Means means : MEANS) {
                script(folder, REAL.replace("@ALL@", means.all()).replace("@RUN@", means.ofRun()));
                why = works(folder, tar);
                if (why.isEmpty()) {
                    Files.deleteIfExists(folder.resolve("calls"));
                    return "real podman" + (means.all().isEmpty() ? "" : " with runc and lower limits");
                }
            }
        }
        script(folder, PRETENDED);
        Files.deleteIfExists(folder.resolve("calls"));
        return "pretended podman, since " + why.strip();
    }

    /**
     * A podman for {@code --podman} that has a store of its own in a folder, and {@link #IMAGE}, which no registry is asked
     * for; leaves the test out where none works.
     */
    static Path realPodman(Path folder) throws IOException, InterruptedException {
        for (String name : List.of("bin", "gate", "run", "store")) {
            open(Files.createDirectories(folder.resolve(name)), "rwxr-xr-x");
        }
        String podman = podman(folder);
        needs(isReal(podman), podman);
        return folder.resolve("bin/podman");
    }

    /** Removes what {@link #realPodman} has in its store. */
    static void empty(Path folder) throws IOException, InterruptedException {
        call(folder, "rm", "--all", "--force", "--time", "0");
        call(folder, "rmi", "--all", "--force");
    }

    private static boolean isReal(String podman) {
        return podman.startsWith("real");
    }

    /** Why a container cannot be run here as workers will run theirs; empty if it can. */
    private static String works(Path folder, Path tar) throws IOException, InterruptedException {
        try {
            call(folder, "import", "--quiet", "--change", "ENV PATH=/bin", tar.toString(), IMAGE);
            String command = "podman run --rm --read-only --tmpfs /workspace:size=1m --workdir /workspace --quiet";
            String out = call(
                    folder,
                    Stream.of(
                                    Stream.of(command.split(" ", -1)).skip(1),
                                    Stream.of("--network", network(), IMAGE, "sh", "-c", "printf '%s' \"$GATE\""))
                            .flatMap(words -> words)
                            .toArray(String[]::new));
            return out.equals("/gate") ? "" : "its container said: " + out;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static Path image(Path folder) throws IOException, InterruptedException {
        Path root = folder.resolve("rootfs");
        for (String name : List.of("bin", "etc", "tmp", "proc", "sys", "dev", "gate")) {
            Files.createDirectories(root.resolve(name));
        }
        Files.copy(BUSYBOX, root.resolve("bin/busybox"));
        open(root.resolve("bin/busybox"), "rwxr-xr-x");
        for (String applet : List.of("sh", "sleep", "echo", "printf", "cat")) {
            Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
        }
        Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
        Path tar = folder.resolve("rootfs.tar");
        run(List.of("tar", "-C", root.toString(), "--numeric-owner", "-cf", tar.toString(), "."));
        return tar;
    }

    private static void script(Path folder, String text) throws IOException {
        Path script = folder.resolve("bin/podman");
        open(Files.writeString(script, text.replace("@FOLDER@", folder.toString())), "rwxr-xr-x");
    }

    private static String call(Path folder, String... words) throws IOException, InterruptedException {
        return run(Stream.concat(Stream.of(folder.resolve("bin/podman").toString()), Stream.of(words))
                .toList());
    }

    // --- programs ---

    /** Runs a program to its end; fails with what it has printed if the exit code is not 0. */
    private static String run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("bus-e2e", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
            process.destroyForcibly();
            String text = Files.readString(output, StandardCharsets.UTF_8);
            if (!ended || process.exitValue() != 0) {
                throw new IOException(command + ": " + text);
            }
            return text;
        } finally {
            Files.delete(output);
        }
    }

    private static void open(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    /** What is missing leaves a test out, but fails where everything has to be there. */
    static void needs(boolean there, String otherwise) {
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(otherwise);
        }
        Assumptions.assumeTrue(there, otherwise);
    }
}
