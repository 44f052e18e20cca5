package com.busdk.cli.events;

import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.events.EventsClient;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code bus events names}: the event names that the token may listen to. */
public final class NamesCommand extends PagedCommand {
    /** Made with the table of commands. */
    public NamesCommand() {
        super("names", "name");
    }

    @Override
    public String description() {
        return "Shows the event names that the token may listen to, with the number of events kept and the time of the"
                + " last. A user's events are counted among the newest of a name: where there are older ones that were"
                + " not looked at, the number has ≥ before it (in text; in JSON, countIsAtLeast).";
    }

    @Override
    public List<String> examples() {
        return List.of("bus events names", "bus events names -f tsv | cut -f1");
    }

    @Override
    Future<JsonNode> ask(EventsClient client, @Nullable String after) {
        return after == null ? client.names() : client.names(after);
    }

    @Override
    String nothing() {
        return "no events yet: publish one with 'bus events send'";
    }

    @Override
    String incomplete() {
        return "names may be missing: there are too many events or names of others to look through them all";
    }

    @Override
    Table table() {
        return new Table(Column.text("name"), Column.number("events"), Column.text("last"));
    }

    @Override
    void row(Table table, JsonNode name, boolean forPeople) {
        table.row(Fields.text(name, "name"), Answer.count(name, "count", forPeople), Fields.text(name, "lastTime"));
    }
}
