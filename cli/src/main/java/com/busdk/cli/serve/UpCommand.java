package com.busdk.cli.serve;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.cli.logging.Logs;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.text.Echo;
import com.busdk.workers.podman.PodmanOptions;
import com.busdk.workers.podman.PodmanRunner;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** {@code bus up}: a local stack in one process, ready to be tried. */
public final class UpCommand extends Command {
    private static final int DEFAULT_PORT = 8080;

    /** Where commands look for the gateway if it is not there, which {@code bus api gateway} heeds too. */
    private static final String PORT_VARIABLE = "LOCAL_AI_PLATFORM_PORT";

    /** Where commands look for the events service unless they are told. */
    private static final int DEFAULT_EVENTS_PORT = 8081;

    private static final int MAX_PORT = 65_535;
    private static final String AUTO = "auto";
    private static final String PODMAN = "podman";
    private static final String STATIC = "static";

    /** Folder of the events service below the data directory. */
    private static final String EVENTS_FOLDER = "events";

    private final Argument<Integer> port = option(
            Integer::parseInt,
            "PORT",
            "port of the gateway, the one origin for everything; default ${" + PORT_VARIABLE + ":-" + DEFAULT_PORT
                    + "}, 0 takes a free one",
            "--port");
    private final Argument<Integer> eventsPort = option(
            Integer::parseInt,
            "PORT",
            "port of the events service; default " + DEFAULT_EVENTS_PORT + ", 0 takes a free one",
            "--events-port");
    private final Argument<String> dataDir =
            option("DIR", "where everything is kept; default ${XDG_STATE_HOME:-~/.local/state}/bus", "--data-dir");

    private final Argument<String> containers = option(
            "auto|podman|static",
            "what runs containers: podman on this machine, or a pretence; default auto: podman where it works",
            "--containers");

    private final Argument<String> billing = option(
            "none|events",
            "events: starting VMs and running containers takes an account that is set up for billing, within its"
                    + " quotas; default none, or as BUS_VM_BILLING_BACKEND and BUS_CONTAINERS_BILLING_BACKEND say",
            "--billing");

    @Override
    public String description() {
        return """
            Runs a local stack in one process, on this machine's loopback address, until Ctrl-C: the events service, \
            a VM and a container worker, the VM and container APIs, accounts with usage and billing, and the gateway before \
            it all. What it holds survives a restart and is in the data directory, also where variables name databases for services \
            elsewhere; plans and quotas are in quota.json there. Tokens are \
            signed with BUS_API_JWT_SECRET, else with a secret that is made at the first start and kept in the data \
            directory. A token for this user goes to auth/api-token under the config root, and one for deciding about \
            accounts to auth/operator-token, unless a token of other origin is there; each start renews them. The auth \
            service's key for 'bus operator token issue --internal-key-file' is internal-key in the data directory, \
            unless BUS_AUTH_INTERNAL_SHARED_KEY gives another. One-time passwords of 'bus auth login' are printed here.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus up", "bus up --data-dir /tmp/bus --events-port 9081");
    }

    @Override
    public void check() {
        checkPort("--port", port.or(DEFAULT_PORT));
        checkPort("--events-port", eventsPort.or(DEFAULT_EVENTS_PORT));
        if (!List.of(AUTO, PODMAN, STATIC).contains(containers.or(AUTO))) {
            throw CliException.usage("--containers is auto, podman or static");
        }
        if (!List.of("none", "events").contains(billing.or("none"))) {
            throw CliException.usage("--billing is none or events");
        }
    }

    private static void checkPort(String option, int port) {
        if (port < 0 || port > MAX_PORT) {
            throw CliException.usage(option + " is 0 to " + MAX_PORT);
        }
    }

    /**
     * Where the gateway listens.
     *
     * @throws CliException usage, when the variable is no port
     */
    int gatewayPort(Map<String, String> variables) {
        if (port.given()) {
            return port.required();
        }
        try {
            return new Settings("BUS_UP_", Map.of(), variables)
                    .alias("port", PORT_VARIABLE)
                    .integer("port", DEFAULT_PORT, 0, MAX_PORT);
        } catch (ConfigException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        Logs.forService(invocation, "warn");
        StopSignal stop = StopSignal.watch();
        Map<String, String> variables = invocation.environment().variables();
        int gatewayPort = gatewayPort(variables);
        BusDirs dirs = BusDirs.of(variables);
        String given = dataDir.orNull();
        Path data = given == null ? dirs.state() : invocation.resolve(given);
        PrivateFiles.createFolders(data);
        String secret = LocalSecret.of(variables, data);
        Engine engine = engine(variables);
        var console = new PasswordConsole(invocation);
        // All parts share the loops: with one for each processor a request stays on its thread for more of its way.
        try (ServiceVertx vertx = new ServiceVertx(Runtime.getRuntime().availableProcessors());
                EventsServiceRun events = startEvents(vertx.get(), data, secret, variables);
                LocalServices services = LocalServices.start(
                        vertx.get(),
                        new LocalServices.Plan(
                                variables,
                                events.url(),
                                data,
                                secret,
                                gatewayPort,
                                engine.podman(),
                                Optional.ofNullable(billing.orNull()),
                                console::show,
                                invocation::note,
                                stop.future()))) {
            // Only now: whoever cannot start, as beside a stack that is up already, leaves that one's tokens in place.
            var key = Hs256Secret.parse(secret);
            var report = new UpReport(
                    Launcher.words(invocation.environment()),
                    services.url(),
                    events.url(),
                    engine.podman() ? PODMAN : STATIC,
                    engine.words(),
                    data,
                    LocalToken.renew(key, data, dirs, Clock.systemUTC()),
                    LocalToken.renewOperator(key, data, dirs, Clock.systemUTC()),
                    services.internalKey());
            console.open(() -> report.print(invocation));
            return stop.await();
        }
    }

    private EventsServiceRun startEvents(Vertx vertx, Path data, String secret, Map<String, String> variables)
            throws InterruptedException {
        var inner = new HashMap<>(variables);
        inner.remove("BUS_EVENTS_JWT_SECRET"); // of another service, and it would come first
        inner.put(LocalSecret.VARIABLE, secret);
        var flags = Map.of(
                "addr",
                "127.0.0.1:" + eventsPort.or(DEFAULT_EVENTS_PORT),
                "data-dir",
                data.resolve(EVENTS_FOLDER).toString());
        return EventsServiceRun.start(vertx, flags, inner);
    }

    /**
     * What runs containers.
     *
     * @param words for the user: which, and why
     */
    private record Engine(boolean podman, String words) {}

    /** What was chosen, or what this machine can do. Podman may take seconds to say so. */
    private Engine engine(Map<String, String> variables) throws InterruptedException {
        String chosen = containers.or(AUTO);
        if (chosen.equals(STATIC)) {
            return new Engine(false, "pretended (--containers static)");
        }
        Optional<String> reason = whyNoPodman(variables);
        if (reason.isEmpty()) {
            return new Engine(true, "podman on this machine");
        }
        if (chosen.equals(PODMAN)) {
            throw CliException.failed(reason.get());
        }
        return new Engine(false, "pretended, since " + reason.get());
    }

    private static Optional<String> whyNoPodman(Map<String, String> variables) throws InterruptedException {
        try {
            return PodmanRunner.whyNot(PodmanOptions.read(Map.of(), variables))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (ConfigException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        } catch (ExecutionException e) {
            return Optional.of("podman cannot be tried out: " + Echo.of(String.valueOf(e.getMessage())));
        }
    }
}
