package com.busdk.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.busdk.broker.EventsOptions.BackendKind;
import com.busdk.broker.EventsOptions.Tls;
import com.busdk.broker.backend.log.FlushPolicy;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.nats.NatsOptions;
import com.busdk.client.config.ConfigException;
import com.busdk.client.http.server.Address;
import com.busdk.client.identity.Audiences;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The options' defaults, which operators rely on who set nothing, and where each is set. */
class EventsOptionsTest {
    private static final Map<String, String> HOME = Map.of("HOME", "/home/ann");

    @Test
    void shouldHaveTheDefaultsOfTheContract() {
        LogOptions log = new LogOptions(
                new FlushPolicy.Always(), 256L << 20, Duration.ofDays(7), 10L << 30, 0, Duration.ofMinutes(10));
        EventsOptions defaults = new EventsOptions(
                Address.parse("127.0.0.1:8081"),
                BackendKind.FILE,
                Path.of("/home/ann/.local/state/bus/events"),
                log,
                Duration.ofDays(7),
                1 << 20,
                100_000,
                10_000,
                16 << 10,
                Duration.ofSeconds(60),
                Duration.ofMinutes(10),
                Duration.ofSeconds(10),
                0,
                new Audiences("ai.hg.fi/api", "ai.hg.fi/internal"),
                Optional.empty(),
                null,
                null,
                false,
                Optional.empty(),
                Optional.empty());
        assertEquals(defaults, EventsOptions.read(Map.of(), HOME));
        assertEquals(256, EventsOptions.MAX_NAMES);
    }

    @Test
    void shouldKeepItsDataWhereTheUserKeepsState() {
        assertEquals(
                Path.of("/var/state/bus/events"),
                EventsOptions.read(Map.of(), Map.of("HOME", "/home/ann", "XDG_STATE_HOME", "/var/state"))
                        .dataDir());
    }

    @Test
    void shouldKeepALogInMemorySmall() {
        EventsOptions memory = EventsOptions.read(Map.of("events-backend", "memory"), HOME);
        assertEquals(512L << 20, memory.log().retentionBytes());
    }

    /** Each flag with a value, what that is read as, and another value. */
    static List<Arguments> options() {
        return List.of(
                option("addr", "0.0.0.0:80", "[::1]:1", EventsOptions::address, Address.parse("0.0.0.0:80")),
                option("events-backend", "memory", "file", EventsOptions::backend, BackendKind.MEMORY),
                option("data-dir", "/srv/bus", "/srv/other", EventsOptions::dataDir, Path.of("/srv/bus")),
                option("fsync", "never", "always", o -> o.log().flush(), new FlushPolicy.Never()),
                option("segment-bytes", "2MiB", "3MiB", o -> o.log().segmentBytes(), 2L << 20),
                option("retention-age", "900ms", "1h", o -> o.log().retentionAge(), Duration.ofMillis(900)),
                option("retention-bytes", "1GiB", "2GiB", o -> o.log().retentionBytes(), 1L << 30),
                option("retention-count", "9000000000", "1", o -> o.log().retentionCount(), 9_000_000_000L),
                option("group-retention", "1h30m", "1h", EventsOptions::groupRetention, Duration.ofMinutes(90)),
                option("idempotency-window", "1m", "2m", o -> o.log().keysFor(), Duration.ofMinutes(1)),
                option("max-event-bytes", "3MiB", "1KiB", EventsOptions::maxEventBytes, 3 << 20),
                option("max-connections", "7", "8", EventsOptions::maxConnections, 7),
                option("max-streams-per-identity", "7", "8", EventsOptions::maxStreamsPerIdentity, 7),
                option("max-header-bytes", "32KiB", "1KiB", EventsOptions::maxHeaderBytes, 32 << 10),
                option("idle-timeout", "5s", "6s", EventsOptions::idleTimeout, Duration.ofSeconds(5)),
                option("stall-timeout", "5s", "6s", EventsOptions::stallTimeout, Duration.ofSeconds(5)),
                option("drain", "0s", "6s", EventsOptions::drain, Duration.ZERO),
                option("rate-limit", "100", "off", EventsOptions::rateLimit, 100),
                option("audience", "a,b", "c", EventsOptions::audiences, new Audiences("a", "b")),
                option("jwks", "/etc/keys.json", "https://a/keys", EventsOptions::jwks, "/etc/keys.json"),
                option("event-access", "/etc/access", "/etc/b", EventsOptions::eventAccess, Path.of("/etc/access")),
                option("allow-wildcards", "true", "false", EventsOptions::allowWildcards, true),
                option(
                        "tls-cert",
                        "/etc/c",
                        "/etc/d",
                        o -> o.tls().map(Tls::certificate),
                        Optional.of(Path.of("/etc/c"))),
                option("tls-key", "/etc/k", "/etc/l", o -> o.tls().map(Tls::key), Optional.of(Path.of("/etc/k"))),
                option(
                        "nats-url",
                        "nats://a:1,tls://b:2",
                        "nats://c:3",
                        o -> nats(o).servers(),
                        List.of("nats://a:1", "tls://b:2")),
                option("nats-creds", "/etc/n.creds", "/etc/o", o -> nats(o).credentials(), Path.of("/etc/n.creds")),
                option("nats-ca", "/etc/ca.pem", "/etc/o", o -> nats(o).authority(), Path.of("/etc/ca.pem")),
                option("nats-replicas", "5", "1", o -> nats(o).replicas(), 5),
                option("nats-stream", "EVENTS_2", "OTHER", o -> nats(o).stream(), "EVENTS_2"));
    }

