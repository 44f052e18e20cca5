package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Progress;
import com.busdk.cli.term.Table;
import com.busdk.client.auth.Scopes;
import com.busdk.client.config.GoDuration;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.http.ApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code bus events export}: writes the history of a service into a file. */
public final class ExportCommand extends Command {
    /** All names there are. */
    private static final String ALL = ">";

    private static final String STANDARD = "-";

    private static final int HTTP_BAD_REQUEST = 400;

    private final Argument<String> file = requiredOption(
            "FILE", "write to FILE, behind the last line that is there; - for standard output", "--file");
    private final Argument<String> after = option("ID", "begin behind this event", "--after");
    private final Argument<List<String>> names =
            repeatable("NAME", "only events of this name; repeat it for more; default: all", "--name");

    @Override
    public String description() {
        return """
            Writes the history that a service keeps, the oldest event first, one JSON envelope a line, up to the last event \
            that there is when it begins. Given the same FILE again it goes on behind the last whole line, after an \
            interruption as after weeks. Where the service no longer keeps what would come next it fails: a history has no \
            gaps.
            It takes a service token, since a user sees no events of others. All names at once take the scope events:admin, \
            and a service that was started with --allow-wildcards; with --name the scopes of these names are enough.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events export --file history.ndjson",
                "bus events export --file - --name example.order | gzip > orders.ndjson.gz");
    }

    @Override
    public void check() {
        listenOptions(null);
    }

    private ListenOptions listenOptions(@Nullable String behind) {
        try {
            return ListenOptions.of(names.or(List.of(ALL)))
                    .replay()
                    .snapshot()
                    .after(behind)
                    .build();
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        HistoryRights.requireService(
                invocation,
                "it sees the user's own events alone, and a history is that of all",
                Scopes.EVENTS_ADMIN + " " + Scopes.EVENTS_LISTEN);
        if (file.required().equals(STANDARD)) {
            ExportTaker done = export(invocation, after.orNull(), invocation.out()::write);
            invocation.out().flush();
            invocation.note(text(done, "standard output"));
            return ExitCode.OK;
        }
        try (HistoryFile history = HistoryFile.open(invocation.resolve(file.required()))) {
            if (after.given() && history.lastId() != null) {
                throw CliException.usage(
                        "--after is for a new file: " + file.required() + " goes on behind " + history.lastId());
            }
            if (history.cut() > 0) {
                invocation.note("the last line of " + file.required() + " was cut off in the middle: took away its "
                        + history.cut() + " bytes");
            }
            String behind = history.lastId() == null ? after.orNull() : history.lastId();
            ExportTaker done = export(invocation, behind, history::write);
            history.force();
            print(invocation, done);
            return ExitCode.OK;
        }
    }

    private ExportTaker export(Invocation invocation, @Nullable String behind, ExportTaker.LineSink sink)
            throws IOException, InterruptedException {
        boolean shown = invocation.environment().terminals().err()
                && !invocation.common().quiet();
        var progress = new Progress(invocation.err(), shown, 0);
        try (EventsSession session = EventsSession.open(invocation)) {
            var gaps = new GapWatch(new ListenNotes(invocation));
            var taker = new ExportTaker(sink, gaps, progress, behind);
            var handover = new LineHandover();
            Listening listening = session.client().listenRaw(listenOptions(behind), handover, gaps);
            if (!handover.run(listening, taker, invocation.common().timeout())) {
                throw new CliException(
                        ExitCode.TIMED_OUT,
                        "stopped after "
                                + GoDuration.format(invocation.common().timeoutOr(Duration.ZERO))
                                + ", as --timeout says; run it again, and it goes on behind what it has");
            }
            taker.checkGap();
            return taker;
        } catch (CliException e) {
            throw explained(e);
        } finally {
            progress.clear();
        }
    }

    /** Says what the service cannot know: from where the id is that it refused, and why it was asked for a wildcard. */
    private CliException explained(CliException e) {
        if (!(e.getCause() instanceof ApiException refused) || refused.status() != HTTP_BAD_REQUEST) {
            return e;
        }
        String more;
        if (refused.isUnknownPosition()) {
            more = after.given()
                    ? "; --after takes the id of an event of this service"
                    : "; " + file.required()
                            + " has the history of another service: give another --file, or check the URL";
        } else if (!names.given()) {
            more = "; an export without --name reads all names with one wildcard";
        } else {
            return e;
        }
        return new CliException(e.exitCode(), e.text() + more, e);
    }

    private void print(Invocation invocation, ExportTaker done) {
        var out = invocation.out();
        switch (invocation.common().format()) {
            case JSON ->
                out.line("{\"exported\":" + done.events() + ",\"firstId\":" + json(done.firstId()) + ",\"lastId\":"
                        + json(done.lastId()) + "}");
            case TSV -> {
                var table = new Table(
                        Table.Column.number("exported"), Table.Column.text("first_id"), Table.Column.text("last_id"));
                table.row(Long.toString(done.events()), text(done.firstId()), text(done.lastId()));
                table.printTsv(out);
            }
            case TEXT, TOKEN -> out.line(text(done, file.required()));
        }
    }

    private static String text(ExportTaker done, String where) {
        if (done.events() > 0) {
            return String.format(Locale.ROOT, "exported %,d events to ", done.events()) + where + ", " + done.firstId()
                    + " to " + done.lastId();
        }
        return done.lastId() == null ? "there are no events" : "nothing new: nothing came behind " + done.lastId();
    }

    private static String json(@Nullable String id) {
        return id == null ? "null" : Json.quote(id);
    }

    private static String text(@Nullable String id) {
        return id == null ? "" : id;
    }
}
