package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.client.config.GoDuration;
import com.busdk.client.events.ListenOptions;
import com.busdk.client.events.Listening;
import com.busdk.client.text.Echo;
import io.vertx.core.http.HttpClientOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code bus events listen}: prints events as they come, or has something done for each. */
public final class ListenCommand extends Command {
    private static final String DEFAULT_WORD = "default";

    private final Argument<List<String>> names = repeatable("NAME", "name of the events; repeat it for more", "--name");
    private final Argument<String> delivery = option(
            "HOW", "broadcast: every listener gets every event (default); unicast: a group shares them", "--delivery");
    private final Argument<String> group = option("GROUP", "unicast: the consumer group; default: default", "--group");
    private final Argument<String> consumer =
            option("CONSUMER", "unicast: the name of this consumer; default: default", "--consumer");
    private final Argument<String> ack =
            option("HOW", "unicast: auto: delivered is done (default); explicit: done when it was printed", "--ack");
    private final Argument<String> exec = option(
            "CMD",
            "run CMD with sh for each event, with the envelope on its standard input; exit code 0 is done",
            "--exec");
    private final Argument<String> forwardTo =
            option("URL", "post each envelope to URL; an answer of 2xx is done", "--forward-to");
    private final Argument<Boolean> replay = flag("begin with the events that are kept", "--replay");
    private final Argument<Boolean> noFollow = flag("print the events that are kept, and end", "--no-follow");
    private final Argument<String> after = option("ID", "go on behind this event", "--after");
    private final Argument<String> since =
            option("TIME", "begin with events since TIME: RFC 3339, or a duration such as 15m", "--since");
    private final Argument<Long> limit = option(Long::parseLong, "N", "end after N events", "--limit");
    private final Argument<String> correlationId =
            option("ID", "only events with this correlation id", "--correlation-id");
    private final Argument<String> ordered =
            option("key", "unicast: of events with the same key at most one is out at a time", "--ordered");
    private final Argument<Integer> maxInFlight =
            option(Integer::parseInt, "N", "unicast: at most N events are out here", "--max-in-flight");
    private final Argument<Duration> ackWait = option(
            GoDuration::parse, "DURATION", "unicast, explicit: how long a lease lasts; default 30s", "--ack-wait");
    private final Argument<Integer> maxDeliveries = option(
            Integer::parseInt,
            "N",
            "unicast, explicit: after N deliveries an event is a dead letter; default 5",
            "--max-deliveries");

