package com.busdk.cli.serve;

import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Style;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the local stack says of itself once it is up: where everything is, and what to try. Immutable.
 *
 * @param gatewayUrl how the gateway is reached
 * @param eventsUrl how the events service is reached
 * @param eventsPort its port
 * @param containers what runs containers, one word
 * @param containersWords the same for people, with the reason
 * @param data where everything is kept
 * @param token for this user's commands
 * @param operator for deciding about accounts
 * @param internalKey file with the key for {@code bus operator token issue}; empty where the user has given another
 */
record UpReport(
        String gatewayUrl,
        String eventsUrl,
        int eventsPort,
        String containers,
        String containersWords,
        Path data,
        LocalToken token,
        LocalToken operator,
        Optional<Path> internalKey) {
    /** Where commands look for the gateway and the events service unless they are told. */
    private static final String DEFAULT_GATEWAY = "http://127.0.0.1:8080";

    private static final int DEFAULT_EVENTS_PORT = 8081;

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
        out.line("  bus events listen --name example.ping");
        out.line("  bus events send --name example.ping --payload '{\"ok\":true}'");
        out.line("  bus vm status");
        out.line("  bus containers run --profile codex -- sh -c 'printf OK'");
        out.line("  bus auth register --email you@example.com && bus auth login --email you@example.com");
        internalKey.ifPresent(file ->
                out.line("  bus operator token issue --internal-key-file " + quoted(file) + " --scope 'vm:read'"));
        out.line("  bus doctor");
        out.line("");
        out.line("One-time passwords for 'bus auth verify' are printed here.");
    }

    /** What a shell has to be told so that its commands find this stack. */
    private List<String> exports(Invocation invocation) {
        var exports = new ArrayList<String>();
        if (!token.inPlace()) {
            exports.add("export BUS_API_TOKEN=\"$(cat " + quoted(token.file()) + ")\"");
        } else if (invocation.environment().variable("BUS_API_TOKEN") != null) {
            exports.add("unset BUS_API_TOKEN");
        }
        if (!operator.inPlace()) {
            exports.add("export BUS_OPERATOR_TOKEN=\"$(cat " + quoted(operator.file()) + ")\"");
        } else if (invocation.environment().variable("BUS_OPERATOR_TOKEN") != null) {
            exports.add("unset BUS_OPERATOR_TOKEN");
        }
        address(invocation, exports, "BUS_EVENTS_API_URL", eventsUrl, eventsPort == DEFAULT_EVENTS_PORT);
        boolean usual = gatewayUrl.equals(DEFAULT_GATEWAY);
        address(invocation, exports, "BUS_AI_API_URL", gatewayUrl, usual);
        address(invocation, exports, "BUS_AUTH_API_URL", gatewayUrl, usual);
        return exports;
    }

    private static void address(
            Invocation invocation, List<String> exports, String variable, String url, boolean usual) {
        if (!usual) {
            exports.add("export " + variable + "=" + url);
        } else if (invocation.environment().variable(variable) != null) {
            exports.add("unset " + variable);
        }
    }

    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9_./~-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
