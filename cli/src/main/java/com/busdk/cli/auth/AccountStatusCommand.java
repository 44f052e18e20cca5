package com.busdk.cli.auth;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** {@code bus auth status}: how the account stands. */
public final class AccountStatusCommand extends Command {
    @Override
    public String description() {
        return "Shows how your account stands: waitlisted, approved or rejected, and whether its address is verified."
                + " Needs a session, as 'bus auth verify' opens one.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus auth status", "bus auth status --format json");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        JsonNode answer = AuthApi.of(invocation).get("/status", AuthFiles.sessionToken(invocation));
        var table = new Table(Column.text("identity_id"), Column.text("status"), Column.text("email_verified"));
        table.row(
                Fields.text(answer, "identity_id"),
                Fields.text(answer, "status"),
                Fields.text(answer, "email_verified"));
        Printer.print(invocation, answer, table);
        invocation.note(next(answer));
        return ExitCode.OK;
    }

    /** What comes next for an account that stands so. */
    static String next(JsonNode answer) {
        return switch (answer.path("status").asText("")) {
            case "approved" -> "next: bus auth token --scope \"vm:read container:run …\"";
            case "waitlisted" ->
                "next: an operator approves the account, with bus operator auth approve --email ADDRESS";
            case "rejected" -> "an operator has rejected the account: ask them why";
            default -> "see bus auth --help";
        };
    }
}
