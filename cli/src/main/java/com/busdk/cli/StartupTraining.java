package com.busdk.cli;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.command.Environment;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Terminals;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * What the build runs once to record a start-up cache: a service in memory, and before it the commands that people type,
 * so that the classes of both lie ready when one of them starts. It prints nothing and keeps nothing.
 */
public final class StartupTraining {
    private static final String SECRET = "only-for-the-moment-in-which-the-cache-is-recorded";

    private static final List<List<String>> COMMANDS = List.of(
            List.of("--version"),
            List.of("--help"),
            List.of("operator", "token", "issue", "--local"),
            List.of("events", "send", "--name", "example.ping", "--payload", "{\"ok\":true}"),
            List.of("events", "send", "--name", "example.ping", "-f", "json"),
            List.of("events", "listen", "--name", "example.ping", "--no-follow"),
            List.of("events", "names"),
            List.of("events", "groups"),
            List.of("doctor"));

    private StartupTraining() {}

    /** Runs it. Ends with 0, or with an exception when the service does not start. */
    public static void main(String[] args) throws Exception {
        // As in commands, which do not log; set before anything could.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "WARN");
        var options = EventsOptions.read(
                Map.of("addr", "127.0.0.1:0", "events-backend", "memory"), Map.of("BUS_EVENTS_JWT_SECRET", SECRET));
        EventsService service = EventsService.start(null, options)
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        for (List<String> command : COMMANDS) {
            Main.run(environment(service.url()), command);
        }
        service.stop().toCompletionStage().toCompletableFuture().get();
        System.exit(ExitCode.OK);
    }

    private static Environment environment(String url) {
        var scopes = Scopes.parse(Scopes.EVENTS_SEND + " " + Scopes.EVENTS_LISTEN);
        String token = new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(TokenMinter.Grant.service("training", scopes));
        return new Environment(
                "bus",
                Map.of("BUS_EVENTS_API_URL", url, "BUS_API_TOKEN", token, "BUS_AUTH_HS256_SECRET", SECRET),
                Path.of("").toAbsolutePath(),
                new ByteArrayInputStream(new byte[0]),
                new Output(OutputStream.nullOutputStream()),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                Terminals.NONE);
    }
}
