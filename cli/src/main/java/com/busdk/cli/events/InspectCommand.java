package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Table;
import com.busdk.client.events.EventsClient;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;

/** A command that asks one question and shows the answer: as a table, or with {@code -f json} as it came. */
abstract class InspectCommand extends Command {
    /** Asks. */
    abstract Future<JsonNode> ask(EventsClient client);

    /** The answer as a table. */
    abstract Table table(JsonNode answer, Invocation invocation);

    /** What to say on standard error when there is nothing to show. */
    abstract String nothing();

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        JsonNode answer;
        try (EventsSession session = EventsSession.open(invocation)) {
            answer = session.await(ask(session.client()));
        }
        switch (invocation.common().format()) {
            case JSON -> invocation.out().line(answer.toString());
            case TSV -> table(answer, invocation).printTsv(invocation.out());
            case TEXT, TOKEN -> printText(answer, invocation);
        }
        return ExitCode.OK;
    }

    /** Shows the answer to people. */
    void printText(JsonNode answer, Invocation invocation) {
        Table table = table(answer, invocation);
        if (table.isEmpty()) {
            invocation.note(nothing());
        } else {
            table.printText(invocation.out(), invocation.style());
        }
    }
}
