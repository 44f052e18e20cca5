package com.busdk.workers.containers;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.text.Echo;
import com.busdk.workers.run.WorkerFlag;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * How containers are run, whoever runs them: the {@code --container-run-*} options (workers contract). Immutable.
 *
 * @param codexImage image of the profile {@code codex}
 * @param network what {@code podman run --network} takes
 * @param tmpfsSize size of the working directory, such as {@code 1g}
 * @param readOnly whether the image's file system cannot be written to
 * @param user what {@code podman run --user} takes, or empty for the image's own
 * @param workdir an absolute path; a tmpfs is mounted there
 * @param timeout how long a run may take, and what it gets unless it asks for less; more than zero
 * @param startTimeout how long it may take until a container runs (a machine that starts, an image that is pulled)
 * @param outputLimit most bytes that are kept of standard output, and of standard error
 */
public record ContainerRunOptions(
        String codexImage,
        String network,
        String tmpfsSize,
        boolean readOnly,
        Optional<String> user,
        String workdir,
        Duration timeout,
        Duration startTimeout,
        int outputLimit) {
    /** Prefix of the variables. */
    public static final String PREFIX = "UPCLOUD_";

    /** The profile that every deployment has. */
    public static final String CODEX = "codex";

    private static final int MAX_OUTPUT_BYTES = 64 << 20;
    private static final int DEFAULT_OUTPUT_BYTES = 1 << 20;

    /** A network as podman names one, with options behind a colon; no space and no leading dash. */
    private static final Pattern NETWORK = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/,=@-]{0,255}");

    private static final Pattern SIZE = Pattern.compile("[1-9][0-9]{0,15}[bkmgBKMG]?%?");

    /** Commas and colons separate things where podman reads this path. */
    private static final Pattern WORKDIR = Pattern.compile("/[A-Za-z0-9._/-]{0,255}");

    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._:-]{0,127}");

    /** The flags, for a command line. */
    public static final List<WorkerFlag> FLAGS = List.of(
            WorkerFlag.value(
                    "container-codex-image",
                    "IMAGE",
                    "image of the profile codex; default docker.io/library/alpine:3.20"),
            WorkerFlag.value("container-run-network", "NETWORK", "network of containers; default slirp4netns"),
            WorkerFlag.value("container-run-tmpfs-size", "SIZE", "size of the working directory; default 1g"),
            WorkerFlag.toggle("container-run-read-only", "whether the image cannot be written to; default true"),
            WorkerFlag.value("container-run-user", "USER", "user in containers; default the image's"),
            WorkerFlag.value("container-run-workdir", "PATH", "working directory, a tmpfs; default /workspace"),
            WorkerFlag.value("container-run-timeout", "DURATION", "longest run; default 30m"),
            WorkerFlag.value("container-start-timeout", "DURATION", "longest wait for a run's start; default 10m"),
            WorkerFlag.value(
                    "output-limit",
                    "SIZE",
                    "most bytes kept of stdout, and of stderr (BUS_OUTPUT_LIMIT); default 1MiB. Both together have the"
                            + " room of an event, 1MiB less 16KiB, in any case"));

    /** The defaults of the contract. */
    public static final ContainerRunOptions DEFAULT = read(Map.of(), Map.of());

    /** Refuses what podman would refuse, and what would mean something else on its command line. */
    public ContainerRunOptions {
        if (timeout.isNegative() || timeout.isZero() || startTimeout.isNegative() || startTimeout.isZero()) {
            throw new ConfigException("--container-run-timeout, --container-start-timeout", "they are above zero");
        }
        if (outputLimit < 1 || outputLimit > MAX_OUTPUT_BYTES) {
            throw new ConfigException("--output-limit", "it is 1 to " + MAX_OUTPUT_BYTES + " bytes");
        }
        check("--container-run-network", network, NETWORK.asMatchPredicate(), "slirp4netns or none");
        check("--container-run-tmpfs-size", tmpfsSize, SIZE.asMatchPredicate(), "512m or 1g");
        check("--container-run-workdir", workdir, WORKDIR.asMatchPredicate(), "/workspace");
        user.ifPresent(name -> check("--container-run-user", name, USER.asMatchPredicate(), "1000 or 1000:1000"));
        check("--container-codex-image", codexImage, ContainerRunOptions::isImage, "docker.io/library/alpine:3.20");
    }

    private static void check(String option, String value, Predicate<String> right, String example) {
        if (!right.test(value)) {
            throw new ConfigException(option, Echo.quote(value) + " cannot be used: write for example " + example);
        }
    }

    private static boolean isImage(String image) {
        try {
            new RunRequest("check", "check", image, List.of(), Duration.ofSeconds(1));
            return true;
        } catch (IllegalArgumentException e) {
            return false; // the caller says so in the words of the option
        }
    }

    /**
     * Reads the options.
     *
     * @param flags by name without dashes; others than {@link #FLAGS} are not looked at
     * @param environment {@code System.getenv()} outside of tests
     * @return the options
     * @throws ConfigException if one is wrong; the message names it
     */
    public static ContainerRunOptions read(Map<String, String> flags, Map<String, String> environment) {
        Settings settings = new Settings(PREFIX, flags, environment).alias("output-limit", "BUS_OUTPUT_LIMIT");
        return new ContainerRunOptions(
                settings.text("container-codex-image", "docker.io/library/alpine:3.20"),
                settings.text("container-run-network", "slirp4netns"),
                settings.text("container-run-tmpfs-size", "1g"),
                settings.lenientBool("container-run-read-only", true),
                settings.find("container-run-user").filter(name -> !name.isBlank()),
                settings.text("container-run-workdir", "/workspace"),
                settings.durationOrSeconds("container-run-timeout", Duration.ofMinutes(30)),
                settings.durationOrSeconds("container-start-timeout", Duration.ofMinutes(10)),
                (int) settings.size("output-limit", DEFAULT_OUTPUT_BYTES, 1, MAX_OUTPUT_BYTES));
    }

    /**
     * The image of a profile.
     *
     * @param profile its name
     * @return the image, or empty if there is no such profile
     */
    public Optional<String> imageOf(String profile) {
        return profile.equals(CODEX) ? Optional.of(codexImage) : Optional.empty();
    }
}
