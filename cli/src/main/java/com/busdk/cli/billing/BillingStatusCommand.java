package com.busdk.cli.billing;

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

/** {@code bus billing status}: the subscription, and what has been used of its quotas. */
public final class BillingStatusCommand extends Command {
    private static final String NONE = "-";

    @Override
    public String description() {
        return "Shows how your subscription stands, and for each quota of its plan what has been used in the window"
            + " that runs (UTC). The token needs the scope billing:read. The API is at --api-url, else BUS_AI_API_URL,"
            + " else BUS_API_BASE_URL, else the local stack.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus billing status", "bus billing status --format json");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        JsonNode answer;
        try (AiSession session = AiSession.open(invocation)) {
            answer = session.call(invocation, HttpMethod.GET, "/api/v1/billing/status");
        }
        Printer.print(invocation, answer, table(answer));
        String command = answer.path("command").asText("");
        if (!command.isBlank()) {
            invocation.note("next: " + command);
        }
        return ExitCode.OK;
    }

    /** A row for each quota, and one for an account that has none. */
    private static Table table(JsonNode answer) {
        var table = new Table(
                Column.text("status"),
                Column.text("plan"),
                Column.text("feature"),
                Column.text("meter"),
                Column.text("window"),
                Column.number("used"),
                Column.number("limit"));
        String status = Fields.text(answer, "status");
        String plan = Fields.text(answer, "plan_id");
        for (JsonNode quota : answer.path("usage")) {
            table.row(
                    status,
                    plan,
                    Fields.text(quota, "feature"),
                    Fields.text(quota, "meter_event_name"),
                    Fields.text(quota, "window"),
                    Fields.text(quota, "used"),
                    Fields.text(quota, "limit"));
        }
        if (table.isEmpty()) {
            table.row(status, plan, NONE, NONE, NONE, NONE, NONE);
        }
        return table;
    }
}
