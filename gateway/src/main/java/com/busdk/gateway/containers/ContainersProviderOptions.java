package com.busdk.gateway.containers;

import com.busdk.client.config.Settings;
import com.busdk.client.event.EventLimits;
import com.busdk.gateway.http.Flag;
import com.busdk.gateway.http.Flags;
import com.busdk.gateway.provider.CommonOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * All settings of the containers provider, checked. Each is a flag, or the variable {@code BUS_CONTAINERS_} + the flag in
 * capitals; the flag wins. There is no backend but events, so it always needs the events service.
 *
 * @param common what every provider has
 * @param runTimeout how long a run may take that does not say
 * @param runSlack how much longer than a run its answer is waited for: its machine may have to be made first
 * @param outputLimit bytes of standard output, and of standard error, that an answer has at most; both together have the
 *     room that workers have for them in an event
 */
public record ContainersProviderOptions(CommonOptions common, Duration runTimeout, Duration runSlack, int outputLimit) {
    /** Prefix of the variables. */
    public static final String PREFIX = "BUS_CONTAINERS_";

    /** Where the secret of callers' tokens is looked for, in this order. */
    public static final List<String> SECRET_VARIABLES =
            List.of("BUS_CONTAINERS_JWT_SECRET", "BUS_API_JWT_SECRET", "BUS_AUTH_HS256_SECRET");

    /** Where it listens unless told otherwise. */
    public static final String DEFAULT_ADDRESS = "127.0.0.1:8086";

    /** Default for {@link #runTimeout}: that of the workers ({@code --container-run-timeout}). */
    public static final Duration DEFAULT_RUN_TIMEOUT = Duration.ofMinutes(30);

    /** Default for {@link #runSlack}: a worker's start time-out, and half as much again for its queue. */
    public static final Duration DEFAULT_RUN_SLACK = Duration.ofMinutes(15);

    /** Every flag that {@link #read} knows. */
    public static final List<Flag> FLAGS = CommonOptions.flags(
            DEFAULT_ADDRESS,
            Flag.of("run-timeout", "DURATION", "longest run that does not say itself; default 30m"),
            Flag.of("run-slack", "DURATION", "wait so much longer for its answer; default 15m"),
            Flag.of(
                    "output-limit",
                    "SIZE",
                    "most of stdout, and of stderr, in an answer; default 1MiB. Both together have the room of an"
                            + " event, 1MiB less 16KiB, in any case"));

    /**
     * Reads all settings.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @param environment the environment
     * @return the options
     * @throws com.busdk.client.config.ConfigException if anything is wrong; the message names flag and variable
     */
    public static ContainersProviderOptions read(Map<String, String> flags, Map<String, String> environment) {
        Flags.check(flags, FLAGS);
        Settings settings = CommonOptions.aliases(new Settings(PREFIX, flags, environment));
        CommonOptions common = CommonOptions.read(new CommonOptions.Provider(
                settings, environment, DEFAULT_ADDRESS, SECRET_VARIABLES, "the containers provider"));
        return new ContainersProviderOptions(
                common,
                Flags.positive(settings, "run-timeout", DEFAULT_RUN_TIMEOUT),
                settings.durationOrSeconds("run-slack", DEFAULT_RUN_SLACK),
                (int) settings.size(
                        "output-limit",
                        EventLimits.DEFAULT_MAX_EVENT_BYTES,
                        1, // workers refuse a run whose output nobody wants
                        EventLimits.DEFAULT_MAX_EVENT_BYTES * 16L));
    }
}
