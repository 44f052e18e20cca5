package com.busdk.workers.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A user of this machine for as long as a test needs one beside root. */
final class TestUser implements AutoCloseable {
    private final String name;

    private TestUser(String name) {
        this.name = name;
    }

    /** Makes one; only root may. */
    static TestUser create() throws Exception {
        Peer.needs(Path.of("/usr/sbin/useradd"), "passwd");
        String name = "bustest" + ProcessHandle.current().pid();
        Peer.run("/usr/sbin/useradd", "-M", "-d", "/tmp", "-s", "/bin/sh", name);
        // Without a password it would count as locked, and sshd lets no locked user in.
        Peer.run("/usr/sbin/usermod", "-p", "*", name);
        return new TestUser(name);
    }

    String name() {
        return name;
    }

    /** What runs as this user: the beginning of each one's {@code status} and its command line. */
    private static List<String> processes(String uid) {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(process -> Peer.text(process.resolve("status")).contains("\nUid:\t" + uid + '\t'))
                    .map(process -> process.getFileName()
                            + " "
                            + Peer.text(process.resolve("status"))
                                    .lines()
                                    .limit(7)
                                    .toList()
                            + " "
                            + Peer.text(process.resolve("cmdline")).replace('\0', ' '))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            String uid = Peer.run("/usr/bin/id", "-u", name).strip();
            Peer.eventually(
                    () -> "the last process of " + name + " ends: " + processes(uid),
                    () -> processes(uid).isEmpty());
            Peer.run("/usr/sbin/userdel", name);
            deleteAll(Path.of("/tmp/bus-ssh-" + uid));
        } catch (InterruptedException e) {
            throw new IOException(name + " may be left on this machine", e);
        }
    }
}
