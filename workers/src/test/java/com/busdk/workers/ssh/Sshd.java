package com.busdk.workers.ssh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real sshd on an address of this machine's own, with keys and settings of its own. Stopped by its own pid. */
final class Sshd implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/sshd");
    private static final int MAX_TRIES = 5;

    /** Up to OpenSSH 9.7 all its processes are called sshd, then those of a connection have names of their own. */
    private static final Set<String> NAMES = Set.of("sshd", "sshd-session", "sshd-auth");

    private final String address;
    private final int port;
    private final Path hostKey;
    private final Process process;
    private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();

    private Sshd(String address, int port, Path hostKey, Process process) {
        this.address = address;
        this.port = port;
        this.hostKey = hostKey;
        this.process = process;
    }

    /** Starts one; users log in with this key. */
    static Sshd start(Path folder, String address, Path clientKey, List<String> users, String... settings)
            throws Exception {
        Peer.needs(PROGRAM, "openssh-server");
        Peer.needs(Path.of("/usr/bin/ssh-keygen"), "openssh-client");
        Files.createDirectories(folder.resolve("authorized"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(folder.resolve("authorized"), PosixFilePermissions.fromString("rwxr-xr-x"));
        if (Peer.isRoot()) {
            Path separation = Path.of("/run/sshd"); // its place is compiled in
            if (!Files.isDirectory(separation)) {
                Files.createDirectory(separation);
                Files.setPosixFilePermissions(separation, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        for (String user : users) {
            Files.writeString(folder.resolve("authorized").resolve(user), Peer.publicKey(clientKey) + " test\n");
        }
        Path hostKey = folder.resolve("host_key");
        if (!Files.exists(hostKey)) {
            Peer.key(hostKey, "ed25519", "");
        }
        for (int tried = 1; ; tried++) {
            int port = freePort(address);
            Path config = Files.writeString(folder.resolve("sshd_config"), config(folder, address, port, settings));
            Process process = new ProcessBuilder(PROGRAM.toString(), "-D", "-e", "-f", config.toString())
                    .redirectErrorStream(true)
                    .start();
            Sshd sshd = new Sshd(address, port, hostKey, process);
            if (sshd.listens()) {
                return sshd;
            }
            sshd.close();
            if (tried == MAX_TRIES) {
                throw new IOException("sshd does not start: " + sshd.log);
            }
        }
    }

    private static String config(Path folder, String address, int port, String... settings) {
        return """
            Port %d
            ListenAddress %s
            HostKey %s
            PidFile none
            AuthorizedKeysFile %s/%%u
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            MaxStartups 200:30:400
            UseDNS no
            PrintMotd no
            LogLevel VERBOSE
            """.formatted(port, address, folder.resolve("host_key"), folder.resolve("authorized"))
                + String.join("\n", settings) + "\n"; // of MaxStartups the last word counts
    }

    private static int freePort(String address) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
            return socket.getLocalPort();
        }
    }

    private boolean listens() throws Exception {
        CompletableFuture<Boolean> listening = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    log.add(line);
                    if (line.startsWith("Server listening")) {
                        listening.complete(true);
                    }
                }
            } catch (IOException e) {
                log.add(e.toString());
            }
            listening.complete(false);
        });
        return listening.get(20, TimeUnit.SECONDS);
    }

    String address() {
        return address;
    }

    int port() {
        return port;
    }

    /** Its line for a known_hosts file. */
    String knownHost() throws IOException {
        return knownHost(address, port);
    }

    /** The line for another way to it. */
    String knownHost(String otherAddress, int otherPort) throws IOException {
        return '[' + otherAddress + "]:" + otherPort + ' ' + Peer.publicKey(hostKey) + '\n';
    }

    ScriptRequest.Target target(String... users) {
        return new ScriptRequest.Target(address, port, List.of(users));
    }

    /** How many log-ins it has accepted. */
    long logins() {
        return log.stream()
                .filter(line -> line.startsWith("Accepted publickey"))
                .count();
    }

    /** Whether it has said something like this. */
    boolean hasLogged(String part) {
        return log.stream().anyMatch(line -> line.contains(part));
    }

    long pid() {
        return process.pid();
    }

    /** The sshd processes of its connections, not what runs in them. */
    List<ProcessHandle> connections() {
        try (Stream<ProcessHandle> all = process.descendants()) {
            return all.filter(child -> NAMES.contains(nameOf(child))).toList();
        }
    }

    private static String nameOf(ProcessHandle process) {
        String command = process.info().command().orElse("");
        return command.substring(command.lastIndexOf('/') + 1);
    }

    /** Takes it and its connections away at once; what runs in them is left behind. */
    void kill() {
        List<ProcessHandle> connections = connections();
        process.destroyForcibly();
        connections.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        kill();
        process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
