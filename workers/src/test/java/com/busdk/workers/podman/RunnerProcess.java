package com.busdk.workers.podman;

import com.busdk.workers.containers.RunRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A process of its own that runs one long container, to be killed. */
final class RunnerProcess {
    private RunnerProcess() {}

    /** Starts it, and gives it when its run is begun. */
    static Process start(PodmanOptions options, String runId) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RunnerProcess.class.getName(),
                        String.join(" ", options.globalArgs()),
                        String.join(" ", options.runArgs()),
                        runId)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        if (!"begun".equals(out.readLine())) {
            process.destroyForcibly();
            throw new IOException("the runner's process did not start");
        }
        return process;
    }

    /**
     * Runs.
     *
     * @param args podman's own options, those of its runs, and the run's id
     */
    public static void main(String[] args) {
        PodmanOptions options =
                PodmanOptions.read(Map.of("podman-args", args[0], "podman-run-args", args[1]), Map.of());
        var run = new PodmanRunner(options, Map.of())
                .run(new RunRequest(
                        args[2], "acc-1", RealPodman.IMAGE, List.of("sleep", "600"), Duration.ofMinutes(20)));
        System.out.println("begun");
        run.toCompletionStage().toCompletableFuture().join();
    }
}
