package com.busdk.gateway;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.http.server.Address;
import com.busdk.gateway.http.Flag;
import com.busdk.gateway.http.Flags;
import com.busdk.gateway.http.HttpSettings;
import com.busdk.gateway.http.TlsFiles;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All settings of the gateway, checked. Each is a flag, or the variable {@code BUS_GATEWAY_} + the flag in capitals; the
 * flag wins.
 *
 * @param http where it listens, and its limits
 * @param internalAddress where {@code /api/internal/} is served besides, if anywhere
 * @param internal whether {@code /api/internal/} is served at the main address too
 * @param upstreams what is behind it, by service
 * @param assumed those of them that nobody has named, and that need not be there: it is ready without them
 * @param corsOrigins origins whose scripts may use it, or {@code *}; none switches CORS off
 * @param maxBodyBytes longest body, but for events: their service has limits of its own, and takes streams
 */
public record GatewayOptions(
        HttpSettings http,
        Optional<Address> internalAddress,
        boolean internal,
        Map<Service, URI> upstreams,
        Set<Service> assumed,
        Set<String> corsOrigins,
        long maxBodyBytes) {
    /** Prefix of the variables. */
    public static final String PREFIX = "BUS_GATEWAY_";

    /** Largest body of a provider's request: a run's is 1 MiB at most. */
    private static final long DEFAULT_MAX_BODY_BYTES = 2L << 20;

    private static final long MOST_BODY_BYTES = 1L << 30;
    private static final int MIN_HEADER_BYTES = 1 << 10;
    private static final int MOST_HEADER_BYTES = 1 << 20;
    private static final int MOST_CONNECTIONS = 10_000_000;
    private static final int MOST_SERVERS = 256;
    private static final String NO_SERVICE = "none";
    private static final String COLLECTION = "/api/v1/events";

    /** Every flag that {@link #read} knows. */
    public static final List<Flag> FLAGS = List.of(
            Flag.of("addr", "HOST:PORT", "where to listen; default 127.0.0.1:${LOCAL_AI_PLATFORM_PORT:-8080}"),
            Flag.of("events-url", "URL", "the events service; default http://127.0.0.1:8081"),
            Flag.of("vm-url", "URL", "the VM provider, or none; default http://127.0.0.1:8085"),
            Flag.of("containers-url", "URL", "the containers provider, or none; default http://127.0.0.1:8086"),
            Flag.of("auth-url", "URL", "the auth service, or none; default http://127.0.0.1:8087, if it is there"),
            Flag.of("usage-url", "URL", "the usage service, or none; default http://127.0.0.1:8088, if it is there"),
            Flag.of(
                    "billing-url",
                    "URL",
                    "the billing service, or none; default http://127.0.0.1:8089, if it is there"),
            Flag.ofSwitch("internal", "serve /api/internal/ here too; default no"),
            Flag.of("internal-addr", "HOST:PORT", "a second address, which serves /api/internal/ too"),
            Flag.file("tls-cert", "certificate (PEM): serve HTTPS; read again when it changes"),
            Flag.file("tls-key", "key of the certificate (PEM)"),
            Flag.of("cors-origin", "ORIGINS", "origins whose scripts may use it, or *; default none"),
            Flag.of("max-body-bytes", "SIZE", "longest body, but for events; default 2MiB"),
            Flag.of("max-header-bytes", "SIZE", "largest headers of a request; default 16KiB"),
            Flag.of("max-connections", "N", "most connections for each event loop; default 20000"),
            Flag.of("idle-timeout", "DURATION", "close idle connections after; default 60s"),
            Flag.of("servers", "N", "event loops that it uses; default one for each core"));

    /** What may be behind the gateway. */
    public enum Service {
        /** The events service. */
        EVENTS("events", "http://127.0.0.1:8081", true),
        /** The VM provider. */
        VM("vm", "http://127.0.0.1:8085", true),
        /** The containers provider. */
        CONTAINERS("containers", "http://127.0.0.1:8086", true),
        /** The auth service. */
        AUTH("auth", "http://127.0.0.1:8087", false),
        /** The usage service. */
        USAGE("usage", "http://127.0.0.1:8088", false),
        /** The billing service. */
        BILLING("billing", "http://127.0.0.1:8089", false);

        private final String word;
        private final String address;
        private final boolean needed;

        /** One that is needed is waited for also where nobody has named it; accounts are for those who have them. */
        Service(String word, String address, boolean needed) {
            this.word = word;
            this.address = address;
            this.needed = needed;
        }

        /**
         * Its name in paths and flags.
         *
         * @return such as {@code vm}
         */
        public String word() {
            return word;
        }
    }

    /** Keeps copies, and refuses a gateway with nothing behind it. */
    public GatewayOptions {
        upstreams = Map.copyOf(upstreams);
        assumed = Set.copyOf(assumed);
        corsOrigins = Set.copyOf(corsOrigins);
        if (upstreams.isEmpty()) {
            throw new ConfigException("--events-url", "there is nothing behind the gateway: give at least one address");
        }
    }

    /**
     * A gateway on one event loop with the defaults.
     *
     * @param address where it listens
     * @param upstreams roots of the services, {@code http://host:port}
     * @return options
     */
    public static GatewayOptions of(Address address, Map<Service, URI> upstreams) {
        return new GatewayOptions(
                HttpSettings.at(address),
                Optional.empty(),
                false,
                upstreams,
                Set.of(),
                Set.of(),
                DEFAULT_MAX_BODY_BYTES);
    }

    /**
     * Reads all settings.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @param environment the environment
     * @return the options
     * @throws ConfigException if anything is wrong; the message names flag and variable
     */
    public static GatewayOptions read(Map<String, String> flags, Map<String, String> environment) {
        Flags.check(flags, FLAGS);
        Settings settings = new Settings(PREFIX, flags, environment);
        Settings localPort = settings.alias("port", "LOCAL_AI_PLATFORM_PORT");
        Address address = settings.read("addr", Address::parse)
                .orElseGet(() -> new Address("127.0.0.1", localPort.integer("port", 8080, 0, 65_535)));
        HttpSettings http = new HttpSettings(
                address,
                TlsFiles.read(settings),
                (int) settings.size(
                        "max-header-bytes", HttpSettings.DEFAULT_MAX_HEADER_BYTES, MIN_HEADER_BYTES, MOST_HEADER_BYTES),
                settings.integer("max-connections", HttpSettings.DEFAULT_MAX_CONNECTIONS, 1, MOST_CONNECTIONS),
                Flags.positive(settings, "idle-timeout", HttpSettings.DEFAULT_IDLE_TIMEOUT),
                settings.integer("servers", Runtime.getRuntime().availableProcessors(), 1, MOST_SERVERS));
        return new GatewayOptions(
                http,
                settings.read("internal-addr", Address::parse),
                settings.bool("internal", false),
                upstreams(settings),
                assumed(settings),
                Set.copyOf(origins(settings)),
                settings.size("max-body-bytes", DEFAULT_MAX_BODY_BYTES, 0, MOST_BODY_BYTES));
    }

    private static Map<Service, URI> upstreams(Settings settings) {
        Map<Service, URI> upstreams = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            String flag = service.word() + "-url";
            String text = settings.find(flag).map(String::strip).orElse(service.address);
            if (!text.equals(NO_SERVICE)) {
                upstreams.put(service, read(settings.describe(flag), text));
            }
        }
        return upstreams;
    }

    private static Set<Service> assumed(Settings settings) {
        return Arrays.stream(Service.values())
                .filter(service -> !service.needed)
                .filter(service -> settings.find(service.word() + "-url").isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static URI read(String option, String text) {
        return Upstream.root(text.endsWith(COLLECTION) ? text.substring(0, text.length() - COLLECTION.length()) : text)
                .orElseThrow(() -> new ConfigException(
                        option, "is not the root of a service: write for example http://127.0.0.1:8081, or none"));
    }

    private static List<String> origins(Settings settings) {
        List<String> origins = new ArrayList<>(settings.list("cors-origin", List.of()));
        for (String origin : origins) {
            boolean fits = origin.equals("*") || Upstream.root(origin).isPresent() && !origin.endsWith("/");
            if (!fits) {
                throw new ConfigException(
                        settings.describe("cors-origin"),
                        "an origin is scheme://host[:port] without a path, such as https://console.example, or *");
            }
        }
        return origins;
    }
}