    private static NatsOptions nats(EventsOptions options) {
        return options.nats().orElseThrow();
    }

    private static Arguments option(
            String flag, String value, String other, Function<EventsOptions, Object> as, Object expected) {
        return arguments(flag, value, other, as, expected);
    }

    @ParameterizedTest(name = "--{0}")
    @MethodSource("options")
    void shouldTakeTheFlagAndElseTheVariable(
            String flag, String value, String other, Function<EventsOptions, Object> as, Object expected) {
        String variable = "BUS_EVENTS_" + flag.toUpperCase(Locale.ROOT).replace('-', '_');
        Map<String, String> needed = new HashMap<>(HOME);
        needed.put("BUS_EVENTS_TLS_CERT", flag.equals("tls-key") ? "/etc/x" : "");
        needed.put("BUS_EVENTS_TLS_KEY", flag.equals("tls-cert") ? "/etc/x" : "");
        if (flag.startsWith("nats-")) {
            needed.put("BUS_EVENTS_EVENTS_BACKEND", "nats");
            needed.put("BUS_EVENTS_NATS_URL", "nats://x:1");
        }
        Map<String, String> one = new HashMap<>(needed);
        one.put(variable, value);
        Map<String, String> another = new HashMap<>(needed);
        another.put(variable, other);
        assertEquals(expected, as.apply(EventsOptions.read(Map.of(flag, value), needed)));
        assertEquals(expected, as.apply(EventsOptions.read(Map.of(), one)), variable);
        assertNotEquals(expected, as.apply(EventsOptions.read(Map.of(), another)), variable);
        assertEquals(expected, as.apply(EventsOptions.read(Map.of(flag, value), another)), "the flag wins");
    }

    @Test
    void shouldHaveARowForEachOption() {
        TreeSet<Object> rows = new TreeSet<>();
        options().forEach(row -> rows.add(row.get()[0]));
        assertEquals(new TreeSet<Object>(EventsOptions.FLAGS), rows);
    }

    @Test
    void shouldHaveTheDefaultsOfACluster() {
        Map<String, String> flags = Map.of("events-backend", "nats", "nats-url", "nats://a:4222");
        assertEquals(
                Optional.of(new NatsOptions(List.of("nats://a:4222"), null, null, 3, "BUS")),
                EventsOptions.read(flags, HOME).nats());
    }

    @ParameterizedTest(name = "--{0} {1}")
    @CsvSource({
        "nats-url, '', is needed to find the cluster",
        "nats-url, a:4222, each server is nats://HOST:PORT",
        "nats-url, 'nats://a:1,', each server is nats://HOST:PORT",
        "nats-url, nats://ann:secret@a:1, use --nats-creds",
        "nats-stream, B.US, 1 to 32 letters",
        "nats-replicas, 6, 5",
        "fsync, never, leave it out",
    })
    void shouldRefuseWhatIsNoCluster(String flag, String value, String says) {
        Map<String, String> flags = new HashMap<>(Map.of("events-backend", "nats", "nats-url", "nats://a:4222"));
        flags.put(flag, value);
        ConfigException refused = assertThrows(ConfigException.class, () -> EventsOptions.read(flags, HOME));
        assertTrue(refused.getMessage().contains(says), refused::getMessage);
        assertTrue(!refused.getMessage().contains("secret"), refused::getMessage);
    }

    @Test
    void shouldTakeAPasswordFromTheEnvironmentAlone() {
        Map<String, String> environment = new HashMap<>(HOME);
        environment.put("BUS_EVENTS_NATS_URL", "nats://ann:secret@a:1");
        assertEquals(
                List.of("nats://ann:secret@a:1"),
                nats(EventsOptions.read(Map.of("events-backend", "nats"), environment))
                        .servers());
    }

    @Test
    void shouldRefuseAClusterForAnotherBackend() {
        ConfigException refused =
                assertThrows(ConfigException.class, () -> EventsOptions.read(Map.of("nats-stream", "OTHER"), HOME));
        assertTrue(refused.getMessage().contains("--events-backend nats"), refused::getMessage);
    }

    @Test
    void shouldRefuseWhatIsNoOption() {
        ConfigException refused =
                assertThrows(ConfigException.class, () -> EventsOptions.read(Map.of("retention", "1h"), HOME));
        assertTrue(refused.getMessage().contains("--retention"), refused::getMessage);
    }
}
