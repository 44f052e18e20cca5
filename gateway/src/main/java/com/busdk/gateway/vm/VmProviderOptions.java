package com.busdk.gateway.vm;

import com.busdk.client.config.Settings;
import com.busdk.gateway.http.Flag;
import com.busdk.gateway.http.Flags;
import com.busdk.gateway.provider.CommonOptions;
import com.busdk.gateway.requests.EventsAccess;
import java.util.List;
import java.util.Map;

/**
 * All settings of the VM provider, checked. Each is a flag, or the variable {@code BUS_VM_} + the flag in capitals; the
 * flag wins.
 *
 * @param common what every provider has
 * @param backend who does it
 */
public record VmProviderOptions(CommonOptions common, Backend backend) {
    /** Prefix of the variables. */
    public static final String PREFIX = "BUS_VM_";

    /** Where the secret of callers' tokens is looked for, in this order. */
    public static final List<String> SECRET_VARIABLES =
            List.of("BUS_VM_JWT_SECRET", "BUS_API_JWT_SECRET", "BUS_AUTH_HS256_SECRET");

    /** Where it listens unless told otherwise. */
    public static final String DEFAULT_ADDRESS = "127.0.0.1:8085";

    /** Every flag that {@link #read} knows. */
    public static final List<Flag> FLAGS = CommonOptions.flags(
            DEFAULT_ADDRESS,
            Flag.of(
                    "backend",
                    "KIND",
                    "static: answers by itself; events: asks the VM worker; default events where an events URL is"
                            + " given, else static"));

    /** Who does it. */
    public enum Backend {
        /** The provider itself, always the same. */
        STATIC,
        /** The VM worker, by events. */
        EVENTS
    }

    /**
     * Reads all settings.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @param environment the environment
     * @return the options
     * @throws com.busdk.client.config.ConfigException if anything is wrong; the message names flag and variable
     */
    public static VmProviderOptions read(Map<String, String> flags, Map<String, String> environment) {
        Flags.check(flags, FLAGS);
        Settings settings = CommonOptions.aliases(new Settings(PREFIX, flags, environment));
        Backend backend = settings.oneOf(
                "backend", Backend.class, EventsAccess.isGiven(settings) ? Backend.EVENTS : Backend.STATIC);
        CommonOptions common = CommonOptions.read(new CommonOptions.Provider(
                settings,
                environment,
                DEFAULT_ADDRESS,
                SECRET_VARIABLES,
                backend == Backend.EVENTS ? "--backend events" : ""));
        return new VmProviderOptions(common, backend);
    }
}
