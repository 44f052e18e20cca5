package com.busdk.cli.serve;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.logging.Logs;
import com.busdk.cli.term.Json;
import com.busdk.client.config.ConfigException;
import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions;
import com.busdk.gateway.auth.AuthProvider;
import com.busdk.gateway.auth.AuthProviderOptions;
import com.busdk.gateway.collector.UsageProvider;
import com.busdk.gateway.collector.UsageProviderOptions;
import com.busdk.gateway.containers.ContainersProvider;
import com.busdk.gateway.containers.ContainersProviderOptions;
import com.busdk.gateway.http.Flag;
import com.busdk.gateway.subscription.BillingProvider;
import com.busdk.gateway.subscription.BillingProviderOptions;
import com.busdk.gateway.vm.VmProvider;
import com.busdk.gateway.vm.VmProviderOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * {@code bus api provider …} and {@code bus api gateway}: a service of the public side, in the foreground. The events
 * service has a command of its own.
 */
public final class ProviderCommand extends Command {
    /** What stopping may take beyond the time that a service drains for. */
    private static final long CLOSE_SECONDS = 15;

    /** Flags that every command has under that name, with {@code --api-url} for the first. */
    private static final String EVENTS_URL = "events-url";

    private static final String TOKEN_FILE = "token-file";

    private final Kind kind;
    private final Map<String, Argument<String>> arguments = new LinkedHashMap<>();

    private ProviderCommand(Kind kind) {
        this.kind = kind;
        for (Flag flag : kind.flags()) {
            if (!isCommon(flag)) {
                String name = "--" + flag.name();
                arguments.put(
                        flag.name(),
                        flag.isSwitch()
                                ? optionalValue(flag.label(), flag.help(), name)
                                : option(flag.label(), flag.help(), name));
            }
        }
    }

    /** The VM provider. */
    public static ProviderCommand vm() {
        return new ProviderCommand(new Kind(
                "VM provider",
                VmProviderOptions.FLAGS,
                "Runs the VM API in the foreground until it is stopped. Each option is also a variable: "
                        + VmProviderOptions.PREFIX + secrets(VmProviderOptions.SECRET_VARIABLES)
                        + " Its own token, for --backend events, is a service token with vm:read vm:write,"
                        + " usage:write and billing:entitlement:check as the backends need them.",
                List.of(
                        "bus api provider vm --addr 127.0.0.1:8085 --backend static",
                        "bus-api-provider-vm --backend events --events-url http://127.0.0.1:8081"),
                (vertx, flags, variables) -> VmProvider.start(vertx, VmProviderOptions.read(flags, variables))
                        .map(provider -> new Started(provider.url(), provider.port(), provider::close))));
    }

    /** The containers provider. */
    public static ProviderCommand containers() {
        return new ProviderCommand(new Kind(
                "containers provider",
                ContainersProviderOptions.FLAGS,
                "Runs the container API in the foreground until it is stopped. Each option is also a variable: "
                        + ContainersProviderOptions.PREFIX + secrets(ContainersProviderOptions.SECRET_VARIABLES)
                        + " Its own token is a service token with container:read container:run container:delete, of"
                        + " the internal audience and with container:admin where the runner is managed.",
                List.of("bus api provider containers --events-url http://127.0.0.1:8081"),
                (vertx, flags, variables) -> ContainersProvider.start(
                                vertx, ContainersProviderOptions.read(flags, variables))
                        .map(provider -> new Started(provider.url(), provider.port(), provider::close))));
    }

    /** The auth service. */
    public static ProviderCommand auth() {
        return new ProviderCommand(new Kind(
                "auth service",
                AuthProviderOptions.FLAGS,
                "Runs the auth service in the foreground until it is stopped. Each option is also a variable: "
                        + AuthProviderOptions.PREFIX
                        + " and the option in capitals with _ for -. Tokens are signed with"
                        + " BUS_AUTH_HS256_SECRET, or with the private key of --signing-key.",
                List.of(
                        "bus api provider auth --addr 127.0.0.1:8087",
                        "bus-api-provider-auth --signing-key key.pem --smtp-host mail.example.com"),
                (vertx, flags, variables) -> AuthProvider.start(vertx, AuthProviderOptions.read(flags, variables))
                        .map(provider -> new Started(provider.url(), provider.port(), provider::close))));
    }

    /** The collector's API. */
    public static ProviderCommand usage() {
        return new ProviderCommand(new Kind(
                "usage API",
                UsageProviderOptions.FLAGS,
                "Runs the API of the usage records in the foreground until it is stopped. It is for tokens of the"
                    + " internal audience, with usage:read to list and usage:delete to delete. Each option is also a"
                    + " variable: "
                        + UsageProviderOptions.PREFIX + secrets(UsageProviderOptions.SECRET_VARIABLES)
                        + " Its own token is a service token with usage:read usage:delete.",
                List.of("bus api provider usage --events-url http://127.0.0.1:8081"),
                (vertx, flags, variables) -> UsageProvider.start(vertx, UsageProviderOptions.read(flags, variables))
                        .map(provider -> new Started(provider.url(), provider.port(), provider::close))));
    }

