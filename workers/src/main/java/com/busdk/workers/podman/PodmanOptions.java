package com.busdk.workers.podman;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.workers.containers.ContainerRunOptions;
import com.busdk.workers.containers.ContainerWorkers;
import com.busdk.workers.run.WorkerFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How podman is called on this machine. Immutable.
 *
 * @param program a name that is looked up in {@code PATH}, or a path
 * @param globalArgs options of podman itself, such as {@code --runtime=runc}
 * @param runArgs further options of {@code podman run}, such as {@code --ulimit=nofile=20000:20000}
 * @param maxRuns most runs at a time of one instance, at least 1
 * @param run how containers are run
 */
public record PodmanOptions(
        String program, List<String> globalArgs, List<String> runArgs, int maxRuns, ContainerRunOptions run) {
    /** Most runs that make sense on one machine. */
    private static final int MOST_RUNS = 1_000;

    private static final String GLOBAL_ARGS = "podman-args";
    private static final String RUN_ARGS = "podman-run-args";

    /** What has {@code podman run} get the image in another way than where it is not there, as {@code --pull=always}. */
    private static final String PULL = "--pull";

    /** Options of {@code podman run} that say where an image comes from, and which; podman-pull(1) has them too. */
    private static final Set<String> OF_IMAGE = Set.of(
            "--arch",
            "--authfile",
            "--cert-dir",
            "--creds",
            "--decryption-key",
            "--os",
            "--platform",
            "--retry",
            "--retry-delay",
            "--variant");

    /** The only one of them without a value of its own. */
    private static final String TLS_VERIFY = "--tls-verify";

    /** The flags, for a command line; with those of {@link ContainerRunOptions}. */
    public static final List<WorkerFlag> FLAGS = flags();

    /** Keeps copies; refuses a program without a name. */
    public PodmanOptions {
        globalArgs = List.copyOf(globalArgs);
        runArgs = List.copyOf(runArgs);
        if (program.isBlank()) {
            throw new ConfigException("--podman (BUS_PODMAN)", "it is empty: write a name or a path");
        }
        if (maxRuns < 1 || maxRuns > MOST_RUNS) {
            throw new ConfigException("--max-runs (BUS_MAX_RUNS)", "it is 1 to " + MOST_RUNS);
        }
    }

    /**
     * Whether the image may be got apart from the run.
     *
     * @return false where {@link #runArgs} say when to get it
     */
    boolean mayPull() {
        return runArgs.stream().noneMatch(word -> name(word).equals(PULL));
    }

    /** Those of {@link #runArgs} that getting the image needs too. */
    List<String> pullArgs() {
        List<String> words = new ArrayList<>();
        boolean value = false;
        for (String word : runArgs) {
            if (value || name(word).equals(TLS_VERIFY)) {
                words.add(word);
                value = false;
            } else if (OF_IMAGE.contains(name(word))) {
                words.add(word);
                value = word.indexOf('=') < 0;
            }
        }
        return words;
    }

    /** What is before the value of an option. */
    private static String name(String word) {
        int end = word.indexOf('=');
        return end < 0 ? word : word.substring(0, end);
    }

    private static List<WorkerFlag> flags() {
        List<WorkerFlag> flags = new ArrayList<>();
        flags.add(WorkerFlag.value("podman", "PROGRAM", "the podman program (BUS_PODMAN); default podman"));
        flags.add(WorkerFlag.value(
                GLOBAL_ARGS,
                "ARGS",
                "options of podman itself, separated by spaces (BUS_PODMAN_ARGS); for restricted machines, such as"
                        + " --podman-args='--runtime=runc --cgroup-manager=cgroupfs'"));
        flags.add(WorkerFlag.value(
                RUN_ARGS,
                "ARGS",
                "further options of podman run, separated by spaces (BUS_PODMAN_RUN_ARGS); for machines that do not let"
                        + " podman raise limits, such as --podman-run-args=--ulimit=nofile=20000:20000"));
        flags.add(WorkerFlag.value(
                "max-runs", "N", "most runs of an instance at a time; default " + ContainerWorkers.DEFAULT_MAX_RUNS));
        flags.addAll(ContainerRunOptions.FLAGS);
        return List.copyOf(flags);
    }

    /**
     * Reads the options.
     *
     * @param flags by name without dashes; others than {@link #FLAGS} are not looked at
     * @param environment {@code System.getenv()} outside of tests
     * @return the options
     * @throws ConfigException if one is wrong; the message names it
     */
    public static PodmanOptions read(Map<String, String> flags, Map<String, String> environment) {
        Settings settings = new Settings("BUS_", flags, environment);
        return new PodmanOptions(
                settings.text("podman", "podman"),
                words(settings, GLOBAL_ARGS),
                words(settings, RUN_ARGS),
                settings.integer("max-runs", ContainerWorkers.DEFAULT_MAX_RUNS, 1, MOST_RUNS),
                ContainerRunOptions.read(flags, environment));
    }

    /** Words between spaces only: a comma belongs to podman's own notations. */
    private static List<String> words(Settings settings, String flag) {
        List<String> words = new ArrayList<>();
        for (String word : settings.text(flag, "").split("\\s+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }
}
