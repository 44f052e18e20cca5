package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.config.GoDuration;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** {@code bus events bench soak}: whether anything drifts while this hub is under load for a long time. */
public final class SoakCommand extends MeasuringCommand {
    /** So that there are samples behind the warm-up. */
    private static final Duration SHORTEST = Duration.ofSeconds(10);

    /** The streams of one token, which lives somewhat longer. */
    private static final Duration LONGEST = Duration.ofHours(11);

    private final Argument<Duration> duration = option(
            GoDuration::parse, "DURATION", "how long the load is kept up; default 1h, with --quick 20s", "--duration");

    /** For the table of commands. */
    public SoakCommand() {
        super(List.of());
    }

    @Override
    public String description() {
        return """
            Starts this hub, finds out how much of a mixed load it takes, and keeps 70 % of that up for an hour, while \
            listeners come, go and stall, and consumers vanish with their leases. Fails, and says of what, if memory, \
            file handles, threads, latency or anything else drifts, or an event is lost. Needs 3 GiB of disk and a \
            machine that does nothing else.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus events bench soak --quick", "bus events bench soak --duration 10m");
    }

    @Override
    public void check() {
        super.check();
        Duration time = duration.or(SoakScale.NORMAL);
        if (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
            throw CliException.usage("--duration is from " + SHORTEST.toSeconds() + "s to " + LONGEST.toHours() + "h");
        }
    }

    @Override
    boolean measure(Bench bench, PeerScale scale, Set<String> chosen, Results results, Saving saving)
            throws IOException, InterruptedException {
        SoakScale soak = scale.equals(PeerScale.QUICK)
                ? SoakScale.quick(duration.or(SoakScale.QUICK))
                : SoakScale.normal(duration.or(SoakScale.NORMAL));
        new SoakWork(bench, soak, results, saving).run();
        List<String> troubles =
                SoakVerdict.of(results.soak().orElseThrow(), results.samples()).troubles();
        troubles.forEach(trouble -> bench.say("  " + trouble));
        return troubles.isEmpty();
    }

    @Override
    Table table(Results results, Set<String> chosen) {
        var table = new Table(
                Column.text("figure"),
                Column.number("first_quarter"),
                Column.number("last_quarter"),
                Column.number("slope"),
                Column.number("may_move"),
                Column.text("verdict"));
        JsonObject run = results.soak().orElse(new JsonObject());
        if (!results.samples().isEmpty()) {
            for (SoakVerdict.Line line : SoakVerdict.of(run, results.samples()).lines()) {
                table.row(
                        line.title(),
                        Figures.of(line.first()),
                        Figures.of(line.last()),
                        Figures.of(line.change()),
                        Figures.of(line.tolerance()),
                        line.verdict());
            }
        }
        return table;
    }

    /** It has its own, with its row. */
    @Override
    boolean isOfTheMachine() {
        return false;
    }
}
