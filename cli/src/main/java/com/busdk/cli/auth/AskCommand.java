package com.busdk.cli.auth;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** {@code bus auth register} and {@code login}: what needs nothing but an address. */
public final class AskCommand extends Command {
    private final Verb verb;
    private final Argument<String> email = requiredOption("ADDRESS", "your e-mail address", "--email");

    private AskCommand(Verb verb) {
        this.verb = verb;
    }

    private enum Verb {
        REGISTER(
                "register",
                "/register",
                "Asks for an account. Its address has to be verified ('bus auth login', then 'bus auth verify'), and an"
                        + " operator has to approve it. The answer is the same for an address that is known already.",
                "next: bus auth login --email "),
        LOGIN(
                "login",
                "/otp/request",
                "Has a one-time password sent to an address; 'bus auth verify' takes it. The answer is the same for an"
                        + " address that nobody has registered.",
                "next, with the one-time password that was sent: bus auth verify --email ");

        private final String word;
        private final String path;
        private final String description;
        private final String next;

        Verb(String word, String path, String description, String next) {
            this.word = word;
            this.path = path;
            this.description = description;
            this.next = next;
        }
    }

    /** Asks for an account. */
    public static AskCommand register() {
        return new AskCommand(Verb.REGISTER);
    }

    /** Asks for a one-time password. */
    public static AskCommand login() {
        return new AskCommand(Verb.LOGIN);
    }

    @Override
    public String description() {
        return verb.description + " The auth service is at --api-url, else BUS_AUTH_API_URL, else the local stack.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus auth " + verb.word + " --email user@example.com");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        JsonNode answer =
                AuthApi.of(invocation).post(verb.path, null, AuthApi.object().put("email", email.required()));
        var table = new Table(Column.text("status"));
        table.row(Fields.text(answer, "status"));
        Printer.print(invocation, answer, table);
        invocation.note(verb.next + Echo.of(email.required()));
        return ExitCode.OK;
    }
}
