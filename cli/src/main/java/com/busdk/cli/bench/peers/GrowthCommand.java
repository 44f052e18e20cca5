package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.suite.Bench;
import com.busdk.cli.command.CliException;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** {@code bus events bench growth}: what this hub's work costs with ever more events, names, listeners and groups. */
public final class GrowthCommand extends MeasuringCommand {
    /** For the table of commands. */
    public GrowthCommand() {
        super(Arrays.stream(Growth.values()).map(Growth::id).toList());
    }

    @Override
    public String description() {
        return """
            Starts this hub and gives it the same to do with ten times as much each time: up to ten million events in the \
            log, a hundred thousand names, ten thousand listeners, a thousand groups. Takes about ten minutes, needs 10 \
            GiB of disk and a machine that does nothing else.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus events bench growth --quick", "bus events bench growth --only groups");
    }

    @Override
    boolean measure(Bench bench, PeerScale scale, Set<String> chosen, Results results, Saving saving)
            throws IOException, InterruptedException {
        var works = new GrowthWorks(bench, scale);
        boolean complete = true;
        for (Growth along : Growth.values()) {
            if (chosen.contains(along.id())) {
                try {
                    results.replaceGrowth(along.id(), works.run(along));
                    saving.save();
                } catch (CliException e) {
                    bench.say("  " + along.title() + ": failed: " + e.text());
                    complete = false;
                }
            }
        }
        return complete;
    }

    @Override
    Table table(Results results, Set<String> chosen) {
        var table =
                new Table(Column.text("along"), Column.number("at"), Column.text("figure"), Column.number("measured"));
        for (Growth along : Growth.values()) {
            List<JsonObject> rows = chosen.contains(along.id()) ? results.growth(along.id()) : List.of();
            for (JsonObject row : rows) {
                for (Growth.Figure figure : along.figures()) {
                    table.row(
                            along.id(),
                            String.format(Locale.ROOT, "%,d", row.getLong("at")),
                            figure.title(),
                            Figures.of(row.getDouble(figure.key(), 0.0)));
                }
            }
        }
        return table;
    }
}
