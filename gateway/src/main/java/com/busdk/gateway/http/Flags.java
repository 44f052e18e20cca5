package com.busdk.gateway.http;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Helps options records to read what was given. Stateless, any thread. */
public final class Flags {
    private Flags() {}

    /**
     * Refuses a flag that is not in the list.
     *
     * @param given by name without dashes
     * @param known the service's flags
     * @throws ConfigException if there is no such option
     */
    public static void check(Map<String, String> given, List<Flag> known) {
        for (String flag : given.keySet()) {
            if (known.stream().noneMatch(one -> one.name().equals(flag))) {
                throw new ConfigException("--" + flag, "there is no such option");
            }
        }
    }

    /**
     * A duration above zero.
     *
     * @param settings where to look
     * @param flag its name
     * @param fallback the default
     * @return the duration
     * @throws ConfigException if it is zero or no duration
     */
    public static Duration positive(Settings settings, String flag, Duration fallback) {
        Duration value = settings.durationOrSeconds(flag, fallback);
        if (value.isZero()) {
            throw new ConfigException(settings.describe(flag), "it is above zero");
        }
        return value;
    }
}
