package com.busdk.cli.events;

import com.busdk.cli.command.Argument;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.events.EventsClient;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.util.List;

/** {@code bus events groups}: the consumer groups, and why one of them stands still. */
public final class GroupsCommand extends InspectCommand {
    private final Argument<String> name = option("NAME", "only groups of this event name", "--name");

    @Override
    public String description() {
        return """
            Shows the consumer groups: consumers that are connected, events that wait (lag), that are out and not \
            acknowledged yet (in flight), deliveries that were repeated, dead letters, and why nothing is delivered \
            where that is so. Where a user's older events were not looked at, the lag has ≥ before it (in text; in JSON, \
            lagIsAtLeast).\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus events groups", "bus events groups --name example.job -f json");
    }

    @Override
    Future<JsonNode> ask(EventsClient client) {
        return client.groups(name.orNull());
    }

    @Override
    String nothing() {
        return "no groups: the first listener with --delivery unicast makes one";
    }

    @Override
    Table table(JsonNode answer, Invocation invocation) {
        var table = new Table(
                Column.text("group"),
                Column.text("name"),
                Column.text("owner"),
                Column.number("consumers"),
                Column.number("lag"),
                Column.number("in_flight"),
                Column.number("redelivered"),
                Column.number("dead"),
                Column.text("idle_because"));
        boolean forPeople = invocation.common().format() != Format.TSV;
        for (JsonNode group : Answer.items(answer, "groups")) {
            JsonNode consumers = group.path("consumers");
            table.row(
                    Fields.text(group, "group"),
                    Fields.text(group, "name"),
                    Fields.text(group, "owner"),
                    consumers.isArray() ? Integer.toString(consumers.size()) : Fields.text(group, "consumers"),
                    Answer.count(group, "lag", forPeople),
                    Fields.text(group, "in_flight"),
                    Fields.text(group, "redeliveries"),
                    Fields.text(group, "dead_letters"),
                    Fields.text(group, "idle_because"));
        }
        return table;
    }
}
