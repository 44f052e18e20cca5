package com.busdk.cli;

import com.busdk.cli.command.Environment;
import com.busdk.cli.serve.PlatformTraining;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Terminals;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * What the build runs once for each kind of program to record a start-up cache, so that the classes of that kind lie
 * ready when one of them starts: {@code light} are commands that talk to nobody, {@code client} are the commands that
 * people type, before a service that {@code service} starts and that runs until its standard input ends. It puts whole
 * requests through all other kinds of service before that ({@link PlatformTraining}), and events through itself after it
 * ({@link ServiceTraining}). It prints nothing but its address, and keeps nothing but the log in the folder that it is
 * given.
 */
public final class StartupTraining {
    private static final String SECRET = "only-for-the-moment-in-which-the-cache-is-recorded";

    private static final List<List<String>> LIGHT = List.of(
            List.of("--version"),
            List.of("--help"),
            List.of("events", "--help"),
            List.of("operator", "token", "issue", "--local", "--subject", "training"));

    private static final List<List<String>> CLIENT = List.of(
            List.of("events", "send", "--name", "example.ping", "--payload", "{\"ok\":true}"),
            List.of("events", "send", "--name", "example.ping", "-f", "json"),
            List.of("events", "listen", "--name", "example.ping", "--no-follow"),
            List.of("events", "names"),
            List.of("events", "groups"),
            List.of("doctor"));

    private StartupTraining() {}

    /**
     * Runs it and ends the process: with 0, or with 1 when something went wrong, which it prints.
     *
     * @param args the kind; for {@code client} the service's address, for {@code service} a folder for its log
     */
    public static void main(String[] args) {
        try {
            train(args);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(ExitCode.FAILED); // threads of a service that has half started would keep it for ever
        }
        System.exit(ExitCode.OK);
    }

    private static void train(String[] args) throws Exception {
        switch (args[0]) {
            case "light" -> ask(LIGHT, "");
            case "client" -> ask(CLIENT, args[1]);
            case "service" -> serve(args[1]);
            default -> throw new IllegalArgumentException("light, client or service");
        }
    }

    private static void ask(List<List<String>> commands, String url) throws Exception {
        // As in commands, which do not log; set before anything could.
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "WARN");
        for (List<String> command : commands) {
            Main.run(environment(url, OutputStream.nullOutputStream()), command);
        }
    }

    /** The real command, on a thread that is interrupted at the end as Ctrl-C would. */
    private static void serve(String data) throws Exception {
        var said = new FirstLine();
        // Small segments, so that some end and their index files are read.
        List<String> command = List.of(
                "api", "provider", "events", "--addr", "127.0.0.1:0", "--data-dir", data, "--segment-bytes", "16MiB");
        Thread running = Thread.ofPlatform().name("training-command").start(() -> {
            try {
                said.line.complete("ended with " + Main.run(environment("", said), command));
            } catch (RuntimeException e) {
                said.line.completeExceptionally(e);
            }
        });
        String line = said.line.get();
        String url = line.substring(line.lastIndexOf(' ') + 1);
        System.out.println(url);
        System.out.flush();
        PlatformTraining.run(url, SECRET);
        while (System.in.read() >= 0) {
            // until whoever needs the service has gone
        }
        ServiceTraining.run(url, token());
        running.interrupt();
        running.join();
    }

    private static String token() {
        var scopes = Scopes.parse(Scopes.EVENTS_SEND + " " + Scopes.EVENTS_LISTEN);
        return new TokenMinter(Hs256Secret.parse(SECRET), Clock.systemUTC())
                .mint(TokenMinter.Grant.service("training", scopes));
    }

    private static Environment environment(String url, OutputStream out) {
        return new Environment(
                "bus",
                Map.of(
                        "BUS_EVENTS_API_URL",
                        url,
                        "BUS_API_TOKEN",
                        token(),
                        "BUS_AUTH_HS256_SECRET",
                        SECRET,
                        "BUS_LOG_LEVEL",
                        "error"),
                Path.of("").toAbsolutePath(),
                new ByteArrayInputStream(new byte[0]),
                new Output(out),
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                Terminals.NONE);
    }

    /** Hands over the first line that a command prints. Written by the command's thread, awaited by another. */
    private static final class FirstLine extends OutputStream {
        private final CompletableFuture<String> line = new CompletableFuture<>();
        private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            if (b == '\n') {
                line.complete(begun.toString(StandardCharsets.UTF_8));
            }
            if (!line.isDone()) {
                begun.write(b);
            }
        }
    }
}
