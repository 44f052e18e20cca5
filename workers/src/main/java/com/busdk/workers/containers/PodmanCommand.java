package com.busdk.workers.containers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A podman command line: as words for a process, or as a script for a shell in which no word becomes code. Immutable.
 *
 * <p>Example: {@code PodmanCommand.of(options, run).script()}.
 *
 * @param arguments the program and its arguments
 */
public record PodmanCommand(List<String> arguments) {
    /** Label with the owner of a container. */
    public static final String OWNER_LABEL = "bus.owner";

    /** Label with the run that a container belongs to. */
    public static final String RUN_LABEL = "bus.run";

    /**
     * What {@code podman run} exits with after it ended a container because of {@code --timeout}, whatever the container
     * did about it (podman 4.3.1, tried). A program's own 255 looks the same: the time that has passed tells.
     */
    public static final int TIMED_OUT = 255;

    /** What {@code podman run} exits with if it failed itself, as with an image that it cannot get (podman-run(1)). */
    public static final int PODMAN_FAILED = 125;

    private static final String NAME_PREFIX = "bus-";
    private static final int OF_PROGRAM = 1;

    /** Words that mean nothing to a shell. All others are quoted. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:,+@%-]+");

    /** Keeps a copy; refuses a NUL, which no command line can have. */
    public PodmanCommand {
        arguments = List.copyOf(arguments);
        if (arguments.isEmpty() || arguments.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("a command has a program, and no NUL in any word");
        }
    }

    /**
     * The command that runs a container and ends with its exit code. The container is named after its run; podman fails
     * where there is one of that name.
     *
     * @param options how containers are run
     * @param run what to run
     * @return {@code podman run …}
     */
    public static PodmanCommand of(ContainerRunOptions options, RunRequest run) {
        List<String> words = new ArrayList<>(List.of("podman", "run", "--rm", "--network", options.network()));
        if (options.readOnly()) {
            words.add("--read-only");
        }
        words.addAll(List.of("--tmpfs", options.workdir() + ":size=" + options.tmpfsSize() + ownedByUser(options)));
        words.addAll(List.of("--workdir", options.workdir()));
        options.user().ifPresent(user -> words.addAll(List.of("--user", user)));
        words.addAll(List.of("--label", OWNER_LABEL + "=" + run.owner()));
        words.addAll(List.of("--label", RUN_LABEL + "=" + run.runId()));
        words.addAll(List.of("--timeout", Long.toString(seconds(run.timeout()))));
        words.addAll(List.of("--name", nameOf(run.runId())));
        words.add("--quiet"); // or the progress of a pull is in the run's standard error
        words.add(run.image());
        words.addAll(run.command());
        return new PodmanCommand(words);
    }

    /**
     * The command that ends and removes the container of a run; it succeeds where there is none.
     *
     * @param runId the run
     * @return {@code podman rm …}
     */
    public static PodmanCommand removal(String runId) {
        return new PodmanCommand(List.of("podman", "rm", "-f", "-t", "0", nameOf(runId)));
    }

    /**
     * The name of a run's container.
     *
     * @param runId the run
     * @return its name
     */
    public static String nameOf(String runId) {
        return NAME_PREFIX + runId;
    }

    /**
     * The same command with another program, and with more options.
     *
     * @param program the podman program, a name or a path
     * @param global options of podman itself, before the verb
     * @param ofVerb options of the verb
     * @return the command
     */
    public PodmanCommand with(String program, List<String> global, List<String> ofVerb) {
        List<String> words = new ArrayList<>();
        words.add(program);
        words.addAll(global);
        words.add(arguments.get(OF_PROGRAM));
        words.addAll(ofVerb);
        words.addAll(arguments.subList(OF_PROGRAM + 1, arguments.size()));
        return new PodmanCommand(words);
    }

    /**
     * The command for a POSIX shell. The shell becomes podman, so that what is sent to it reaches podman; podman reads
     * nothing of what the shell was reading, which may be the script itself.
     *
     * @return one command, with a line break at its end
     */
    public String script() {
        return "exec " + words() + " </dev/null\n";
    }

    /**
     * The command that ends with 0 if an image is there already, and with 1 if not.
     *
     * @param image its name
     * @return {@code podman image exists …}
     */
    public static PodmanCommand looking(String image) {
        return new PodmanCommand(List.of("podman", "image", "exists", image));
    }

    /**
     * The command that gets an image. It is not left to {@code podman run}: nobody pays for the time that it takes, nor is
     * it taken for time of the container.
     *
     * @param image its name
     * @return {@code podman pull …}
     */
    public static PodmanCommand pull(String image) {
        return new PodmanCommand(List.of("podman", "pull", "--quiet", image));
    }

    private String words() {
        return arguments.stream().map(PodmanCommand::quote).collect(Collectors.joining(" "));
    }

    /**
     * Commands for a POSIX shell that make everything ready for {@link #script} of a run: what may be left of the same run is
     * removed, as on a machine that was started anew in the middle of it, and its image is got where it is not there. The
     * first is not done by {@code --replace}, which prints the name of what it removes into the output of the new container
     * (podman 4.3.1, tried).
     *
     * @param run what is to be run
     * @return two lines, which end with podman's exit code where it cannot have the image
     */
    public static String preparation(RunRequest run) {
        return removal(run.runId()).words() + " </dev/null >/dev/null 2>&1\n"
                + looking(run.image()).words() + " </dev/null >/dev/null 2>&1 || "
                + pull(run.image()).words() + " </dev/null >/dev/null\n";
    }

    /**
     * A word for a POSIX shell: it stays one word, and nothing in it is code. Between single quotes only the single quote
     * itself means anything (POSIX.1-2024, Shell Command Language, 2.2.2).
     *
     * @param word any text without NUL
     * @return the quoted word
     */
    public static String quote(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** A tmpfs takes over the owner of the folder that it hides, so that another user could not write to it. */
    private static String ownedByUser(ContainerRunOptions options) {
        return options.user().isPresent() ? ",U" : "";
    }

    private static long seconds(Duration timeout) {
        return Math.max(1, timeout.plusNanos(999_999_999).toSeconds());
    }

    /** Without its words, which may be a stranger's. */
    @Override
    public String toString() {
        return "PodmanCommand[" + arguments.size() + " words]";
    }
}
