package com.busdk.workers.ssh;

import java.io.Closeable;
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

    /**
     * What runs as this user. Not what is dead and only not collected: that is up to this machine's process 1, and keeps
     * nobody from taking the user away.
     */
    private static List<Path> processes(String uid) {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(process -> runsAs(uid, process)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean runsAs(String uid, Path process) {
        String status = Peer.text(process.resolve("status"));
        return status.contains("\nUid:\t" + uid + '\t')
                && !status.contains("\nState:\tZ")
                && !status.contains("\nState:\tX");
    }

    /** The beginning of each one's {@code status} and its command line. */
    private static List<String> told(List<Path> processes) {
        return processes.stream()
                .map(process -> process.getFileName()
                        + " "
                        + Peer.text(process.resolve("status")).lines().limit(7).toList()
                        + " "
                        + Peer.text(process.resolve("cmdline")).replace('\0', ' '))
                .toList();
    }

    /** Ends what runs as this user; tells whether nothing did any more. */
    private static boolean end(String uid) {
        List<Path> left = processes(uid);
        for (Path process : left) {
            // Looked at again when there is a handle, which knows its process from a later one with the same id.
            ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                    .filter(handle -> runsAs(uid, process))
                    .ifPresent(ProcessHandle::destroyForcibly);
        }
        return left.isEmpty();
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

    /** Fails if something of the user's does not end; takes it and the user away all the same, for the tests behind. */
    @Override
    public void close() throws IOException {
        try {
            String uid = Peer.run("/usr/bin/id", "-u", name).strip();
            try (Closeable _ = () -> remove(uid)) {
                Peer.eventually(
                        () -> "the last process of " + name + " ends: " + told(processes(uid)),
                        () -> processes(uid).isEmpty());
            }
        } catch (InterruptedException e) {
            throw new IOException(name + " may be left on this machine", e);
        }
    }

    private void remove(String uid) throws IOException {
        try (Closeable _ = () -> deleteAll(Path.of("/tmp/bus-ssh-" + uid))) {
            Peer.eventually(() -> "what is left of " + name + " is ended: " + told(processes(uid)), () -> end(uid));
            Peer.run("/usr/sbin/userdel", name);
        } catch (InterruptedException e) {
            throw new IOException(name + " may be left on this machine", e);
        }
    }
}
