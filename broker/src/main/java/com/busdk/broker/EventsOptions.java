package com.busdk.broker;

import com.busdk.broker.backend.log.FlushPolicy;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.nats.NatsOptions;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.GoDuration;
import com.busdk.client.config.Settings;
import com.busdk.client.http.server.Address;
import com.busdk.client.identity.Audiences;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings of the service, checked. Each is a flag, or the environment variable {@code BUS_EVENTS_} + the flag in
 * capitals; the flag wins. Secrets come from the environment alone and do not print.
 *
 * @param address where to listen
 * @param backend what keeps the events
 * @param dataDir of the {@code file} backend, and where that of {@code nats} has its copy of the stream
 * @param log flushing, segments and retention
 * @param groupRetention groups without listeners for that long are forgotten
 * @param maxEventBytes an event's envelope at most
 * @param rateLimit events a second for each identity, 0 for no limit
 * @param secret for HS256 tokens, if there is one
 * @param jwks a file or URL with public keys, if there is one
 * @param eventAccess a table that replaces the standard one
 * @param tls certificate and key, if it serves TLS
 * @param nats where the cluster is, with the {@code nats} backend
 */
public record EventsOptions(
        Address address,
        BackendKind backend,
        Path dataDir,
        LogOptions log,
        Duration groupRetention,
        int maxEventBytes,
        int maxConnections,
        int maxStreamsPerIdentity,
        int maxHeaderBytes,
        Duration idleTimeout,
        Duration stallTimeout,
        Duration drain,
        int rateLimit,
        Audiences audiences,
        Optional<Hs256Secret> secret,
        @Nullable String jwks,
        @Nullable Path eventAccess,
        boolean allowWildcards,
        Optional<Tls> tls,
        Optional<NatsOptions> nats) {

    /** Prefix of the environment variables. */
    public static final String PREFIX = "BUS_EVENTS_";

    /** Names on one stream. */
    public static final int MAX_NAMES = 256;

    /** The largest {@code --max-event-bytes}: an event has to fit into one write of the log, with its frame. */
    public static final int MOST_EVENT_BYTES = 3 << 20;

    /** Every flag that {@link #read} knows, without the dashes. */
    public static final Set<String> FLAGS = Set.of(
            "addr",
            "events-backend",
            "data-dir",
            "fsync",
            "segment-bytes",
            "retention-age",
            "retention-bytes",
            "retention-count",
            "group-retention",
            "idempotency-window",
            "max-event-bytes",
            "max-connections",
            "max-streams-per-identity",
            "max-header-bytes",
            "idle-timeout",
            "stall-timeout",
            "drain",
            "rate-limit",
            "audience",
            "jwks",
            "event-access",
            "allow-wildcards",
            "tls-cert",
            "tls-key",
            "nats-url",
            "nats-creds",
            "nats-ca",
            "nats-replicas",
            "nats-stream");

    /** What keeps the events. */
    public enum BackendKind {
        /** Segment files in the data directory; durable. */
        FILE,
        /** Nothing survives a restart. */
        MEMORY,
        /** A NATS JetStream cluster. */
        NATS
    }

    /** PEM files. */
    public record Tls(Path certificate, Path key) {}

    /**
     * Reads all settings.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @throws ConfigException if anything is wrong; the message names flag and variable
     */
    public static EventsOptions read(Map<String, String> flags, Map<String, String> environment) {
        for (String flag : flags.keySet()) {
            if (!FLAGS.contains(flag)) {
                throw new ConfigException("--" + flag, "there is no such option");
            }
        }
        Settings settings = new Settings(PREFIX, flags, environment);
        BackendKind backend = backend(settings.text("events-backend", "file"));
        LogOptions defaults = LogOptions.defaults();
        LogOptions log = new LogOptions(
                settings.read("fsync", EventsOptions::flush).orElse(defaults.flush()),
                settings.size(
                        "segment-bytes",
                        defaults.segmentBytes(),
                        LogOptions.MIN_SEGMENT_BYTES,
                        LogOptions.MAX_SEGMENT_BYTES),
                positive(settings, "retention-age", defaults.retentionAge()),
                settings.size("retention-bytes", retentionBytes(backend), LogOptions.MIN_SEGMENT_BYTES, Long.MAX_VALUE),
                settings.longInteger("retention-count", 0, 0, Long.MAX_VALUE),
                positive(settings, "idempotency-window", defaults.keysFor()));
        return new EventsOptions(
                settings.read("addr", Address::parse).orElse(Address.parse("127.0.0.1:8081")),
                backend,
                settings.read("data-dir", Path::of)
                        .orElseGet(() -> BusDirs.of(environment).state().resolve("events")),
                log,
                positive(settings, "group-retention", Duration.ofDays(7)),
                (int) settings.size("max-event-bytes", 1 << 20, 1 << 10, MOST_EVENT_BYTES),
                settings.integer("max-connections", 100_000, 1, 10_000_000),
                settings.integer("max-streams-per-identity", 10_000, 1, 10_000_000),
                (int) settings.size("max-header-bytes", 16 << 10, 1 << 10, 1 << 20),
                positive(settings, "idle-timeout", Duration.ofSeconds(60)),
                positive(settings, "stall-timeout", Duration.ofMinutes(10)),
                settings.duration("drain", Duration.ofSeconds(10)),
                rateLimit(settings),
                settings.read("audience", Audiences::parse).orElse(Audiences.DEFAULT),
                Hs256Secret.fromEnvironment(environment, Hs256Secret.EVENTS_VARIABLES),
                settings.find("jwks").orElse(null),
                settings.read("event-access", Path::of).orElse(null),
                settings.bool("allow-wildcards", false),
                tls(settings),
                nats(settings, backend, flags));
    }

    private static BackendKind backend(String text) {
        return switch (text) {
            case "file" -> BackendKind.FILE;
            case "memory" -> BackendKind.MEMORY;
            case "nats" -> BackendKind.NATS;
            default -> throw new ConfigException("--events-backend", "it is file, memory or nats, not what was given");
        };
    }

    /** A log in memory is kept small enough for the heap's neighbourhood unless told otherwise. */
    private static long retentionBytes(BackendKind backend) {
        return backend == BackendKind.MEMORY
                ? 512L << 20
                : LogOptions.defaults().retentionBytes();
    }

    private static FlushPolicy flush(String text) {
        if (text.equals("always")) {
            return new FlushPolicy.Always();
        }
        if (text.equals("never")) {
            return new FlushPolicy.Never();
        }
        if (text.startsWith("interval=")) {
            return new FlushPolicy.Interval(GoDuration.parse(text.substring("interval=".length())));
        }
        throw new IllegalArgumentException("it is always, interval=<duration> or never");
    }

    private static Duration positive(Settings settings, String flag, Duration fallback) {
        Duration value = settings.duration(flag, fallback);
        if (value.isZero()) {
            throw new ConfigException(settings.describe(flag), "it is above zero");
        }
        return value;
    }

    private static int rateLimit(Settings settings) {
        return settings.text("rate-limit", "off").equals("off")
                ? 0
                : settings.integer("rate-limit", 0, 1, Integer.MAX_VALUE);
    }

    private static Optional<Tls> tls(Settings settings) {
        Optional<Path> certificate = settings.read("tls-cert", Path::of);
        Optional<Path> key = settings.read("tls-key", Path::of);
        if (certificate.isPresent() != key.isPresent()) {
            throw new ConfigException("--tls-cert", "--tls-cert and --tls-key go together; give both or neither");
        }
        return certificate.map(file -> new Tls(file, key.orElseThrow()));
    }

    private static Optional<NatsOptions> nats(Settings settings, BackendKind backend, Map<String, String> flags) {
        if (backend != BackendKind.NATS) {
            for (String flag : flags.keySet()) {
                if (flag.startsWith("nats-")) {
                    throw new ConfigException("--" + flag, "it goes with --events-backend nats; leave it out");
                }
            }
            return Optional.empty();
        }
        if (flags.containsKey("fsync")) {
            throw new ConfigException("--fsync", "what is flushed is the cluster's own setting; leave it out");
        }
        String servers = settings.required("nats-url", "to find the cluster, such as nats://10.0.0.1:4222");
        List<String> urls = new ArrayList<>();
        for (String server : servers.split(",", -1)) {
            urls.add(server(server.strip(), flags.containsKey("nats-url"), settings));
        }
        String stream = settings.text("nats-stream", NatsOptions.DEFAULT_STREAM);
        if (!NatsOptions.isStreamName(stream)) {
            throw new ConfigException(settings.describe("nats-stream"), "it has 1 to 32 letters, digits, - and _");
        }
        return Optional.of(new NatsOptions(
                urls,
                settings.read("nats-creds", Path::of).orElse(null),
                settings.read("nats-ca", Path::of).orElse(null),
                settings.integer("nats-replicas", NatsOptions.DEFAULT_REPLICAS, 1, NatsOptions.MOST_REPLICAS),
                stream));
    }

    /** What is wrong is said without the text, which may have a password in it. */
    private static String server(String url, boolean onCommandLine, Settings settings) {
        if (!url.startsWith("nats://") && !url.startsWith("tls://")) {
            throw new ConfigException(
                    settings.describe("nats-url"),
                    "each server is nats://HOST:PORT or tls://HOST:PORT, with commas between them");
        }
        if (onCommandLine && url.contains("@")) {
            throw new ConfigException(
                    settings.describe("nats-url"),
                    "a password on a command line is seen by others: use --nats-creds, or the variable");
        }
        return url;
    }

    /** The same settings at another address, for those who start several services. */
    public EventsOptions at(Address other) {
        return new EventsOptions(
                other,
                backend,
                dataDir,
                log,
                groupRetention,
                maxEventBytes,
                maxConnections,
                maxStreamsPerIdentity,
                maxHeaderBytes,
                idleTimeout,
                stallTimeout,
                drain,
                rateLimit,
                audiences,
                secret,
                jwks,
                eventAccess,
                allowWildcards,
                tls,
                nats);
    }
}
