package com.busdk.cli.events;

import com.busdk.cli.command.Argument;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.busdk.client.events.EventsClient;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code bus events dead-letters list}: what a group could not do. */
public final class DeadLettersListCommand extends PagedCommand {
    private final Argument<String> group = requiredOption("GROUP", "the consumer group", "--group");
    private final Argument<String> owner =
            option("IDENTITY", "the user whose group it is (service tokens with events:admin)", "--owner");
    private final Argument<String> name = option("NAME", "only events of this name", "--name");

    /** Made with the table of commands. */
    public DeadLettersListCommand() {
        super("dead_letters", "id");
    }

    @Override
    public String description() {
        return "Shows the events that a group gave up, with the number of attempts and the last reason.";
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events dead-letters list --group workers",
                "bus events dead-letters list --group workers --owner alice");
    }

    @Override
    Future<JsonNode> ask(EventsClient client, @Nullable String after) {
        return client.deadLetters(group.required(), name.orNull(), after, owner.orNull());
    }

    @Override
    String nothing() {
        return "no dead letters in group " + group.required();
    }

    @Override
    Table table() {
        return new Table(
                Column.text("id"),
                Column.text("name"),
                Column.number("attempts"),
                Column.text("died"),
                Column.text("reason"));
    }

    @Override
    void row(Table table, JsonNode letter, boolean forPeople) {
        table.row(
                Fields.text(letter, "id"),
                Fields.text(letter, "name"),
                Fields.text(letter, "attempts"),
                Fields.text(letter, "time"),
                Fields.text(letter, "reason"));
    }
}
