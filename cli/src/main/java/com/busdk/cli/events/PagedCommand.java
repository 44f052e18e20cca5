package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Output;
import com.busdk.cli.term.Table;
import com.busdk.client.events.EventsClient;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A command that shows a list of which the service gives a page at a time: all of it, each page as it comes, so that no
 * more than one is kept. With {@code -f json} it is one object, as a service would give it that had no pages.
 */
abstract class PagedCommand extends Command {
    /** The field of an answer that has the list. */
    private final String list;

    /** The field of an entry that the next page is asked with. */
    private final String key;

    PagedCommand(String list, String key) {
        this.list = list;
        this.key = key;
    }

    /**
     * Asks for a page.
     *
     * @param after the key of the last entry of the page before; null for the first page
     */
    abstract Future<JsonNode> ask(EventsClient client, @Nullable String after);

    /** The table, without rows. */
    abstract Table table();

    /** Adds an entry; numbers are bare unless people read them. */
    abstract void row(Table table, JsonNode entry, boolean forPeople);

    /** What to say on standard error when there is nothing to show. */
    abstract String nothing();

    /** What to say on standard error when the service says that entries are missing that no further page has. */
    String incomplete() {
        return "the list may be incomplete";
    }

    @Override
    public int run(Invocation invocation) throws InterruptedException {
        Format format = invocation.common().format();
        Output out = invocation.out();
        Table table = table();
        boolean any = false;
        boolean incomplete = false;
        try (EventsSession session = EventsSession.open(invocation)) {
            String last = null;
            JsonNode page = session.await(ask(session.client(), null));
            // Which page is the last one only the next one tells. One that ends where the one before did is the same
            // page.
            while (!page.path(list).isEmpty() && !lastKey(page).equals(last)) {
                switch (format) {
                    case JSON -> json(out, page, any);
                    case TSV -> rows(table, page, false).printTsv(out);
                    case TEXT, TOKEN -> rows(table, page, true).printText(out, invocation.style());
                }
                out.flush();
                any = true;
                last = lastKey(page);
                incomplete |= isIncomplete(page);
                page = session.await(ask(session.client(), last));
            }
            incomplete |= isIncomplete(page);
        }
        switch (format) {
            case JSON -> out.line((any ? "]" : "{\"" + list + "\":[]") + (incomplete ? ",\"incomplete\":true}" : "}"));
            case TSV -> {
                if (!any) {
                    table.printTsv(out);
                }
            }
            case TEXT, TOKEN -> {
                if (!any && !incomplete) {
                    invocation.note(nothing());
                }
            }
        }
        if (incomplete) {
            invocation.note(incomplete());
        }
        return ExitCode.OK;
    }

    private static boolean isIncomplete(JsonNode page) {
        return page.path("incomplete").asBoolean();
    }

    private String lastKey(JsonNode page) {
        JsonNode entries = page.path(list);
        return entries.path(entries.size() - 1).path(key).asText();
    }

    private void json(Output out, JsonNode page, boolean further) {
        String before = further ? "," : "{\"" + list + "\":[";
        for (JsonNode entry : Answer.items(page, list)) {
            out.print(before);
            out.print(entry.toString());
            before = ",";
        }
    }

    private Table rows(Table table, JsonNode page, boolean forPeople) {
        for (JsonNode entry : Answer.items(page, list)) {
            row(table, entry, forPeople);
        }
        return table;
    }
}
