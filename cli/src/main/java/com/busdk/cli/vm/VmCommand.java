package com.busdk.cli.vm;

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

/** {@code bus vm status}, {@code start} and {@code stop}. */
public final class VmCommand extends Command {
    private final Verb verb;

    private VmCommand(Verb verb) {
        this.verb = verb;
    }

    private enum Verb {
        STATUS("status", "Shows how the runtime is: ready, starting, stopped, unavailable, or as its provider says."),
        START("start", "Asks for the runtime to be started; 'bus vm status' tells when it is ready."),
        STOP("stop", "Asks for the runtime to be stopped.");

        private final String word;
        private final String description;

        Verb(String word, String description) {
            this.word = word;
            this.description = description;
        }
    }

    /** Shows the state. */
    public static VmCommand status() {
        return new VmCommand(Verb.STATUS);
    }

    /** Starts it. */
    public static VmCommand start() {
        return new VmCommand(Verb.START);
    }

    /** Stops it. */
    public static VmCommand stop() {
        return new VmCommand(Verb.STOP);
    }

    @Override
    public String description() {
        return verb.description + " The token needs the scope "
                + (verb == Verb.STATUS ? "vm:read." : "vm:write.")
                + " The API is at --api-url, else BUS_AI_API_URL, else BUS_API_BASE_URL, else the local stack.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus vm " + verb.word, "bus vm " + verb.word + " --format json");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        HttpMethod method = verb == Verb.STATUS ? HttpMethod.GET : HttpMethod.POST;
        JsonNode answer;
        try (AiSession session = AiSession.open(invocation)) {
            answer = session.call(invocation, method, "/api/v1/vm/" + verb.word);
        }
        Printer.print(invocation, answer, verb == Verb.STATUS ? status(answer) : accepted(answer));
        return ExitCode.OK;
    }

    private static Table status(JsonNode answer) {
        var table = new Table(Column.text("state"), Column.text("provider"), Column.text("details"));
        JsonNode status = answer.path("status");
        table.row(Fields.text(status, "state"), Fields.text(status, "provider"), Fields.text(status, "details"));
        return table;
    }

    private static Table accepted(JsonNode answer) {
        var table = new Table(Column.text("action"), Column.text("accepted"));
        table.row(Fields.text(answer, "action"), Fields.text(answer, "accepted"));
        return table;
    }
}
