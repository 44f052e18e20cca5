package com.busdk.cli.logtool;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogTool;
import com.busdk.broker.backend.log.LogTool.Statistics;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** {@code bus events log stat}: counts what is in a log. */
public final class LogStatCommand extends LogCommand {
    private static final int DEFAULT_TOP = 20;
    private static final int MAX_TOP = 100_000;

    private final Argument<Integer> top = option(
            LogStatCommand::count, "N", "list the N names with the most events; default " + DEFAULT_TOP, "--top");

    @Override
    public String description() {
        return "Counts the events, names and bytes of a log that no service has open.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus events log stat ~/.local/state/bus/events", "bus events log stat --top 5 -f json data");
    }

    private static int count(String text) {
        int number = Integer.parseInt(text);
        if (number < 0 || number > MAX_TOP) {
            throw new IllegalArgumentException("it is a number from 0 to " + MAX_TOP);
        }
        return number;
    }

    @Override
    int run(LogTool log, Invocation invocation) throws IOException {
        Statistics found;
        try {
            found = log.stat(top.or(DEFAULT_TOP));
        } catch (LogDamagedException e) {
            throw CliException.failed(
                    e.getMessage() + "; 'bus events log verify " + typed() + "' names every damaged place");
        }
        if (invocation.common().format() == Format.JSON) {
            invocation.out().line(json(found).toString());
        } else {
            print(found, invocation);
        }
        return ExitCode.OK;
    }

    private static void print(Statistics found, Invocation invocation) {
        invocation
                .out()
                .line(String.format(
                        Locale.ROOT,
                        "%,d events of %,d names in %d segments, %,d bytes",
                        found.events(),
                        found.names(),
                        found.segments(),
                        found.bytes()));
        if (found.events() > 0) {
            invocation
                    .out()
                    .line("sequence " + found.firstSequence() + " to " + (found.head() - 1) + ", from "
                            + time(found.firstTimeMicros()) + " to " + time(found.lastTimeMicros()));
        }
        Table table = new Table(Column.text("name"), Column.number("events"), Column.text("last"));
        for (EventLog.NameStat name : found.top()) {
            table.row(name.name(), Long.toString(name.count()), time(name.lastTimeMicros()));
        }
        if (!table.isEmpty()) {
            table.printText(invocation.out(), invocation.style());
        }
    }

    private static String time(long micros) {
        return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000)
                .toString();
    }

    private static ObjectNode json(Statistics found) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("events", found.events())
                .put("names", found.names())
                .put("segments", found.segments())
                .put("bytes", found.bytes())
                .put("first_sequence", found.firstSequence())
                .put("head", found.head());
        if (found.events() > 0) {
            json.put("first_time", time(found.firstTimeMicros())).put("last_time", time(found.lastTimeMicros()));
        }
        var top = json.putArray("top");
        for (EventLog.NameStat name : found.top()) {
            top.addObject()
                    .put("name", name.name())
                    .put("count", name.count())
                    .put("last_sequence", name.lastSequence())
                    .put("last_time", time(name.lastTimeMicros()));
        }
        return json;
    }
}
