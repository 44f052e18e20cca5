package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code bus events dead-letters redrive} and {@code purge}: gives dead letters back to their group, or forgets them. */
public final class DeadLettersSettleCommand extends Command {
    private final boolean redrive;
    private final Argument<String> group = requiredOption("GROUP", "the consumer group", "--group");
    private final Argument<String> owner =
            option("IDENTITY", "the user whose group it is (service tokens with events:admin)", "--owner");
    private final Argument<Boolean> all = flag("all dead letters of the group", "--all");
    private final Argument<List<String>> ids = operands(0, MANY, "ID", "ids of dead letters, evt_…");

    private DeadLettersSettleCommand(boolean redrive) {
        this.redrive = redrive;
    }

    /** The command that delivers them once more. */
    public static DeadLettersSettleCommand redrive() {
        return new DeadLettersSettleCommand(true);
    }

    /** The command that forgets them. */
    public static DeadLettersSettleCommand purge() {
        return new DeadLettersSettleCommand(false);
    }

    @Override
    public String description() {
        return redrive
                ? "Gives dead letters back to their group, which delivers them as if for the first time. Needs"
                        + " events:admin."
                : "Forgets dead letters for good. Needs events:admin.";
    }

    @Override
    public List<String> examples() {
        String command = "bus events dead-letters " + (redrive ? "redrive" : "purge");
        return List.of(
                command + " --group workers evt_…",
                command + " --group workers --all",
                command + " --group workers --owner alice --all");
    }

    @Override
    public void check() {
        if (all.given() == !ids.or(List.of()).isEmpty()) {
            throw CliException.usage("which dead letters? Give their ids, or --all, but not both");
        }
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        @Nullable List<String> which = all.given() ? null : ids.required();
        JsonNode answer;
        try (EventsSession session = EventsSession.open(invocation)) {
            answer = session.await(
                    redrive
                            ? session.client().redrive(group.required(), which, owner.orNull())
                            : session.client().purge(group.required(), which, owner.orNull()));
        }
        String field = redrive ? "redriven" : "purged";
        var out = invocation.out();
        switch (invocation.common().format()) {
            case JSON -> out.line(answer.toString());
            case TSV -> {
                var table = new Table(Column.number(field));
                table.row(Fields.text(answer, "count"));
                table.printTsv(out);
            }
            case TEXT, TOKEN -> out.line(field + " " + Fields.text(answer, "count"));
        }
        return ExitCode.OK;
    }
}
