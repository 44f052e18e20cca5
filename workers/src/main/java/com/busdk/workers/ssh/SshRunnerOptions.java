package com.busdk.workers.ssh;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of the SSH runner, checked. Each is a flag, or the environment variable {@code BUS_SSH_RUNNER_} + the flag
 * in capitals without its {@code ssh-}; the flag wins. The passphrase comes from the environment alone and does not
 * print. Immutable.
 *
 * @param privateKey the file with the key to log in with
 * @param passphrase of the key, if it has one
 * @param knownHosts the file with the hosts' keys, as OpenSSH writes it
 * @param acceptNew whether the key of a host that the file does not name is added to it
 * @param maxSessions scripts that run at a time, 1 to 1,024
 * @param connectTimeout longest wait for each of: a TCP connection, a login, a shell that is ready
 * @param scriptTimeout time of a request that names none, a second to a day
 * @param idleTimeout how long a connection without scripts is kept for the next one
 * @param keepAlive how often a connection has to show that it is alive; three misses and it is lost
 * @param outputLimit bytes that are kept of each stream of a request that names no limit
 * @param maxEventBytes the events service's own limit, which a result has to fit into
 */
public record SshRunnerOptions(
        Path privateKey,
        Optional<Passphrase> passphrase,
        Path knownHosts,
        boolean acceptNew,
        int maxSessions,
        Duration connectTimeout,
        Duration scriptTimeout,
        Duration idleTimeout,
        Duration keepAlive,
        int outputLimit,
        int maxEventBytes) {
    /** Prefix of the environment variables. */
    public static final String PREFIX = "BUS_SSH_RUNNER_";

    /** The variable with the private key's passphrase. */
    public static final String PASSPHRASE_VARIABLE = PREFIX + "KEY_PASSPHRASE";

    /** Scripts that run at a time unless told otherwise (workers' contract). */
    public static final int DEFAULT_MAX_SESSIONS = 64;

    /** Every flag that {@link #read} knows, without the dashes. */
    public static final Set<String> FLAGS = Set.of(
            "ssh-private-key",
            "ssh-known-hosts",
            "ssh-accept-new",
            "max-sessions",
            "connect-timeout",
            "script-timeout",
            "idle-timeout",
            "keep-alive",
            "output-limit",
            "max-event-bytes");

    /** Of these flags the value is a file. */
    public static final Set<String> PATHS = Set.of("ssh-private-key", "ssh-known-hosts");

    /** More would need a machine per runner for their output alone. */
    private static final int MOST_SESSIONS = 1_024;

    /** As long as a container run may take (containers API). */
    private static final Duration DEFAULT_SCRIPT_TIMEOUT = Duration.ofMinutes(30);

    /** The containers API's own default. */
    private static final int DEFAULT_OUTPUT_LIMIT = 1 << 20;

    /** An event larger than this does not fit into the log. */
    private static final int MOST_EVENT_BYTES = 3 << 20;

    private static final Duration SHORTEST_KEEP_ALIVE = Duration.ofMillis(100);

    /** Refuses what is out of range. */
    public SshRunnerOptions {
        if (maxSessions < 1 || maxSessions > MOST_SESSIONS) {
            throw new IllegalArgumentException("1 to " + MOST_SESSIONS + " scripts run at a time");
        }
        positive("connect-timeout", connectTimeout);
        positive("script-timeout", scriptTimeout);
        positive("idle-timeout", idleTimeout);
        if (keepAlive.compareTo(SHORTEST_KEEP_ALIVE) < 0) {
            throw new ConfigException("--keep-alive", "it is 100ms or longer");
        }
        if (scriptTimeout.toSeconds() > ScriptRequest.MAX_TIMEOUT_SECONDS) {
            throw new ConfigException("--script-timeout", "no script may take more than a day");
        }
        if (outputLimit < 1 || maxEventBytes < EventRoom.MIN_EVENT_BYTES) {
            throw new IllegalArgumentException("output limits are above zero, and an event has room for more than one");
        }
    }

    /**
     * Reads all settings.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @param environment the environment
     * @return the settings; the files were not looked at yet
     * @throws ConfigException if anything is wrong; the message names flag and variable
     */
    public static SshRunnerOptions read(Map<String, String> flags, Map<String, String> environment) {
        for (String flag : flags.keySet()) {
            if (!FLAGS.contains(flag)) {
                throw new ConfigException("--" + flag, "there is no such option");
            }
        }
        Settings settings = new Settings(PREFIX, flags, environment)
                .alias("ssh-private-key", PREFIX + "PRIVATE_KEY")
                .alias("ssh-known-hosts", PREFIX + "KNOWN_HOSTS")
                .alias("ssh-accept-new", PREFIX + "ACCEPT_NEW");
        return new SshRunnerOptions(
                Path.of(settings.required("ssh-private-key", "to log in: give an OpenSSH private key file")),
                Optional.ofNullable(environment.get(PASSPHRASE_VARIABLE))
                        .filter(text -> !text.isEmpty())
                        .map(Passphrase::new),
                settings.read("ssh-known-hosts", Path::of).orElseGet(() -> usualKnownHosts(environment, settings)),
                settings.bool("ssh-accept-new", false),
                settings.integer("max-sessions", DEFAULT_MAX_SESSIONS, 1, MOST_SESSIONS),
                settings.durationOrSeconds("connect-timeout", Duration.ofSeconds(10)),
                settings.durationOrSeconds("script-timeout", DEFAULT_SCRIPT_TIMEOUT),
                settings.durationOrSeconds("idle-timeout", Duration.ofMinutes(1)),
                settings.durationOrSeconds("keep-alive", Duration.ofSeconds(5)),
                (int) settings.size("output-limit", DEFAULT_OUTPUT_LIMIT, 1, MOST_EVENT_BYTES),
                (int) settings.size(
                        "max-event-bytes", EventRoom.defaultEventBytes(), EventRoom.MIN_EVENT_BYTES, MOST_EVENT_BYTES));
    }

    /** How long a request may take. */
    Duration timeoutOf(ScriptRequest request) {
        Integer seconds = request.timeoutSeconds();
        return seconds == null ? scriptTimeout : Duration.ofSeconds(seconds);
    }

    /** How much is kept of each stream: never more than what an event could carry. */
    int outputLimitOf(ScriptRequest request) {
        Integer bytes = request.outputLimit();
        return Math.min(bytes == null ? outputLimit : bytes, maxEventBytes);
    }

    private static Path usualKnownHosts(Map<String, String> environment, Settings settings) {
        String home = environment.getOrDefault("HOME", "");
        if (home.isBlank()) {
            throw new ConfigException(
                    settings.describe("ssh-known-hosts"),
                    "is not set, and without HOME there is no usual place for it");
        }
        return Path.of(home, ".ssh", "known_hosts");
    }

    private static void positive(String flag, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new ConfigException("--" + flag, "it is above zero");
        }
    }
}
