package com.busdk.cli.serve;

import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Style;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.ServiceUrls;
import java.net.URI;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the local stack says of itself once it is up: where everything is, and what to try. Immutable.
 *
 * @param launcher how commands are begun, ready for a shell
 * @param gatewayUrl how the gateway is reached
 * @param eventsUrl how the events service is reached
 * @param containers what runs containers, one word
 * @param containersWords the same for people, with the reason
 * @param data where everything is kept
 * @param token for this user's commands
 * @param operator for deciding about accounts
 * @param internalKey file with the key for {@code bus operator token issue}; empty where the user has given another
 */
record UpReport(
        String launcher,
        String gatewayUrl,
        String eventsUrl,
        String containers,
        String containersWords,
        Path data,
        LocalToken token,
        LocalToken operator,
        Optional<Path> internalKey) {
    /** Prints it, in the form that was asked for. */
    void print(Invocation invocation) {
        if (invocation.common().format() == Format.JSON) {
            invocation.out().line(json());
        } else {
            text(invocation);
        }
        invocation.out().flush();
    }

    private String json() {
        return "{\"gatewayUrl\":" + Json.quote(gatewayUrl) + ",\"eventsUrl\":" + Json.quote(eventsUrl)
                + ",\"containers\":" + Json.quote(containers) + ",\"dataDir\":" + Json.quote(data.toString())
                + ",\"tokenFile\":" + Json.quote(token.file().toString()) + ",\"tokenInPlace\":" + token.inPlace()
                + ",\"tokenExpires\":" + Json.quote(token.expires().toString()) + ",\"operatorTokenFile\":"
                + Json.quote(operator.file().toString()) + ",\"operatorTokenInPlace\":" + operator.inPlace()
                + internalKey
                        .map(file -> ",\"internalKeyFile\":" + Json.quote(file.toString()))
                        .orElse("")
                + "}";
    }

    private void text(Invocation invocation) {
        var out = invocation.out();
        Style style = invocation.style();
        out.line(style.strong("Bus is up.") + " Ctrl-C stops it.");
        out.line("");
        out.line("  gateway         " + gatewayUrl);
        out.line("  events service  " + eventsUrl);
        out.line("  containers      " + containersWords);
        out.line("  data            " + data);
        out.line("  token           " + token.file() + ", until "
                + token.expires().truncatedTo(ChronoUnit.MINUTES));
        List<String> exports = exports(invocation);
        if (!exports.isEmpty()) {
            out.line("");
            out.line(
                    token.inPlace()
                            ? "Point commands at it with:"
                            : "The token under the config root is of other origin and stays. Use this stack with:");
            exports.forEach(line -> out.line("  " + line));
        }
        out.line("");
        out.line("Try it in other terminals:");
        commands().forEach(command -> out.line("  " + command));
        out.line("");
        out.line("One-time passwords for 'bus auth verify' are printed here.");
    }

    private List<String> commands() {
        var commands = new ArrayList<>(List.of(
                launcher + " events listen --name example.ping",
                launcher + " events send --name example.ping --payload '{\"ok\":true}'",
                launcher + " vm status",
                launcher + " containers run --profile codex -- sh -c 'printf OK'",
                launcher + " auth register --email you@example.com && " + launcher
                        + " auth login --email you@example.com"));
        internalKey.ifPresent(file -> commands.add(launcher + " operator token issue --internal-key-file "
                + Launcher.quoted(file.toString()) + " --scope 'vm:read'"));
        commands.add(launcher + " doctor");
        return commands;
    }

    /** What a shell has to be told so that its commands find this stack. */
    List<String> exports(Invocation invocation) {
        var exports = new ArrayList<String>();
        if (!token.inPlace()) {
            exports.add("export BUS_API_TOKEN=\"$(cat "
                    + Launcher.quoted(token.file().toString()) + ")\"");
        } else if (invocation.environment().variable("BUS_API_TOKEN") != null) {
            exports.add("unset BUS_API_TOKEN");
        }
        if (!operator.inPlace()) {
            exports.add("export BUS_OPERATOR_TOKEN=\"$(cat "
                    + Launcher.quoted(operator.file().toString()) + ")\"");
        } else if (invocation.environment().variable("BUS_OPERATOR_TOKEN") != null) {
            exports.add("unset BUS_OPERATOR_TOKEN");
        }
        address(invocation, exports, eventsUrl, urls -> urls.events(null), "BUS_EVENTS_API_URL");
        address(invocation, exports, gatewayUrl, urls -> urls.ai(null), "BUS_AI_API_URL", "BUS_API_BASE_URL");
        address(invocation, exports, gatewayUrl, urls -> urls.auth(null), "BUS_AUTH_API_URL");
        return exports;
    }

    /**
     * What makes commands find a service, where they would look elsewhere.
     *
     * @param url where it is
     * @param read where they look
     * @param variables that say so, the strongest first
     */
    private static void address(
            Invocation invocation,
            List<String> exports,
            String url,
            Function<ServiceUrls, URI> read,
            String... variables) {
        Map<String, String> environment = invocation.environment().variables();
        var without = new HashMap<>(environment);
        List.of(variables).forEach(without::remove);
        var wanted = new HashMap<>(without);
        wanted.put(variables[0], url);
        Optional<URI> there = found(read, wanted);
        if (found(read, environment).equals(there)) {
            return;
        }
        if (found(read, without).equals(there)) {
            List.of(variables).stream()
                    .filter(environment::containsKey)
                    .forEach(variable -> exports.add("unset " + variable));
        } else {
            exports.add("export " + variables[0] + "=" + url);
        }
    }

    /** Where commands look in that environment; empty if it makes no sense to them. */
    private static Optional<URI> found(Function<ServiceUrls, URI> read, Map<String, String> environment) {
        try {
            return Optional.of(read.apply(ServiceUrls.of(environment)));
        } catch (ConfigException _) {
            return Optional.empty();
        }
    }
}
