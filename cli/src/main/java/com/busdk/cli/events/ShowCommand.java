package com.busdk.cli.events;

import com.busdk.cli.command.Argument;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.events.EventsClient;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.util.List;

/** {@code bus events show}: one event, and where each group stands with it. */
public final class ShowCommand extends InspectCommand {
    private final Argument<String> id = operand("ID", "id of the event, evt_…");

    @Override
    public String description() {
        return "Shows one event, and where each consumer group stands with it: waiting, leased, done or dead.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus events show evt_…");
    }

    @Override
    Future<JsonNode> ask(EventsClient client) {
        return client.show(id.required());
    }

    @Override
    String nothing() {
        return "no group takes this event";
    }

    @Override
    void printText(JsonNode answer, Invocation invocation) {
        invocation.out().line(answer.path("event").toString());
        super.printText(answer, invocation);
    }

    @Override
    Table table(JsonNode answer, Invocation invocation) {
        var table = new Table(
                Column.text("group"),
                Column.text("state"),
                Column.number("attempts"),
                Column.text("consumer"),
                Column.text("until"));
        for (JsonNode group : Answer.items(answer, "groups")) {
            table.row(
                    Fields.text(group, "group"),
                    Fields.text(group, "state"),
                    Fields.text(group, "attempts"),
                    Fields.text(group, "consumer"),
                    Fields.text(group, "until"));
        }
        return table;
    }
}
