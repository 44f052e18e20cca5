package com.busdk.workers.run;

import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.config.Settings;
import com.busdk.client.events.RetryPolicy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The settings that every worker has. A flag wins over its variable, which is {@code BUS_WORKER_} and the flag in
 * capitals with {@code _} for {@code -} unless said otherwise. Immutable.
 *
 * @param events the events collection: {@code --events-url}, else {@code BUS_EVENTS_API_URL}, else this machine's
 * @param token {@code --token-file}, else {@code BUS_API_TOKEN}, else the config root; it does not print
 * @param group the consumer group, the worker's name unless {@code --group} says otherwise
 * @param consumer the consumer's name, or empty for host name and process id
 * @param instances connections, each on an event loop of its own, 1 to {@value #MAX_INSTANCES}
 * @param once whether to end after one event
 * @param healthAddr where to serve health and metrics, or empty for nowhere
 * @param drain longest wait for requests in hand at a stop
 * @param retry how to come back after a lost connection
 */
public record WorkerSettings(
        URI events,
        TokenSource token,
        String group,
        Optional<String> consumer,
        int instances,
        boolean once,
        Optional<HostPort> healthAddr,
        Duration drain,
        RetryPolicy retry) {
    /** Most instances of one process; the runtime's own bound. */
    public static final int MAX_INSTANCES = 256;

    /** Prefix of the variables. */
    public static final String PREFIX = "BUS_WORKER_";

    /** What a service manager gives a process that is to stop, as a rule a bit more. */
    private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(30);

    private static final String RETRY = "listener-retry";
    private static final String RETRY_MIN = "listener-retry-min";
    private static final String RETRY_MAX = "listener-retry-max";

    private static final String INSTANCES = "instances";

    /** The flags for a command line; {@code events-url} and {@code token-file} are read too, and every command has them. */
    public static final List<WorkerFlag> FLAGS = List.of(
            WorkerFlag.value(
                    "group", "NAME", "consumer group whose members share the work; default: the worker's name"),
            WorkerFlag.value("consumer", "NAME", "name in the group; default: host name and process id"),
            WorkerFlag.value(INSTANCES, "N", "connections of this process, which share the work; default 1"),
            WorkerFlag.toggle("once", "handle one event, then exit"),
            WorkerFlag.value("health-addr", "HOST:PORT", "serve /healthz, /readyz and /metrics; default: nowhere"),
            WorkerFlag.value("drain", "DURATION", "on stop, finish what is in hand for so long; default 30s"),
            WorkerFlag.toggle(RETRY, "come back after a lost connection (BUS_EVENTS_LISTENER_RETRY); default true"),
            WorkerFlag.value(RETRY_MIN, "DURATION", "first wait (BUS_EVENTS_LISTENER_RETRY_MIN); default 1s"),
            WorkerFlag.value(RETRY_MAX, "DURATION", "longest wait (BUS_EVENTS_LISTENER_RETRY_MAX); default 30s"));

    /**
     * Reads the settings.
     *
     * @param worker the worker's name, which is its group unless another is given
     * @param flags by name without dashes; those of the worker itself are not looked at
     * @param environment {@code System.getenv()} outside of tests
     * @param warn is told once if others may read the token's file
     * @return the settings
     * @throws ConfigException if one is wrong; the message names flag and variable
     * @throws com.busdk.client.auth.TokenException if the variable that is set cannot be a token
     */
    public static WorkerSettings read(
            String worker, Map<String, String> flags, Map<String, String> environment, Consumer<String> warn) {
        Settings settings = new Settings(PREFIX, flags, environment)
                .alias(RETRY, "BUS_EVENTS_LISTENER_RETRY")
                .alias(RETRY_MIN, "BUS_EVENTS_LISTENER_RETRY_MIN")
                .alias(RETRY_MAX, "BUS_EVENTS_LISTENER_RETRY_MAX");
        String tokenFile = flags.get("token-file");
        return new WorkerSettings(
                ServiceUrls.of(environment).events(flags.get("events-url")),
                TokenSource.resolve(
                        tokenFile == null ? null : Path.of(tokenFile),
                        environment,
                        TokenSource.EVENTS_VARIABLES,
                        BusDirs.of(environment),
                        warn),
                settings.text("group", worker),
                settings.find("consumer"),
                instances(settings),
                settings.bool("once", false),
                settings.read("health-addr", HostPort::parse),
                settings.durationOrSeconds("drain", DEFAULT_DRAIN),
                retry(settings));
    }

    /**
     * How many event loops the worker uses, for whoever makes them before there is anything else.
     *
     * @param flags as {@link #read} takes them
     * @param environment as {@link #read} takes it
     * @return the instances that the settings will have
     * @throws ConfigException if that setting is wrong
     */
    public static int instances(Map<String, String> flags, Map<String, String> environment) {
        return instances(new Settings(PREFIX, flags, environment));
    }

    private static int instances(Settings settings) {
        return settings.integer(INSTANCES, 1, 1, MAX_INSTANCES);
    }

    private static RetryPolicy retry(Settings settings) {
        RetryPolicy defaults = RetryPolicy.DEFAULT;
        Duration min = settings.durationOrSeconds(RETRY_MIN, defaults.min());
        Duration max = settings.durationOrSeconds(RETRY_MAX, defaults.max());
        try {
            boolean enabled = settings.lenientBool(RETRY, true);
            return new RetryPolicy(enabled, min, max, enabled);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    settings.describe(RETRY_MIN), "it is above zero and at most " + settings.describe(RETRY_MAX));
        }
    }

    /** Without the token, and without what a URL's path may give away. */
    @Override
    public String toString() {
        return "WorkerSettings[group=" + group + ", instances=" + instances + "]";
    }
}
