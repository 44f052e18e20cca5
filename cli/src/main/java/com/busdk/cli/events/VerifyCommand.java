package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Style;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.GoDuration;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.event.EventName;
import com.busdk.client.events.EventsClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** {@code bus events verify}: checks on a running service that nothing is lost, repeated or out of order. */
public final class VerifyCommand extends Command {
    /** Where its events go; a name that no application has. */
    private static final String DEFAULT_NAME = "example.verify";

    private static final int DEFAULT_COUNT = 10_000;

    /** Each event is a bit in memory for each way of listening. */
    private static final int MAX_COUNT = 50_000_000;

    private final Argument<Integer> count =
            option(Integer::parseInt, "N", "how many events to publish; default 10000", "--count");
    private final Argument<Integer> seconds =
            option(Integer::parseInt, "S", "publish for S seconds instead of a number of events", "--seconds");
    private final Argument<String> name =
            option("NAME", "name of the events that it publishes; default " + DEFAULT_NAME, "--name");
    private final Argument<URI> through = option(
            VerifyCommand::collection,
            "URL",
            "publish and acknowledge at this process of the service, and listen at that of --api-url",
            "--through");

    private static URI collection(String url) {
        try {
            return ServiceUrls.eventsCollection(url);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    @Override
    public String description() {
        return """
            Publishes numbered events through a running service while it listens in every way (broadcast, broadcast that \
            goes away and comes back, a group, a group with explicit acknowledgement, replay), and reports what was lost, \
            repeated or out of order. Exit code 0 only if nothing was. The events stay in the log as others do. \
            Another run on the same service is waited for, since each would take what belongs to the other.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus events verify", "bus events verify --seconds 60 -f json");
    }

    @Override
    public void check() {
        if (count.given() && seconds.given()) {
            throw CliException.usage("--count and --seconds both say when to stop: give one of them");
        }
        if (count.or(1) < 1 || count.or(1) > MAX_COUNT) {
            throw CliException.usage("--count is 1 to " + MAX_COUNT);
        }
        if (seconds.or(1) < 1) {
            throw CliException.usage("--seconds is at least 1");
        }
        try {
            EventName.check(name.or(DEFAULT_NAME));
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        Duration limit = seconds.given() ? Duration.ofSeconds(seconds.required()) : Duration.ofDays(1);
        int most = seconds.given() ? MAX_COUNT : count.or(DEFAULT_COUNT);
        List<Tally.Result> results;
        long started = System.nanoTime();
        try (EventsSession session = EventsSession.open(invocation)) {
            EventsClient other = through.given() ? session.clientOf(through.required()) : session.client();
            results = new Verification(session, other, invocation, name.or(DEFAULT_NAME)).run(most, limit);
        }
        boolean clean = results.stream().allMatch(Tally.Result::isClean);
        print(invocation, results, clean, Duration.ofNanos(System.nanoTime() - started));
        return clean ? ExitCode.OK : ExitCode.FAILED;
    }

    private static void print(Invocation invocation, List<Tally.Result> results, boolean clean, Duration took) {
        var table = new Table(
                Column.text("way"),
                Column.number("published"),
                Column.number("received"),
                Column.number("lost"),
                Column.number("repeated"),
                Column.number("out_of_order"));
        for (Tally.Result result : results) {
            table.row(
                    result.way(),
                    Long.toString(result.published()),
                    Long.toString(result.received()),
                    Long.toString(result.lost()),
                    Long.toString(result.repeated()),
                    Long.toString(result.outOfOrder()));
        }
        var out = invocation.out();
        switch (invocation.common().format()) {
            case JSON -> out.line(json(results, clean));
            case TSV -> table.printTsv(out);
            case TEXT, TOKEN -> {
                Style style = invocation.style();
                table.printText(out, style);
                String time = GoDuration.format(Duration.ofMillis(took.toMillis()));
                out.line(
                        clean
                                ? style.good("ok") + ": nothing lost, repeated or out of order (" + time + ")"
                                : style.bad("failed") + ": see the columns above (" + time + ")");
            }
        }
    }

    private static String json(List<Tally.Result> results, boolean clean) {
        var json = new StringBuilder("{\"ok\":").append(clean).append(",\"ways\":[");
        for (int i = 0; i < results.size(); i++) {
            Tally.Result result = results.get(i);
            json.append(i == 0 ? "" : ",")
                    .append(String.format(
                            Locale.ROOT,
                            "{\"way\":%s,\"published\":%d,\"received\":%d,\"lost\":%d,\"repeated\":%d,\"outOfOrder\":%d}",
                            Json.quote(result.way()),
                            result.published(),
                            result.received(),
                            result.lost(),
                            result.repeated(),
                            result.outOfOrder()));
        }
        return json.append("]}").toString();
    }
}