    /** The billing API. */
    public static ProviderCommand billing() {
        return new ProviderCommand(new Kind(
                "billing API",
                BillingProviderOptions.FLAGS,
                "Runs the billing API in the foreground until it is stopped. Each option is also a variable: "
                        + BillingProviderOptions.PREFIX + secrets(BillingProviderOptions.SECRET_VARIABLES)
                        + " Its own token is a service token with billing:read billing:setup.",
                List.of("bus api provider billing --events-url http://127.0.0.1:8081"),
                (vertx, flags, variables) -> BillingProvider.start(vertx, BillingProviderOptions.read(flags, variables))
                        .map(provider -> new Started(provider.url(), provider.port(), provider::close))));
    }

    /** The gateway. */
    public static ProviderCommand gateway() {
        return new ProviderCommand(new Kind(
                "gateway",
                GatewayOptions.FLAGS,
                "Runs the one origin before all services in the foreground until it is stopped. Each option is also a"
                        + " variable: " + GatewayOptions.PREFIX + " and the option in capitals with _ for -.",
                List.of(
                        "bus api gateway --addr 127.0.0.1:8080 --events-url http://127.0.0.1:8081",
                        "bus-gateway --tls-cert cert.pem --tls-key key.pem --internal-addr 127.0.0.1:8090"),
                (vertx, flags, variables) -> Gateway.start(vertx, GatewayOptions.read(flags, variables))
                        .map(gateway -> new Started(gateway.url(), gateway.port(), gateway::close))));
    }

    private static String secrets(List<String> variables) {
        return " and the option in capitals with _ for -. Tokens of callers are checked with "
                + String.join(", else ", variables) + ".";
    }

    /** What is particular to a service. */
    private record Kind(String name, List<Flag> flags, String description, List<String> examples, Starter starter) {}

    /** Starts a service. */
    @FunctionalInterface
    private interface Starter {
        Future<Started> start(Vertx vertx, Map<String, String> flags, Map<String, String> variables);
    }

    /** A service that listens. */
    private record Started(String url, int port, Supplier<Future<Void>> close) {}

    @Override
    public String description() {
        return kind.description();
    }

    @Override
    public List<String> examples() {
        return kind.examples();
    }

    private static boolean isCommon(Flag flag) {
        return flag.name().equals(EVENTS_URL) || flag.name().equals(TOKEN_FILE);
    }

    /** What was given, by name without dashes; paths are those that {@code -C} makes of them. */
    private Map<String, String> given(Invocation invocation) {
        var given = new LinkedHashMap<String, String>();
        for (Flag flag : kind.flags()) {
            Argument<String> argument = arguments.get(flag.name());
            String value = argument == null ? null : argument.orNull();
            if (value != null) {
                given.put(flag.name(), flag.isPath() ? invocation.resolve(value).toString() : value);
            }
        }
        String eventsUrl = invocation.common().apiUrl();
        if (eventsUrl != null) {
            given.put(EVENTS_URL, eventsUrl);
        }
        String tokenFile = invocation.common().tokenFile();
        if (tokenFile != null) {
            given.put(TOKEN_FILE, invocation.resolve(tokenFile).toString());
        }
        return given;
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        Logs.forService(invocation, "info");
        StopSignal stop = StopSignal.watch();
        try (ServiceVertx vertx = new ServiceVertx()) {
            Started service = start(vertx.get(), given(invocation), invocation);
            try {
                var out = invocation.out();
                out.line(
                        invocation.common().format() == Format.JSON
                                ? "{\"url\":" + Json.quote(service.url()) + ",\"port\":" + service.port() + "}"
                                : kind.name() + " at " + service.url());
                out.flush();
                return stop.await();
            } finally {
                close(service);
            }
        }
    }

    private Started start(Vertx vertx, Map<String, String> flags, Invocation invocation) throws InterruptedException {
        try {
            return kind.starter()
                    .start(vertx, flags, invocation.environment().variables())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (ConfigException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        } catch (ExecutionException e) {
            throw StartFailures.explain(
                    e.getCause() == null ? e : e.getCause(), flags.getOrDefault("addr", "its default address"));
        }
    }

    private static void close(Started service) {
        try {
            service.close().get().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new CliException(ExitCode.FAILED, "the service did not stop properly: " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new CliException(ExitCode.FAILED, "the service did not stop in time; it is ended now", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
