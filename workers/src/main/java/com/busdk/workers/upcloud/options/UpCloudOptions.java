package com.busdk.workers.upcloud.options;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.GoDuration;
import com.busdk.client.config.Settings;
import com.busdk.client.text.Echo;
import com.busdk.workers.containers.ContainerRunOptions;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.ssh.ScriptRequest;
import com.busdk.workers.upcloud.options.RunnerOptions.NetworkMode;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All settings of the UpCloud worker, checked: the table "UpCloud worker" in the contract of the workers. Flags win over
 * the environment, the environment over defaults. Durations are Go's, and a bare integer is seconds; a switch that is none
 * of the known words is its default. Immutable.
 *
 * <pre>{@code
 * UpCloudOptions options = UpCloudOptions.read(Map.of("vm-name", "gpu"), System.getenv());
 * }</pre>
 *
 * @param provider what does the work
 * @param apiUrl root of the cloud's API, without a slash at its end
 * @param token of that API; there for provider {@code upcloud}
 * @param vmName name or UUID of the server of {@code bus.vm.*}, null if there is none
 * @param runner the container runner, null if there is none
 * @param run how containers run
 * @param policy how a runner is made ready and taken away
 */
public record UpCloudOptions(
        Provider provider,
        URI apiUrl,
        Optional<ApiToken> token,
        @Nullable String vmName,
        @Nullable RunnerOptions runner,
        ContainerRunOptions run,
        RunnerPolicy policy) {
    /** What does the work. */
    public enum Provider {
        /** Nothing outside; deterministic. */
        STATIC,
        /** The cloud. */
        UPCLOUD
    }

    /** The flag that asks for one status. */
    public static final String CHECK_VM_STATUS = "check-vm-status";

    /** The flags, in the order of the contract's table. */
    public static final List<WorkerFlag> FLAGS = flags();

    /** Of the contract; UpCloud's own default. */
    public static final String DEFAULT_API_URL = "https://api.upcloud.com/1.3";

    /** Longest title of a server that the API takes (its OpenAPI model). */
    private static final int MAX_NAME_CHARS = 255;

    /** The largest disk that the API makes, in GB. */
    private static final int MAX_STORAGE_GB = 4_096;

    /** More keys or states than this are a mistake. */
    private static final int MAX_LIST = 16;

    private static final int MAX_PORT = 65_535;
    private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9._-]{0,63}");
    private static final Pattern STATE = Pattern.compile("[a-z_]{1,32}");

    /**
     * Reads all settings.
     *
     * @param flags by name without dashes; one that is not in {@link UpCloudFlag#NAMES} is refused
     * @param environment {@code System.getenv()} outside of tests
     * @return the settings
     * @throws ConfigException if anything is wrong; the message names flag and variable
     */
    public static UpCloudOptions read(Map<String, String> flags, Map<String, String> environment) {
        Settings settings = settings(flags, environment);
        ContainerRunOptions run = ContainerRunOptions.read(flags, environment);
        checkScriptTime(settings, run);
        Provider provider = provider(settings);
        Optional<ApiToken> token =
                provider == Provider.UPCLOUD ? ApiToken.fromEnvironment(environment) : Optional.empty();
        if (provider == Provider.UPCLOUD && token.isEmpty()) {
            throw new ConfigException(
                    ApiToken.VARIABLE,
                    "is not set, and is needed for --provider upcloud: put a token of the cloud's API into it");
        }
        return new UpCloudOptions(
                provider,
                settings.read("upcloud-api-url", UpCloudOptions::url).orElseGet(() -> URI.create(DEFAULT_API_URL)),
                token,
                name(settings, "vm-name"),
                runner(settings, run.startTimeout()),
                run,
                policy(settings));
    }

    /**
     * Whether {@code --check-vm-status} is given: one status is printed in place of working.
     *
     * @param flags by name without dashes
     * @return true if it is
     */
    public static boolean checksVmStatus(Map<String, String> flags) {
        return flags.containsKey(CHECK_VM_STATUS)
                && new Settings("", flags, Map.of()).lenientBool(CHECK_VM_STATUS, false);
    }

    /** Most variables are {@code UPCLOUD_} and the flag; these are not. */
    private static Settings settings(Map<String, String> flags, Map<String, String> environment) {
        return new Settings("UPCLOUD_", flags, environment)
                .alias("provider", "BUS_UPCLOUD_PROVIDER")
                .alias("upcloud-api-url", "UPCLOUD_API_BASE_URL")
                .alias("container-private-network", "UPCLOUD_CONTAINER_PRIVATE_NETWORK_NAME")
                .alias("container-ssh-users", "UPCLOUD_CONTAINER_USERNAME_CANDIDATES")
                .alias("runner-dns-servers", "BUS_RUNNER_DNS_SERVERS")
                .alias("runner-netplan-mode", "BUS_RUNNER_NETPLAN_MODE")
                .alias("runner-apply-netplan", "BUS_RUNNER_APPLY_NETPLAN")
                .alias("runner-delete-stop-first", "BUS_RUNNER_DELETE_STOP_FIRST")
                .alias("runner-delete-ready-states", "BUS_RUNNER_DELETE_READY_STATES")
                .alias("runner-transient-states", "BUS_RUNNER_TRANSIENT_STATES")
                .alias("runner-delete-timeout", "BUS_RUNNER_DELETE_TIMEOUT")
                .alias("runner-delete-poll-interval", "BUS_RUNNER_DELETE_POLL_INTERVAL")
                .alias("runner-delete-storage", "BUS_RUNNER_DELETE_STORAGE")
                .alias("runner-ssh-ready-timeout", "BUS_RUNNER_SSH_READY_TIMEOUT")
                .alias("runner-ssh-ready-poll-interval", "BUS_RUNNER_SSH_READY_POLL_INTERVAL");
    }

    /** The SSH runner gets a run's script with the time for both, and would refuse every run whose time it cannot give. */
    private static void checkScriptTime(Settings settings, ContainerRunOptions run) {
        Duration longest = Duration.ofSeconds(ScriptRequest.MAX_TIMEOUT_SECONDS);
        Duration script = run.timeout().plus(run.startTimeout());
        if (script.compareTo(longest) > 0) {
            throw new ConfigException(
                    settings.describe("container-run-timeout") + ", " + settings.describe("container-start-timeout"),
                    "together they are " + GoDuration.format(script) + ", and a script takes at most "
                            + longest.toHours() + "h: make one of them shorter");
        }
    }

    private static Provider provider(Settings settings) {
        String text = settings.text("provider", "static").strip();
        return switch (text) {
            case "static" -> Provider.STATIC;
            case "upcloud" -> Provider.UPCLOUD;
            default ->
                throw new ConfigException(
                        settings.describe("provider"),
                        "unsupported provider " + Echo.quote(text) + ": write static or upcloud");
        };
    }

    private static URI url(String text) {
        URI url;
        try {
            url = new URI(text.strip().replaceAll("/+$", ""));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("it is a URL such as " + DEFAULT_API_URL, e);
        }
        boolean http = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
        // What is wrong with it is not repeated: a URL may have a password in it.
        if (!http || url.getHost() == null || url.getUserInfo() != null || url.getRawQuery() != null) {
            throw new IllegalArgumentException(
                    "it is a URL such as " + DEFAULT_API_URL + ", without user, password or query");
        }
        return url;
    }

    private static @Nullable String name(Settings settings, String flag) {
        String name = settings.text(flag, "").strip();
        if (name.length() > MAX_NAME_CHARS) {
            throw new ConfigException(
                    settings.describe(flag), "a server's name has at most " + MAX_NAME_CHARS + " characters");
        }
        return name.isEmpty() ? null : name;
    }

    private static @Nullable RunnerOptions runner(Settings settings, Duration startTimeout) {
        NetworkMode mode = networkMode(settings); // a wrong word is told even where nothing uses it yet
        String name = name(settings, "container-runner-name");
        if (name == null) {
            return null;
        }
        String zone = settings.text("container-zone", "fi-hel2").strip();
        int port = settings.integer("container-ssh-port", 22, 1, MAX_PORT);
        return new RunnerOptions(
                name,
                zone,
                settings.text("container-plan", "CLOUDNATIVE-1xCPU-4GB").strip(),
                settings.text("container-os", "Ubuntu Server 24.04 LTS (Noble Numbat)")
                        .strip(),
                settings.integer("container-os-storage-size", 0, 0, MAX_STORAGE_GB),
                mode,
                settings.text("container-private-network", "ai-platform-private-" + zone)
                        .strip(),
                settings.read("container-private-ip", UpCloudOptions::ip).orElse(null),
                keys(settings),
                settings.read("container-ssh-target", text -> target(text, port))
                        .orElse(null),
                port,
                words(
                        settings,
                        "container-ssh-users",
                        List.of("root", "ubuntu"),
                        USER.asMatchPredicate(),
                        ScriptRequest.MAX_USERS),
                startTimeout);
    }

    private static NetworkMode networkMode(Settings settings) {
        String text = settings.text("container-network-mode", "private").strip();
        return switch (text) {
            case "private" -> NetworkMode.PRIVATE;
            case "public" -> NetworkMode.PUBLIC;
            default ->
                throw new ConfigException(
                        settings.describe("container-network-mode"),
                        "unsupported container network mode " + Echo.quote(text) + ": write private or public");
        };
    }

    private static List<Path> keys(Settings settings) {
        List<Path> files = new ArrayList<>();
        for (String file : settings.text("container-ssh-keys", "").strip().split("\\s+", -1)) {
            try {
                if (!file.isEmpty()) {
                    files.add(Path.of(file));
                }
            } catch (InvalidPathException e) {
                throw new ConfigException(settings.describe("container-ssh-keys"), "has a name that no file has");
            }
        }
        if (files.size() > MAX_LIST) {
            throw new ConfigException(settings.describe("container-ssh-keys"), "has more than " + MAX_LIST + " files");
        }
        return files;
    }

    private static RunnerPolicy policy(Settings settings) {
        String mode =
                settings.text("runner-netplan-mode", RunnerPolicy.NETPLAN_MODE).strip();
        if (!mode.equals(RunnerPolicy.NETPLAN_MODE)) {
            throw new ConfigException(
                    settings.describe("runner-netplan-mode"),
                    "unsupported runner netplan mode " + Echo.quote(mode) + ": write " + RunnerPolicy.NETPLAN_MODE);
        }
        return new RunnerPolicy(
                words(
                        settings,
                        "runner-dns-servers",
                        List.of(),
                        ScriptRequest.NetworkBootstrap::isDnsServer,
                        ScriptRequest.NetworkBootstrap.MAX_DNS_SERVERS),
                settings.lenientBool("runner-apply-netplan", false),
                settings.lenientBool("runner-delete-stop-first", true),
                Set.copyOf(states(settings, "runner-delete-ready-states", List.of("stopped"))),
                Set.copyOf(states(settings, "runner-transient-states", List.of("maintenance", "pending"))),
                positive(settings, "runner-delete-timeout", Duration.ofMinutes(10)),
                positive(settings, "runner-delete-poll-interval", Duration.ofSeconds(5)),
                settings.lenientBool("runner-delete-storage", true),
                positive(settings, "runner-ssh-ready-timeout", Duration.ofMinutes(10)),
                positive(settings, "runner-ssh-ready-poll-interval", Duration.ofSeconds(5)));
    }

    /** Refuses what the SSH runner would, too. */
    private static SshTarget target(String text, int port) {
        SshTarget target = SshTarget.parse(text, port);
        new ScriptRequest.Target(target.host(), target.port(), List.of(target.user()));
        return target;
    }

    /** As name servers are written. */
    private static String ip(String text) {
        String ip = text.strip();
        if (!ScriptRequest.NetworkBootstrap.isDnsServer(ip)) {
            throw new IllegalArgumentException(Echo.quote(text) + " is not an IP address");
        }
        return ip;
    }

    private static List<WorkerFlag> flags() {
        List<WorkerFlag> flags = new ArrayList<>(List.of(
                WorkerFlag.value("provider", "static|upcloud", "what does the work; default static"),
                WorkerFlag.value("upcloud-api-url", "URL", "the cloud's API; default https://api.upcloud.com/1.3"),
                WorkerFlag.value("vm-name", "NAME|UUID", "the server of bus.vm.* events"),
                WorkerFlag.toggle(CHECK_VM_STATUS, "print one JSON status of --vm-name and exit"),
                WorkerFlag.value("container-runner-name", "NAME|UUID", "the server that containers run on"),
                WorkerFlag.value("container-zone", "ZONE", "where a runner is created; default fi-hel2"),
                WorkerFlag.value("container-plan", "PLAN", "its size; default CLOUDNATIVE-1xCPU-4GB"),
                WorkerFlag.value(
                        "container-os", "TITLE|UUID", "its template; default Ubuntu Server 24.04 LTS (Noble Numbat)"),
                WorkerFlag.value("container-os-storage-size", "GB", "its disk; default 0: the provider's"),
                WorkerFlag.value("container-network-mode", "private|public", "how it is reached; default private"),
                WorkerFlag.value("container-private-network", "NAME|UUID", "default ai-platform-private-<zone>"),
                WorkerFlag.value("container-private-ip", "IP", "its address there; default: the network's choice"),
                WorkerFlag.value(
                        "container-ssh-keys", "FILES", "public keys, separated by spaces; needed to create a runner"),
                WorkerFlag.value(
                        "container-ssh-target", "USER@HOST[:PORT]", "where it is reached; default: as the cloud says"),
                WorkerFlag.value("container-ssh-port", "PORT", "default 22"),
                WorkerFlag.value("container-ssh-users", "NAMES", "users to try; default \"root ubuntu\""),
                WorkerFlag.value("runner-dns-servers", "IP,IP", "name servers for its netplan"),
                WorkerFlag.value("runner-netplan-mode", "MODE", "mac-match, the only one"),
                WorkerFlag.toggle("runner-apply-netplan", "write its netplan before each script; default false"),
                WorkerFlag.toggle("runner-delete-stop-first", "stop it in order to delete it; default true"),
                WorkerFlag.value("runner-delete-ready-states", "STATES", "in which it is deleted; default stopped"),
                WorkerFlag.value(
                        "runner-transient-states", "STATES", "which are waited out; default maintenance,pending"),
                WorkerFlag.value("runner-delete-timeout", "DURATION", "longest delete; default 10m"),
                WorkerFlag.value("runner-delete-poll-interval", "DURATION", "between two looks; default 5s"),
                WorkerFlag.toggle("runner-delete-storage", "delete its disks too; default true"),
                WorkerFlag.value(
                        "runner-ssh-ready-timeout",
                        "DURATION",
                        "longest wait for SSH, within --container-start-timeout; default 10m"),
                WorkerFlag.value("runner-ssh-ready-poll-interval", "DURATION", "between two tries; default 5s")));
        flags.addAll(ContainerRunOptions.FLAGS);
        return List.copyOf(flags);
    }

    private static List<String> states(Settings settings, String flag, List<String> fallback) {
        return words(settings, flag, fallback, STATE.asMatchPredicate(), MAX_LIST);
    }

    /** A list of words of one form, without doubles; an empty one counts as not set. */
    private static List<String> words(
            Settings settings, String flag, List<String> fallback, Predicate<String> form, int most) {
        List<String> words = List.copyOf(new LinkedHashSet<>(settings.list(flag, fallback)));
        for (String word : words) {
            if (!form.test(word)) {
                throw new ConfigException(settings.describe(flag), Echo.quote(word) + " cannot be part of it");
            }
        }
        if (words.size() > most) {
            throw new ConfigException(
                    settings.describe(flag),
                    "has " + words.size() + " entries, and it takes at most " + most + ": leave out some");
        }
        return words.isEmpty() ? fallback : words;
    }

    private static Duration positive(Settings settings, String flag, Duration fallback) {
        Duration value = settings.durationOrSeconds(flag, fallback);
        if (value.isZero()) {
            throw new ConfigException(settings.describe(flag), "it is above zero");
        }
        return value;
    }
}