    @Override
    public String description() {
        return """
            Prints events as they come, one JSON envelope a line. With --exec or --forward-to it has something done for \
            each instead; in a group the event is acknowledged when that succeeds, and otherwise given back to be delivered \
            again a little later.
            It comes back by itself after a lost connection, where it left off. --timeout ends it with exit code 124.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events listen --name example.ping",
                "bus events listen --name example.job --delivery unicast --group workers --consumer worker-a",
                "bus events listen --name example.job --delivery unicast --group workers --exec './work.sh'",
                "bus events listen --name example.history --replay --no-follow");
    }

    @Override
    public void check() {
        if (exec.given() && forwardTo.given()) {
            throw CliException.usage("--exec and --forward-to do the same in two ways: give one of them");
        }
        if (forwardTo.given()) {
            ForwardWork.target(forwardTo.required());
        }
        listenOptions();
    }

    /** The options in the client's words. */
    private ListenOptions listenOptions() {
        if (!names.given()) {
            throw CliException.usage("which events? Give --name NAME, for example --name example.ping");
        }
        oneOf("--delivery", delivery, "broadcast", "unicast");
        oneOf("--ack", ack, "auto", "explicit");
        oneOf("--ordered", ordered, "key");
        if (limit.given() && limit.required() < 1) {
            throw CliException.usage("--limit is at least 1; without it there is no limit");
        }
        ListenOptions.Builder builder = ListenOptions.of(names.required())
                .after(after.orNull())
                .since(since.orNull())
                .limit(limit.or(0L))
                .correlationId(correlationId.orNull());
        if (replay.given()) {
            builder.replay();
        }
        if (noFollow.given()) {
            builder.snapshot();
        }
        try {
            unicast(builder);
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    private void unicast(ListenOptions.Builder builder) {
        if (!isUnicast()) {
            if (group.given() || consumer.given() || ack.given() || ordered.given() || hasLeaseOptions()) {
                throw CliException.usage("--group, --consumer, --ack, --ordered and the options of leases need"
                        + " --delivery unicast: without it every listener gets every event");
            }
            return;
        }
        if (after.given() || since.given()) {
            throw CliException.usage("a group knows where it stands: leave out --after and --since");
        }
        builder.unicast(group.or(DEFAULT_WORD), consumer.or(DEFAULT_WORD));
        if (isExplicit()) {
            builder.explicitAck();
        } else if (ackWait.given() || maxDeliveries.given()) {
            throw CliException.usage("--ack-wait and --max-deliveries are about leases: give --ack explicit");
        }
        if (ordered.given()) {
            builder.orderedByKey();
        }
        if (maxInFlight.given()) {
            builder.maxInFlight(maxInFlight.required());
        } else if (isExplicit() && hasWork()) {
            // Work is done one after the other: leases of events that wait here would run out.
            builder.maxInFlight(1);
        }
        if (ackWait.given()) {
            builder.ackWait(ackWait.required());
        }
        if (maxDeliveries.given()) {
            builder.maxDeliveries(maxDeliveries.required());
        }
    }

    private boolean isUnicast() {
        return "unicast".equals(delivery.orNull());
    }

    private boolean hasWork() {
        return exec.given() || forwardTo.given();
    }

    private boolean hasLeaseOptions() {
        return maxInFlight.given() || ackWait.given() || maxDeliveries.given();
    }

    private boolean isExplicit() {
        return isUnicast() && ack.or(hasWork() ? "explicit" : "auto").equals("explicit");
    }

    private static void oneOf(String option, Argument<String> argument, String... words) {
        String word = argument.orNull();
        if (word != null && !List.of(words).contains(word)) {
            throw CliException.usage(option + " '" + Echo.of(word) + "' is unknown: use " + String.join(" or ", words));
        }
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        ListenOptions options = listenOptions();
        try (EventsSession session = EventsSession.open(invocation)) {
            LineTaker taker = taker(session, invocation);
            var handover = new LineHandover();
            Listening listening = session.client().listenRaw(options, handover, new ListenNotes(invocation));
            boolean done = handover.run(listening, taker, invocation.common().timeout());
            long failures = taker.end();
            if (!done) {
                throw new CliException(
                        ExitCode.TIMED_OUT,
                        "stopped after " + GoDuration.format(invocation.common().timeoutOr(Duration.ZERO))
                                + ", as --timeout says");
            }
            if (failures > 0) {
                throw CliException.failed(failures + " times an event could not be done; see above why");
            }
            return ExitCode.OK;
        }
    }

    private LineTaker taker(EventsSession session, Invocation invocation) {
        @Nullable
        Acknowledger acknowledger = isExplicit() ? new Acknowledger(session, invocation, group.or(DEFAULT_WORD)) : null;
        if (exec.given()) {
            var work = new ExecWork(invocation, exec.required());
            return new WorkTaker(session, invocation, work, acknowledger, ackWait.orNull());
        }
        if (forwardTo.given()) {
            var client = session.vertx().createHttpClient(new HttpClientOptions());
            var work = new ForwardWork(client, ForwardWork.target(forwardTo.required()));
            return new WorkTaker(session, invocation, work, acknowledger, ackWait.orNull());
        }
        return new PrintTaker(invocation.out(), invocation.common().format() == Format.TSV, acknowledger);
    }
}
