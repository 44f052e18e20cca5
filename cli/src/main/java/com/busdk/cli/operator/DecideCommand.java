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
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** {@code bus operator auth approve} and {@code reject}: decides about an account. */
public final class DecideCommand extends Command {
    private final String verb;
    private final Argument<String> email = requiredOption("ADDRESS", "the account's e-mail address", "--email");
    private final Argument<String> reason = option("TEXT", "why, for the record", "--reason");

    private DecideCommand(String verb) {
        this.verb = verb;
    }

    /** Lets an account have API tokens. */
    public static DecideCommand approve() {
        return new DecideCommand("approve");
    }

    /** Lets it have none. */
    public static DecideCommand reject() {
        return new DecideCommand("reject");
    }

    @Override
    public String description() {
        return (verb.equals("approve")
                        ? "Approves an account: from then on it can have API tokens."
                        : "Rejects an account: it gets no API token, and those sessions that it has are of no use.")
                + " The token is that of --token-file, else " + OperatorToken.VARIABLE
                + ", else auth/operator-token under the config root; it is for the auth service and needs"
                + " waitlist:approve.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus operator auth " + verb + " --email user@example.com");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        ObjectNode body = AuthApi.object().put("email", email.required());
        if (reason.given()) {
            body.put("reason", reason.required());
        }
        JsonNode answer = AuthApi.of(invocation).post("/admin/" + verb, OperatorToken.of(invocation), body);
        var table = new Table(Column.text("identity_id"), Column.text("status"));
        table.row(Fields.text(answer, "identity_id"), Fields.text(answer, "status"));
        Printer.print(invocation, answer, table);
        return ExitCode.OK;
    }
}
