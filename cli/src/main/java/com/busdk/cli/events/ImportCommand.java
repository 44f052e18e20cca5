package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.cli.term.Progress;
import com.busdk.cli.term.Table;
import com.busdk.client.auth.Scopes;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code bus events import}: publishes a history that {@code bus events export} wrote at another service. */
public final class ImportCommand extends Command {
    private final Argument<String> file = requiredOption(
            "FILE", "the history that 'bus events export' wrote; FILE.imported says how far it is", "--file");
    private final Argument<String> map =
            option("MAP", "write a line to MAP for each event: its old id, a tab, its new id", "--map");

    @Override
    public String description() {
        return """
            Publishes a history in its order at another service. Names, payloads, owners, keys, correlation ids and metadata \
            stay as they are; ids and times are new, and the old ones are bus_id and bus_created_at in the metadata. The \
            service's retention counts from the new time.
            How far it is stands in FILE.imported: given the same FILE again it goes on there, also when the file has grown by \
            another export. Every event has an idempotency key made of its old id, so that whatever is sent again within \
            the --idempotency-window of the service (10 minutes) is there once; what was on its way when an import ended is \
            looked for among the new events, which needs the right to listen to them.
            It takes a service token with the scopes to send all these names: from a user everything would become the \
            user's own. Import before workers and other listeners come: they do what they do for every event, requests \
            among them. Dead letters are left out and counted, since nobody may send them.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events import --file history.ndjson --api-url http://127.0.0.1:8082",
                "bus events import --file history.ndjson --map ids.tsv");
    }

    @Override
    public void check() {
        if (file.required().equals("-")) {
            throw CliException.usage(
                    "--file - cannot be gone on with after an interruption: put the history into a file");
        }
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        HistoryRights.requireService(
                invocation,
                "everything would become the user's own, and the owners in the file would be lost",
                Scopes.EVENTS_SEND + " " + Scopes.EVENTS_LISTEN);
        Path history = invocation.resolve(file.required());
        Path noted = history.resolveSibling(history.getFileName() + ".imported");
        Path ids = map.given() ? invocation.resolve(map.required()) : null;
        boolean shown = invocation.environment().terminals().err()
                && !invocation.common().quiet();
        var progress = new Progress(invocation.err(), shown, Files.size(history));
        try (FileChannel alone = PrivateFiles.openToChange(noted.resolveSibling(noted.getFileName() + ".lock"))) {
            // Who notes less than another has done makes the next one publish the rest again, long after.
            HistoryFile.lock(alone, "another import of " + file.required() + " is under way");
            run(invocation, history, noted, ids, progress);
        }
        return ExitCode.OK;
    }

    private void run(Invocation invocation, Path history, Path noted, @Nullable Path ids, Progress progress)
            throws IOException, InterruptedException {
        ImportState before = ImportState.read(noted);
        ImportState done;
        try (EventsSession session = EventsSession.open(invocation);
                Importer importer = Importer.open(invocation, session, history, noted, ids, before)) {
            done = importer.run(progress);
            if (importer.torn() > 0) {
                progress.clear();
                print(invocation, before, done);
                invocation.out().flush();
                throw CliException.failed("the last line of " + file.required()
                        + " has no end: the export was cut off. Run that again, then this");
            }
        } finally {
            progress.clear();
        }
        print(invocation, before, done);
    }

    private void print(Invocation invocation, @Nullable ImportState before, ImportState done) {
        var out = invocation.out();
        long now = done.published() - (before == null ? 0 : before.published());
        ImportState.Moved moved = done.moved();
        switch (invocation.common().format()) {
            case JSON -> {
                ObjectNode json = JsonNodeFactory.instance.objectNode();
                json.put("imported", now).put("total", done.published());
                if (moved != null) {
                    json.putObject("first").put("old", moved.firstOld()).put("new", moved.firstNew());
                    json.putObject("last").put("old", moved.lastOld()).put("new", moved.lastNew());
                }
                json.put("deadLettersLeftOut", done.leftOut())
                        .put("withoutOldId", done.unlabelled())
                        .put("movedBefore", done.movedBefore());
                out.line(json.toString());
            }
            case TSV -> {
                var table = new Table(
                        Table.Column.number("imported"),
                        Table.Column.number("total"),
                        Table.Column.text("first_old"),
                        Table.Column.text("first_new"),
                        Table.Column.text("last_old"),
                        Table.Column.text("last_new"),
                        Table.Column.number("dead_letters_left_out"),
                        Table.Column.number("without_old_id"),
                        Table.Column.number("moved_before"));
                table.row(
                        Long.toString(now),
                        Long.toString(done.published()),
                        moved == null ? "" : moved.firstOld(),
                        moved == null ? "" : moved.firstNew(),
                        moved == null ? "" : moved.lastOld(),
                        moved == null ? "" : moved.lastNew(),
                        Long.toString(done.leftOut()),
                        Long.toString(done.unlabelled()),
                        Long.toString(done.movedBefore()));
                table.printTsv(out);
            }
            case TEXT, TOKEN -> {
                out.line(String.format(Locale.ROOT, "imported %,d events, %,d in all", now, done.published()));
                if (moved != null) {
                    out.line("first: " + moved.firstOld() + " is " + moved.firstNew());
                    out.line("last:  " + moved.lastOld() + " is " + moved.lastNew());
                }
                line(invocation, done.leftOut(), "dead letters left out: nobody may send them");
                line(invocation, done.unlabelled(), "events without their old id: their metadata is full");
                line(
                        invocation,
                        done.movedBefore(),
                        "events had been moved before, and keep the id of their first service");
            }
        }
    }

    private static void line(Invocation invocation, long count, String what) {
        if (count > 0) {
            invocation.out().line(String.format(Locale.ROOT, "%,d ", count) + what);
        }
    }
}
