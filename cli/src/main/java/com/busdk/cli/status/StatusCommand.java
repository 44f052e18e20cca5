package com.busdk.cli.status;

import com.busdk.cli.ExitCode;
import com.busdk.cli.ai.AiSession;
import com.busdk.cli.ai.Printer;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Fields;
import com.busdk.cli.term.Table;
import com.busdk.cli.term.Table.Column;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/** {@code bus status vm} and {@code bus status containers}. */
public final class StatusCommand extends Command {
    private final boolean vm;

    private StatusCommand(boolean vm) {
        this.vm = vm;
    }

    /** Of the runtime. */
    public static StatusCommand vm() {
        return new StatusCommand(true);
    }

    /** Of the container runner and the user's runs. */
    public static StatusCommand containers() {
        return new StatusCommand(false);
    }

    @Override
    public String description() {
        return "Shows the state of "
                + (vm
                        ? "the runtime; the token needs the scope vm:read."
                        : "the container runner and your runs; the" + " token needs the scope container:read.");
    }

    @Override
    public List<String> examples() {
        return List.of(vm ? "bus status vm" : "bus status containers --format json");
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode items = view.putArray("items");
        try (AiSession session = AiSession.open(invocation)) {
            if (vm) {
                JsonNode status = session.call(invocation, HttpMethod.GET, "/api/v1/vm/status")
                        .path("status");
                row(items, "vm", status, status.path("provider").asText("-"));
            } else {
                JsonNode answer = session.call(invocation, HttpMethod.GET, "/api/v1/containers/status");
                answer.path("items")
                        .forEach(item ->
                                row(items, "containers", item, item.path("id").asText("-")));
            }
        }
        Printer.print(invocation, view, table(items));
        return ExitCode.OK;
    }

    private static void row(ArrayNode items, String service, JsonNode status, String id) {
        ObjectNode item = items.addObject().put("service", service).put("id", id);
        item.put("state", status.path("state").asText("-"));
        item.set("details", status.path("details").isObject() ? status.get("details") : item.objectNode());
    }

    private static Table table(ArrayNode items) {
        var table = new Table(Column.text("service"), Column.text("id"), Column.text("state"), Column.text("details"));
        items.forEach(item -> table.row(
                Fields.text(item, "service"),
                Fields.text(item, "id"),
                Fields.text(item, "state"),
                Fields.text(item, "details")));
        return table;
    }
}
