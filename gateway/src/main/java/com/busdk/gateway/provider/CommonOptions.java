package com.busdk.gateway.provider;

import com.busdk.client.config.Settings;
import com.busdk.client.http.server.Address;
import com.busdk.gateway.billing.Billing;
import com.busdk.gateway.http.Flag;
import com.busdk.gateway.http.Flags;
import com.busdk.gateway.http.Tokens;
import com.busdk.gateway.requests.EventsAccess;
import com.busdk.gateway.usage.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Settings that every provider has, checked. Each is a flag, or a variable with the provider's prefix; the flag wins.
 *
 * @param address where to listen
 * @param tokens how callers are verified
 * @param billing who is asked before what costs money
 * @param usage where records of it go
 * @param requestTimeout longest wait for a worker's answer
 * @param listenerRequired whether the provider is ready only while it hears responses
 * @param events the events service, where a backend needs it
 * @param neededFor the options that need it, for messages
 */
public record CommonOptions(
        Address address,
        Tokens tokens,
        Billing.Backend billing,
        Usage.Backend usage,
        Duration requestTimeout,
        boolean listenerRequired,
        Optional<EventsAccess> events,
        String neededFor) {

    /** Default wait for a worker's answer (runtime-apis). */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

    /**
     * The flags that every provider has, after its own.
     *
     * @param own those of the provider
     * @param defaultAddress for the help
     * @return all of them, in the order of the help
     */
    public static List<Flag> flags(String defaultAddress, Flag... own) {
        return all(defaultAddress, true, own);
    }

    /**
     * The flags of a provider whose requests cost nothing: it asks no billing and records no usage.
     *
     * @param defaultAddress for the help
     * @param own those of the provider
     * @return all of them, in the order of the help
     */
    public static List<Flag> freeFlags(String defaultAddress, Flag... own) {
        return all(defaultAddress, false, own);
    }

    private static List<Flag> all(String defaultAddress, boolean charges, Flag... own) {
        List<Flag> flags = new ArrayList<>();
        flags.add(Flag.of("addr", "HOST:PORT", "where to listen; default " + defaultAddress));
        flags.addAll(List.of(own));
        flags.add(Flag.of("events-url", "URL", "the events service, root or collection (BUS_EVENTS_API_URL)"));
        flags.add(Flag.file("token-file", "service token for it; default BUS_API_TOKEN, then auth/api-token"));
        if (charges) {
            flags.add(Flag.of("billing-backend", "KIND", "none (default); events: ask for entitlement first"));
            flags.add(Flag.of("usage-backend", "KIND", "none (default), events, or memory for local checks"));
        }
        flags.add(Flag.of("request-timeout", "DURATION", "longest wait for a worker's answer; default 30s"));
        flags.add(Flag.of("jwks", "FILE|URL", "public keys of callers' tokens, beside the HS256 secret"));
        return List.copyOf(flags);
    }

    /**
     * What a provider says of itself to read its common options.
     *
     * @param settings with its prefix, and {@link #aliases}
     * @param environment the environment
     * @param defaultAddress where it listens unless told otherwise
     * @param secretVariables where the secret of callers' tokens is looked for
     * @param needsEvents what of it needs the events service whatever the other options say; empty for nothing
     */
    public record Provider(
            Settings settings,
            Map<String, String> environment,
            String defaultAddress,
            List<String> secretVariables,
            String needsEvents) {
        /** Keeps copies. */
        public Provider {
            environment = Map.copyOf(environment);
            secretVariables = List.copyOf(secretVariables);
        }
    }

    /**
     * Gives settings the names that these options have everywhere.
     *
     * @param settings with the provider's prefix
     * @return the same with aliases
     */
    public static Settings aliases(Settings settings) {
        return EventsAccess.alias(settings).alias("listener-required", "BUS_EVENTS_LISTENER_REQUIRED");
    }

    /**
     * Reads them.
     *
     * @param provider what is particular
     * @return the options
     * @throws com.busdk.client.config.ConfigException if anything is wrong; the message names flag and variable
     */
    public static CommonOptions read(Provider provider) {
        Settings settings = provider.settings();
        Billing.Backend billing = settings.oneOf("billing-backend", Billing.Backend.class, Billing.Backend.NONE);
        Usage.Backend usage = settings.oneOf("usage-backend", Usage.Backend.class, Usage.Backend.NONE);
        List<String> needs = new ArrayList<>();
        if (!provider.needsEvents().isEmpty()) {
            needs.add(provider.needsEvents());
        }
        if (billing == Billing.Backend.EVENTS) {
            needs.add("--billing-backend events");
        }
        if (usage == Usage.Backend.EVENTS) {
            needs.add("--usage-backend events");
        }
        String neededFor = String.join(" and ", needs);
        return new CommonOptions(
                settings.read("addr", Address::parse).orElseGet(() -> Address.parse(provider.defaultAddress())),
                Tokens.read(
                        provider.environment(),
                        provider.secretVariables(),
                        settings.find("jwks").orElse(null)),
                billing,
                usage,
                Flags.positive(settings, "request-timeout", REQUEST_TIMEOUT),
                settings.lenientBool("listener-required", false),
                needs.isEmpty()
                        ? Optional.empty()
                        : Optional.of(EventsAccess.read(settings, provider.environment(), neededFor)),
                neededFor);
    }
}
