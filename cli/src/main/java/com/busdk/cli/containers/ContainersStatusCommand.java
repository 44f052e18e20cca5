package com.busdk.cli.containers;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.AiSession;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/** {@code bus containers status}: the runner, and the user's own runs. */
public final class ContainersStatusCommand extends Command {
    @Override
    public String description() {
        return "Shows the container runner and your runs. The token needs the scope container:read. The API is at"
                + " --api-url, else BUS_AI_API_URL, else BUS_API_BASE_URL, else the local stack.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus containers status");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        JsonNode answer;
        try (AiSession session = AiSession.open(invocation)) {
            answer = session.call(invocation, HttpMethod.GET, "/api/v1/containers/status");
        }
        var table = new Table(
                Column.text("id"), Column.text("state"), Column.text("owner_identity_id"), Column.text("details"));
        answer.path("items")
                .forEach(item -> table.row(
                        Fields.text(item, "id"),
                        Fields.text(item, "state"),
                        Fields.text(item, "owner_identity_id"),
                        Fields.text(item, "details")));
        Printer.print(invocation, answer, table);
        return ExitCode.OK;
    }
}
