package com.busdk.gateway.collector;

import com.busdk.client.config.Settings;
import com.busdk.gateway.http.Flag;
import com.busdk.gateway.http.Flags;
import com.busdk.gateway.provider.CommonOptions;
import java.util.List;
import java.util.Map;

/**
 * All settings of the collector, checked. Each is a flag, or the variable {@code BUS_USAGE_} + the flag in capitals; the
 * flag wins.
 *
 * @param common what every provider has; the events service is always among it
 */
public record UsageProviderOptions(CommonOptions common) {
    /** Prefix of the variables. */
    public static final String PREFIX = "BUS_USAGE_";

    /** Where the secret of callers' tokens is looked for, in this order. */
    public static final List<String> SECRET_VARIABLES =
            List.of("BUS_USAGE_JWT_SECRET", "BUS_API_JWT_SECRET", "BUS_AUTH_HS256_SECRET");

    /** Where it listens unless told otherwise. */
    public static final String DEFAULT_ADDRESS = "127.0.0.1:8088";

    /** Every flag that {@link #read} knows. */
    public static final List<Flag> FLAGS = CommonOptions.freeFlags(DEFAULT_ADDRESS);

    /**
     * Reads all settings.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @param environment the environment
     * @return the options
     * @throws com.busdk.client.config.ConfigException if anything is wrong; the message names flag and variable
     */
    public static UsageProviderOptions read(Map<String, String> flags, Map<String, String> environment) {
        Flags.check(flags, FLAGS);
        Settings settings = CommonOptions.aliases(new Settings(PREFIX, flags, environment));
        return new UsageProviderOptions(CommonOptions.read(new CommonOptions.Provider(
                settings, environment, DEFAULT_ADDRESS, SECRET_VARIABLES, "the usage worker behind it")));
    }
}
