package com.busdk.cli.serve;

import com.busdk.cli.command.Argument;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.logging.Logs;
import com.busdk.cli.term.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code bus api provider events}: the events service, in the foreground. */
public final class EventsProviderCommand extends Command {
    /** Flags whose value is a file or folder, which {@code -C} applies to. */
    private static final Set<String> PATHS =
            Set.of("data-dir", "event-access", "jwks", "tls-cert", "tls-key", "nats-creds", "nats-ca");

    private final Map<String, Argument<String>> flags = new LinkedHashMap<>();

    /** Made with the table of commands. */
    public EventsProviderCommand() {
        add("addr", "HOST:PORT", "where to listen; default 127.0.0.1:8081");
        add(
                "events-backend",
                "KIND",
                "file: durable (default); memory: nothing survives a restart; nats: a JetStream cluster");
        add("data-dir", "DIR", "where the log is; default ${XDG_STATE_HOME:-~/.local/state}/bus/events");
        add("fsync", "WHEN", "always (default): 202 means on disk; interval=DURATION or never trade that away");
        add("segment-bytes", "SIZE", "size of a file of the log; default 256MiB");
        add("retention-age", "DURATION", "keep events for so long; default 7d");
        add("retention-bytes", "SIZE", "keep at most so many bytes; default 10GiB, in memory 512MiB");
        add("retention-count", "N", "keep at most so many events; default 0: no limit");
        add("group-retention", "DURATION", "forget groups without listeners after; default 7d");
        add("idempotency-window", "DURATION", "remember idempotency keys for so long; default 10m");
        add("max-event-bytes", "SIZE", "largest event; default 1MiB");
        add("max-connections", "N", "most connections; default 100000");
        add("max-streams-per-identity", "N", "most streams of one identity; default 10000");
        add("max-header-bytes", "SIZE", "largest headers of a request; default 16KiB");
        add("idle-timeout", "DURATION", "close idle connections after; default 60s");
        add("stall-timeout", "DURATION", "close listeners that take nothing after; default 10m");
        add("drain", "DURATION", "on stop, finish what is under way for so long; default 10s");
        add("rate-limit", "N", "events a second of one identity; default off");
        add("audience", "NAMES", "audiences of tokens that are accepted");
        add("jwks", "FILE|URL", "public keys of tokens, beside the HS256 secret");
        add("event-access", "FILE", "table of event names and scopes, in place of the standard one");
        flags.put(
                "allow-wildcards",
                optionalValue("true|false", "let tokens with events:admin listen to patterns", "--allow-wildcards"));
        add("tls-cert", "FILE", "certificate (PEM): serve HTTPS");
        add("tls-key", "FILE", "key of the certificate (PEM)");
        add("nats-url", "URL,…", "servers of the cluster, such as nats://a:4222,nats://b:4222");
        add("nats-creds", "FILE", "credentials for the cluster (.creds)");
        add("nats-ca", "FILE", "certificates (PEM) that the cluster's are checked against");
        add("nats-replicas", "N", "servers that have each event, 1 to 5; default 3");
        add("nats-stream", "NAME", "the stream of the events; default BUS");
    }

    private void add(String name, String label, String description) {
        flags.put(name, option(label, description, "--" + name));
    }

    @Override
    public String description() {
        return """
            Runs the events service in the foreground until it is stopped: SIGTERM and Ctrl-C let it finish what is under \
            way. Each option is also a variable: BUS_EVENTS_ and the option in capitals with _ for -.
            Tokens are checked with BUS_EVENTS_JWT_SECRET, else BUS_API_JWT_SECRET, else BUS_AUTH_HS256_SECRET, and with \
            --jwks. BUS_LOG_LEVEL and BUS_LOG_FORMAT (text, json) set the log on standard error.
            Exit code 74 when the log of events is damaged: 'bus events log verify' says where.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus api provider events --addr 127.0.0.1:8081 --data-dir /var/lib/bus/events",
                "bus-api-provider-events --events-backend memory");
    }

    /** What was given, by name without dashes; paths are those that {@code -C} makes of them. */
    private Map<String, String> given(Invocation invocation) {
        var given = new LinkedHashMap<String, String>();
        flags.forEach((name, argument) -> {
            String value = argument.orNull();
            if (value != null) {
                boolean path = PATHS.contains(name) && !value.contains("://");
                given.put(name, path ? invocation.resolve(value).toString() : value);
            }
        });
        return given;
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        Logs.forService(invocation, "info");
        StopSignal stop = StopSignal.watch();
        var variables = invocation.environment().variables();
        try (ServiceVertx vertx = new ServiceVertx();
                EventsServiceRun service = EventsServiceRun.start(vertx.get(), given(invocation), variables)) {
            var out = invocation.out();
            out.line(
                    invocation.common().format() == Format.JSON
                            ? "{\"url\":" + Json.quote(service.url()) + ",\"port\":" + service.port() + "}"
                            : "events service at " + service.url());
            out.flush();
            return stop.await();
        }
    }
}
