package com.busdk.cli.containers;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.AiSession;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/** {@code bus containers delete}: takes a run off the list, and ends it if it goes on. */
public final class DeleteCommand extends Command {
    private final Argument<String> run = operand("RUN", "its run_id, as 'bus containers runs' shows it");

    @Override
    public String description() {
        return "Deletes a run of yours. One that goes on is cancelled: its container ends. The token needs the scope"
                + " container:delete.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus containers delete run_123");
    }

    @Override
    public void check() {
        if (!run.required().matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")) {
            throw CliException.usage("RUN is a run_id as 'bus containers runs' shows it, such as run_123");
        }
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        JsonNode answer;
        try (AiSession session = AiSession.open(invocation)) {
            answer = session.call(invocation, HttpMethod.DELETE, "/api/v1/containers/runs/" + run.required());
        }
        var table = new Table(Column.text("run_id"), Column.text("deleted"));
        table.row(Fields.text(answer, "run_id"), Fields.text(answer, "deleted"));
        Printer.print(invocation, answer, table);
        return ExitCode.OK;
    }
}
