package com.busdk.workers.podman;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The podman of this machine with a store of its own, and an image that is made of busybox, without a registry. Where
 * podman does not work the tests are left out with its reason, and fail where {@code CI} is {@code true}.
 */
final class RealPodman {
    static final String IMAGE = "docker.io/library/alpine:3.20";

    private static final Path BUSYBOX = Path.of("/bin/busybox");

    /** What a machine needs that lets nobody raise limits, and has control groups of both versions. */
    private static final String RESTRICTED = " --runtime=runc --cgroup-manager=cgroupfs --events-backend=file";

    private static final String RESTRICTED_RUN = "--ulimit=nofile=4096:4096 --ulimit=nproc=4096:4096";

    private final Path directory;
    private final Map<String, String> flags;

    private RealPodman(Path directory, Map<String, String> flags) {
        this.directory = directory;
        this.flags = flags;
    }

    static RealPodman in(Path directory) throws Exception {
        if (!Files.isExecutable(BUSYBOX)) {
            return without("there is no " + BUSYBOX + " to make an image of: install busybox-static");
        }
        // vfs mounts nothing, so that a folder is all there is to remove.
        String store = "--root=" + directory.resolve("root") + " --runroot=" + directory.resolve("runroot")
                + " --storage-driver=vfs";
        Optional<String> whyNot = Optional.empty();
        for (Map<String, String> flags : List.of(
                Map.of("podman-args", store),
                Map.of("podman-args", store + RESTRICTED, "podman-run-args", RESTRICTED_RUN))) {
            RealPodman podman = new RealPodman(directory, flags);
            whyNot = PodmanRunner.whyNot(podman.options())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(2, TimeUnit.MINUTES);
            if (whyNot.isEmpty()) {
                podman.makeImage();
                return podman;
            }
        }
        return without(whyNot.orElseThrow());
    }

    private static RealPodman without(String why) {
        return "true".equals(System.getenv("CI")) ? fail(why) : abort(why);
    }

    PodmanOptions options(String... more) {
        Map<String, String> given = new HashMap<>(flags);
        for (int i = 0; i < more.length; i += 2) {
            given.put(more[i], more[i + 1]);
        }
        return PodmanOptions.read(given, Map.of());
    }

    /** Calls podman; gives what it prints. */
    String call(String... words) throws IOException, InterruptedException {
        List<String> command = new Podman(options()).command(words);
        ChildProcess.Outcome outcome = ChildProcess.run(command, Duration.ofMinutes(2), 1 << 20);
        assertEquals(0, outcome.exitCode(), outcome.stderr().text());
        return outcome.stdout().text().strip();
    }

    /** Starts a container in the background; gives its id. */
    String start(String label, String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("run", "-d", "--network=none", "--label", label));
        words.addAll(options().runArgs());
        words.add(IMAGE);
        words.addAll(List.of(command));
        return call(words.toArray(String[]::new));
    }

    private void makeImage() throws IOException, InterruptedException {
        Path root = Files.createDirectory(directory.resolve("rootfs"));
        for (String folder : List.of("bin", "etc", "tmp", "proc", "sys", "dev")) {
            Files.createDirectory(root.resolve(folder));
        }
        Files.copy(BUSYBOX, root.resolve("bin/busybox"));
        Files.setPosixFilePermissions(root.resolve("bin/busybox"), PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String applet : List.of("sh", "sleep", "cat", "true", "id", "head", "ls", "touch", "printf", "tr")) {
            Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
        }
        Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
        Path tar = directory.resolve("rootfs.tar");
        Process packing = new ProcessBuilder(
                        "tar", "-C", root.toString(), "--numeric-owner", "-cf", tar.toString(), ".")
                .inheritIO()
                .start();
        assertEquals(0, packing.waitFor());
        call("import", "--quiet", "--change", "ENV PATH=/bin", tar.toString(), IMAGE);
    }

    /** Removes all containers and the store. */
    void close() throws IOException, InterruptedException {
        call("rm", "--all", "--force", "--time", "0");
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(directory)) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }
}
