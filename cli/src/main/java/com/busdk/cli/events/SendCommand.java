package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Json;
import com.busdk.cli.term.Table;
import com.busdk.client.event.Envelope;
import com.busdk.client.events.BatchReceipt;
import com.busdk.client.events.PublishReceipt;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code bus events send}: publishes one event, or a stream of them. */
public final class SendCommand extends Command {
    private final Argument<String> name = option("NAME", "name of the event, for example example.ping", "--name");
    private final Argument<String> payload =
            option("JSON", "its payload: JSON, @FILE, or - for standard input; default null", "--payload");
    private final Argument<String> correlationId = option("ID", "what ties it to another event", "--correlation-id");
    private final Argument<List<String>> meta = repeatable("KEY=VALUE", "an entry of its metadata", "--meta");
    private final Argument<String> idempotencyKey =
            option("KEY", "publish it once, however often it is sent with this key", "--idempotency-key");
    private final Argument<String> key =
            option("KEY", "events with the same key are done in order where a group asks for it", "--key");
    private final Argument<String> ndjson = optionalValue(
            "FILE", "publish a stream of envelopes, one a line, from FILE or standard input (-)", "--ndjson");

    @Override
    public String description() {
        return """
            Publishes an event, and prints its id when the service has it on disk. With --ndjson it publishes a stream of \
            envelopes in one request.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events send --name example.ping --payload '{\"ok\":true}'",
                "bus events send --name example.report --payload @report.json --meta source=nightly",
                "bus events send --ndjson < events.ndjson");
    }

    @Override
    public void check() {
        if (ndjson.given()) {
            if (name.given()
                    || payload.given()
                    || correlationId.given()
                    || meta.given()
                    || idempotencyKey.given()
                    || key.given()) {
                throw CliException.usage("with --ndjson each line is a whole envelope: leave out the other options");
            }
            return;
        }
        typed().check();
    }

    private EventArguments.Typed typed() {
        String given = name.orNull();
        if (given == null) {
            throw CliException.usage("which event? Give --name NAME, or --ndjson for a stream of envelopes");
        }
        return new EventArguments.Typed(
                given,
                payload.orNull(),
                correlationId.orNull(),
                meta.or(List.of()),
                idempotencyKey.orNull(),
                key.orNull());
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        String source = ndjson.orNull();
        if (source != null) {
            print(invocation, LineSender.send(invocation, source));
            return ExitCode.OK;
        }
        Envelope event = typed().read(invocation);
        try (EventsSession session = EventsSession.open(invocation)) {
            print(invocation, session.await(session.client().publish(event)));
        }
        return ExitCode.OK;
    }

    private static void print(Invocation invocation, PublishReceipt receipt) {
        var out = invocation.out();
        switch (invocation.common().format()) {
            case JSON ->
                out.line("{\"accepted\":true,\"id\":" + Json.quote(receipt.id()) + ",\"name\":"
                        + Json.quote(receipt.name()) + ",\"sequence\":" + receipt.sequence()
                        + (receipt.duplicate() ? ",\"duplicate\":true" : "") + "}");
            case TSV -> {
                var table = new Table(
                        Table.Column.text("id"),
                        Table.Column.text("name"),
                        Table.Column.number("sequence"),
                        Table.Column.text("duplicate"));
                table.row(
                        receipt.id(),
                        receipt.name(),
                        Long.toString(receipt.sequence()),
                        Boolean.toString(receipt.duplicate()));
                table.printTsv(out);
            }
            case TEXT, TOKEN ->
                out.line((receipt.duplicate() ? "known already: " : "accepted ") + receipt.name() + " as "
                        + receipt.id() + ", sequence " + receipt.sequence());
        }
    }

    private static void print(Invocation invocation, BatchReceipt receipt) {
        var out = invocation.out();
        switch (invocation.common().format()) {
            case JSON ->
                out.line("{\"accepted\":true,\"count\":" + receipt.count() + ",\"firstId\":" + json(receipt.firstId())
                        + ",\"lastId\":" + json(receipt.lastId()) + "}");
            case TSV -> {
                var table = new Table(
                        Table.Column.number("count"), Table.Column.text("first_id"), Table.Column.text("last_id"));
                table.row(Long.toString(receipt.count()), text(receipt.firstId()), text(receipt.lastId()));
                table.printTsv(out);
            }
            case TEXT, TOKEN ->
                out.line(String.format(Locale.ROOT, "accepted %,d events", receipt.count())
                        + (receipt.count() == 0 ? "" : ", " + receipt.firstId() + " to " + receipt.lastId()));
        }
    }

    private static String json(@Nullable String id) {
        return id == null ? "null" : Json.quote(id);
    }

    private static String text(@Nullable String id) {
        return id == null ? "" : id;
    }
}
