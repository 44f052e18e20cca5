package com.busdk.workers.podman;

import com.busdk.client.text.Echo;
import com.busdk.workers.containers.PodmanCommand;
import com.busdk.workers.containers.RunRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Finds out whether podman can run a container here, without an image: it is asked to run a program that is not there, in
 * an empty folder. Where everything works up to that program, podman says that it cannot find it; where limits, cgroups or
 * the network stand in the way, it says that. Blocks and belongs on a virtual thread. Stateless.
 */
final class PodmanProbe {
    private static final String PROGRAM = "/bus-probe";

    /** Exit code for a program that is not there (podman-run(1)). */
    private static final int NOT_FOUND = 127;

    /** A first start may set up podman's storage. */
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final int MAX_OUTPUT_BYTES = 64 << 10;

    private PodmanProbe() {}

    /** Why podman does not work here, in a sentence with what to do; empty if it works. */
    static Optional<String> whyNot(PodmanOptions options) throws InterruptedException {
        try {
            new Podman(options).version();
        } catch (IOException e) {
            return Optional.of("podman cannot be called (" + Echo.of(String.valueOf(e.getMessage()))
                    + "): install it, or name it with --podman");
        }
        try {
            return run(options);
        } catch (IOException e) {
            return Optional.of("podman cannot be tried out: " + Echo.of(String.valueOf(e.getMessage())));
        }
    }

    private static Optional<String> run(PodmanOptions options) throws IOException, InterruptedException {
        Path root = Files.createTempDirectory("bus-probe-");
        try {
            ChildProcess.Outcome outcome = ChildProcess.run(command(options, root), TIMEOUT, MAX_OUTPUT_BYTES);
            String said = outcome.stderr().text().strip();
            boolean works = outcome.exitCode() == NOT_FOUND && said.contains(PROGRAM);
            return works
                    ? Optional.empty()
                    : Optional.of("podman cannot run a container here: " + Echo.clean(said, MAX_REASON_CHARS)
                            + "; --podman-args and --podman-run-args pass it what this machine needs");
        } finally {
            delete(root);
        }
    }

    /** Podman's reasons are long, and their end says most. */
    private static final int MAX_REASON_CHARS = 500;

    private static List<String> command(PodmanOptions options, Path root) {
        String id = "probe-" + UUID.randomUUID();
        RunRequest run = new RunRequest(id, "bus-probe", "image", List.of(PROGRAM), Duration.ofMinutes(1));
        List<String> ofRun = new ArrayList<>(options.runArgs());
        ofRun.add("--rootfs");
        List<String> words = new ArrayList<>(PodmanCommand.of(options.run(), run)
                .with(options.program(), options.globalArgs(), ofRun)
                .arguments());
        words.set(words.size() - 2, root.toString()); // the folder stands where the image would
        return words;
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> below = Files.walk(root)) {
            for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
