package com.busdk.cli.events;

import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.events.EventsClient;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.util.List;

/** {@code bus events names}: the event names that the token may listen to. */
public final class NamesCommand extends InspectCommand {
    @Override
    public String description() {
        return "Shows the event names that the token may listen to, with the number of events kept and the time of the"
                + " last.";
    }

    @Override
    public List<String> examples() {
        return List.of("bus events names", "bus events names -f tsv | cut -f1");
    }

    @Override
    Future<JsonNode> ask(EventsClient client) {
        return client.names();
    }

    @Override
    String nothing() {
        return "no events yet: publish one with 'bus events send'";
    }

    @Override
    Table table(JsonNode answer, Invocation invocation) {
        var table = new Table(Column.text("name"), Column.number("events"), Column.text("last"));
        for (JsonNode name : Answer.items(answer, "names")) {
            table.row(Answer.text(name, "name"), Answer.text(name, "count"), Answer.text(name, "lastTime"));
        }
        return table;
    }
}
