package com.busdk.cli.operator;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.auth.AuthApi;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code bus operator auth waitlist}: who waits to be approved. */
public final class WaitlistCommand extends Command {
    private final Argument<String> after =
            option("POSITION", "go on behind the page before, as that one says", "--after");

    @Override
    public String description() {
        return "Shows the accounts that wait for an operator. The token is that of --token-file, else "
                + OperatorToken.VARIABLE
                + ", else auth/operator-token under the config root; it is for the auth service"
                + " and needs waitlist:read.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus operator auth waitlist", "bus operator auth waitlist --format json");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        String position = after.or("");
        String query = position.isEmpty() ? "" : "?after=" + URLEncoder.encode(position, StandardCharsets.UTF_8);
        JsonNode answer = AuthApi.of(invocation).get("/admin/waitlist" + query, OperatorToken.of(invocation));
        var table = new Table(
                Column.text("email"),
                Column.text("identity_id"),
                Column.text("status"),
                Column.text("email_verified"),
                Column.text("created_at"));
        for (JsonNode item : answer.path("items")) {
            table.row(
                    Fields.text(item, "email"),
                    Fields.text(item, "identity_id"),
                    Fields.text(item, "status"),
                    Fields.text(item, "email_verified"),
                    Fields.text(item, "created_at"));
        }
        Printer.print(invocation, answer, table);
        String next = answer.path("next").asText("");
        if (!next.isEmpty()) {
            invocation.note("there are more: bus operator auth waitlist --after " + next);
        }
        return ExitCode.OK;
    }
}
