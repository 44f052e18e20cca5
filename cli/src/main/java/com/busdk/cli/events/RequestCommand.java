package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.client.event.Envelope;
import com.busdk.client.event.EventError;
import com.busdk.client.event.EventName;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** {@code bus events request}: publishes a request and prints the response. */
public final class RequestCommand extends Command {
    /** How much longer than the service the command waits, so that the service's own words arrive. */
    private static final Duration GRACE = Duration.ofSeconds(6);

    private final Argument<String> name =
            requiredOption("NAME", "name of the request, for example example.sum.request", "--name");
    private final Argument<String> payload =
            option("JSON", "its payload: JSON, @FILE, or - for standard input; default null", "--payload");
    private final Argument<String> correlationId =
            option("ID", "what ties the response to it; default: one of the service", "--correlation-id");
    private final Argument<List<String>> meta = repeatable("KEY=VALUE", "an entry of its metadata", "--meta");
    private final Argument<String> key =
            option("KEY", "requests with the same key are done in order where a group asks for it", "--key");

    @Override
    public String description() {
        return """
            Publishes a request and prints the response envelope that has its correlation id; with -f tsv its columns are \
            those of 'bus events listen'.
            Exit codes: 1 when the response carries an error, 69 when nobody listens who could answer, 124 when there is \
            no response within --timeout (default 30s).\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of("bus events request --name example.sum.request --payload '[1,2]' --timeout 5s");
    }

    @Override
    public void check() {
        if (!EventName.isRequest(name.required())) {
            throw CliException.usage("--name of a request ends in .request, for example example.sum.request");
        }
        typed().check();
    }

    private EventArguments.Typed typed() {
        return new EventArguments.Typed(
                name.required(), payload.orNull(), correlationId.orNull(), meta.or(List.of()), null, key.orNull());
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        Duration timeout = invocation.common().timeoutOr(EventsSession.DEFAULT_TIMEOUT);
        Envelope request = typed().read(invocation);
        Envelope response;
        try (EventsSession session = EventsSession.open(invocation)) {
            response = session.await(
                    session.client().request(request, timeout), timeout.plus(GRACE), "waiting for the response");
        }
        if (invocation.common().format() == Format.TSV) {
            invocation.out().line(PrintTaker.COLUMNS);
            invocation.out().line(PrintTaker.row(response));
        } else {
            invocation.out().line(response.toJson());
        }
        EventError error = response.error();
        if (error != null) {
            invocation.out().flush();
            throw CliException.failed("the response is an error, " + error.type() + ": " + error.message());
        }
        return ExitCode.OK;
    }
}
