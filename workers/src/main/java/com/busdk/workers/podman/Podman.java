package com.busdk.workers.podman;

import com.busdk.client.text.Echo;
import com.busdk.workers.containers.PodmanCommand;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The short podman commands. They block and belong on virtual threads. Immutable. */
final class Podman {
    /** Label with the {@link WorkerIdentity} that started a container. */
    static final String WORKER_LABEL = "bus.worker";

    /** Short commands take a tenth of a second; many at once, or a slow disk, take longer. */
    static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** What a list of thousands of containers takes. */
    private static final int MAX_LIST_BYTES = 32 << 20;

    private static final int MAX_TEXT_BYTES = 64 << 10;

    /** What {@code podman image exists} ends with where the image is not there (podman-image-exists(1)). */
    static final int NO_IMAGE = 1;

    private static final JsonMapper JSON = new JsonMapper();

    private final PodmanOptions options;

    Podman(PodmanOptions options) {
        this.options = options;
    }

    /** What podman calls a container whose program has ended, until it has removed it. */
    private static final Set<String> ENDED = Set.of("stopped", "exited", "removing");

    /** A container that a worker started. */
    record Container(String id, String runId, String worker, boolean hasEnded) {}

    /** A command with podman's program and its global options. */
    List<String> command(String... words) {
        List<String> command = new ArrayList<>();
        command.add(options.program());
        command.addAll(options.globalArgs());
        command.addAll(List.of(words));
        return command;
    }

    /** The version, such as {@code 4.3.1}. */
    String version() throws IOException, InterruptedException {
        return text(command("version", "--format", "{{.Client.Version}}")).strip();
    }

    /** All containers of workers, also those that have ended. */
    List<Container> containers() throws IOException, InterruptedException {
        return list("label=" + WORKER_LABEL);
    }

    /** The containers of one run. */
    List<Container> containers(String runId) throws IOException, InterruptedException {
        return list("label=" + PodmanCommand.RUN_LABEL + "=" + runId);
    }

    private List<Container> list(String filter) throws IOException, InterruptedException {
        ChildProcess.Outcome outcome = ChildProcess.run(
                command("ps", "--all", "--filter", filter, "--format", "json"), TIMEOUT, MAX_LIST_BYTES);
        check("ps", outcome);
        List<Container> containers = new ArrayList<>();
        for (JsonNode item : JSON.readTree(outcome.stdout().text())) {
            JsonNode labels = item.path("Labels");
            containers.add(new Container(
                    item.path("Id").asText(),
                    labels.path(PodmanCommand.RUN_LABEL).asText(),
                    labels.path(WORKER_LABEL).asText(),
                    ENDED.contains(item.path("State").asText())));
        }
        return containers;
    }

    /** Starts a process that ends with {@link #NO_IMAGE} where an image is not there. */
    ChildProcess looking(String image) throws IOException {
        return ChildProcess.start(of(PodmanCommand.looking(image), List.of()), MAX_TEXT_BYTES);
    }

    /** Starts a process that gets an image. */
    ChildProcess pulling(String image) throws IOException {
        return ChildProcess.start(of(PodmanCommand.pull(image), options.pullArgs()), MAX_TEXT_BYTES);
    }

    private List<String> of(PodmanCommand command, List<String> ofVerb) {
        return command.with(options.program(), options.globalArgs(), ofVerb).arguments();
    }

    /** Ends and removes a container; it may be gone already. */
    void remove(String id) throws IOException, InterruptedException {
        check("rm", ChildProcess.run(command("rm", "--force", "--time", "0", id), TIMEOUT, MAX_TEXT_BYTES));
    }

    /** Starts a process that ends when a container has ended. */
    ChildProcess waitingFor(String id) throws IOException {
        return ChildProcess.start(command("wait", id), MAX_TEXT_BYTES);
    }

    private static String text(List<String> command) throws IOException, InterruptedException {
        ChildProcess.Outcome outcome = ChildProcess.run(command, TIMEOUT, MAX_TEXT_BYTES);
        check("version", outcome);
        return outcome.stdout().text();
    }

    private static void check(String what, ChildProcess.Outcome outcome) throws IOException {
        if (outcome.exitCode() != 0) {
            throw new IOException("podman " + what + " failed with exit code " + outcome.exitCode() + ": "
                    + Echo.of(outcome.stderr().text().strip()));
        }
    }
}
