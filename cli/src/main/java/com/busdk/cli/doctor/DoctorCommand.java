package com.busdk.cli.doctor;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.events.EventsSession;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Style;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.config.GoDuration;
import com.busdk.client.events.Readiness;
import com.busdk.client.text.Echo;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code bus doctor}: checks URLs, token, services and clock, and says what to do about each. */
public final class DoctorCommand extends Command {
    /** How far clocks may be apart before tokens are refused (Events API contract, "Access"). */
    private static final Duration LEEWAY = Duration.ofSeconds(30);

    /** The service's clock is known to the second, and its answer has been on the way. */
    private static final Duration NOTICEABLE = Duration.ofSeconds(5);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** What to do about a URL that {@link #isOpen}. */
    static final String OPEN_FIX = "use https://: over http:// others on the way can read the token";

    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");

    /** Made with the table of commands. */
    public DoctorCommand() {}

    @Override
    public String description() {
        return """
            Checks what has to fit together before a command reaches a service: URL, token (expiry, audience, scopes), \
            reachability, readiness, clock; and says what to do about each. Beside the events service it asks those that \
            BUS_AI_API_URL, BUS_API_BASE_URL and BUS_AUTH_API_URL name, or the gateway of the local stack.
            Exit code 0 when it all works, 69 when a service cannot be reached or is not ready, 77 when it is the token, \
            else 1.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus doctor", "bus doctor --api-url https://bus.example.com -f json");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        List<Finding> findings = new ArrayList<>();
        URI collection = url(invocation, findings);
        findings.addAll(TokenCheck.findings(EventsSession.tokenSource(invocation), Instant.now()));
        if (collection != null) {
            service(invocation, findings);
        }
        findings.addAll(new OtherServices(invocation, invocation.common().timeoutOr(TIMEOUT)).findings());
        print(invocation, findings);
        return exitCode(findings);
    }

    private static @Nullable URI url(Invocation invocation, List<Finding> findings) {
        URI collection;
        try {
            collection = EventsSession.collection(invocation);
        } catch (CliException e) {
            findings.add(Finding.failed("url", e.text(), "set BUS_EVENTS_API_URL or give --api-url", ExitCode.FAILED));
            return null;
        }
        String from = invocation.common().apiUrl() != null
                ? "--api-url"
                : invocation.environment().variable("BUS_EVENTS_API_URL") != null
                        ? "BUS_EVENTS_API_URL"
                        : "default: the local stack";
        String message = collection + " (" + from + ")";
        findings.add(isOpen(collection) ? Finding.warning("url", message, OPEN_FIX) : Finding.ok("url", message));
        return collection;
    }

    /** Whether what is sent there can be read on the way. */
    static boolean isOpen(URI url) {
        return "http".equals(url.getScheme()) && !LOOPBACK.contains(url.getHost());
    }

    private static void service(Invocation invocation, List<Finding> findings) throws InterruptedException {
        Duration timeout = invocation.common().timeoutOr(TIMEOUT);
        try (EventsSession session = EventsSession.open(invocation)) {
            Readiness readiness;
            try {
                readiness = session.await(session.client().ready(), timeout, "waiting for the service");
            } catch (CliException e) {
                findings.add(Finding.failed(
                        "service",
                        Finding.problem(e.text()),
                        "start it with 'bus up', or check the URL and what lies between",
                        ExitCode.UNREACHABLE));
                return;
            }
            findings.add(
                    readiness.ready()
                            ? Finding.ok("service", "reachable and ready")
                            : Finding.failed(
                                    "service",
                                    "reachable, but not ready: " + Echo.of(readiness.because()),
                                    "wait for it, or see its log",
                                    ExitCode.UNREACHABLE));
            Instant serviceTime = readiness.serviceTime();
            if (serviceTime != null) {
                findings.add(clock(serviceTime, Instant.now()));
            }
            accepted(session, timeout, findings);
        }
    }

    /** Compares the service's clock with ours. */
    static Finding clock(Instant serviceTime, Instant now) {
        Duration skew = Duration.between(serviceTime, now).abs();
        if (skew.compareTo(NOTICEABLE) <= 0) {
            return Finding.ok("clock", "agrees with that of the service");
        }
        String message = GoDuration.format(Duration.ofSeconds(skew.toSeconds())) + " apart from the service";
        String fix = "synchronise the clocks (NTP): from 30s on tokens are refused too early or too late";
        return skew.compareTo(LEEWAY) <= 0
                ? Finding.warning("clock", message, fix)
                : Finding.failed("clock", message, fix, ExitCode.FAILED);
    }

    private static void accepted(EventsSession session, Duration timeout, List<Finding> findings)
            throws InterruptedException {
        try {
            session.await(session.client().names(), timeout, "waiting for an answer to the token");
            findings.add(Finding.ok("access", "the service accepts the token"));
        } catch (CliException e) {
            findings.add(Finding.failed(
                    "access",
                    e.text(),
                    e.exitCode() == ExitCode.NO_PERMISSION
                            ? "the secret, issuer or audience may be those of another service: get a token for this one"
                            : "see the log of the service",
                    e.exitCode() == ExitCode.NO_PERMISSION ? ExitCode.NO_PERMISSION : ExitCode.FAILED));
        }
    }

    private static int exitCode(List<Finding> findings) {
        List<Integer> codes = findings.stream()
                .filter(finding -> finding.state() == Finding.State.FAILED)
                .map(Finding::exitCode)
                .toList();
        if (codes.isEmpty()) {
            return ExitCode.OK;
        }
        // Without a service nothing else can be told for sure; without a token nothing works even with one.
        for (int code : List.of(ExitCode.UNREACHABLE, ExitCode.NO_PERMISSION)) {
            if (codes.contains(code)) {
                return code;
            }
        }
        return ExitCode.FAILED;
    }

    private static void print(Invocation invocation, List<Finding> findings) {
        var out = invocation.out();
        switch (invocation.common().format()) {
            case JSON -> out.line(json(findings));
            case TSV -> {
                var table = new Table(
                        Column.text("check"), Column.text("state"), Column.text("message"), Column.text("fix"));
                findings.forEach(finding ->
                        table.row(finding.check(), finding.state().word(), finding.message(), finding.fix()));
                table.printTsv(out);
            }
            case TEXT, TOKEN -> findings.forEach(finding -> printText(invocation, finding));
        }
    }

    private static void printText(Invocation invocation, Finding finding) {
        Style style = invocation.style();
        String word = String.format("%-7s", finding.state().word());
        String state = switch (finding.state()) {
            case OK -> style.good(word);
            case WARNING -> style.warning(word);
            case FAILED -> style.bad(word);
        };
        invocation.out().line(state + "  " + String.format("%-8s", finding.check()) + "  " + finding.message());
        if (!finding.fix().isEmpty()) {
            invocation.out().line(" ".repeat(19) + style.faint("→ " + finding.fix()));
        }
    }

    private static String json(List<Finding> findings) {
        boolean ok = findings.stream().noneMatch(finding -> finding.state() == Finding.State.FAILED);
        var json = new StringBuilder("{\"ok\":").append(ok).append(",\"checks\":[");
        for (int i = 0; i < findings.size(); i++) {
            Finding finding = findings.get(i);
            json.append(i == 0 ? "" : ",")
                    .append("{\"check\":")
                    .append(Json.quote(finding.check()))
                    .append(",\"state\":")
                    .append(Json.quote(finding.state().word()))
                    .append(",\"message\":")
                    .append(Json.quote(finding.message()))
                    .append(finding.fix().isEmpty() ? "" : ",\"fix\":" + Json.quote(finding.fix()))
                    .append('}');
        }
        return json.append("]}").toString();
    }
}
