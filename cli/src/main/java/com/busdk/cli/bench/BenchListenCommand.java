package com.busdk.cli.bench;

import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** {@code bus events bench listen}: what listeners get, live or from history, each or in a group. */
public final class BenchListenCommand extends BenchCommand {
    private static final int DEFAULT_LISTENERS = 100;
    private static final int DEFAULT_CONSUMERS = 4;
    private static final int DEFAULT_WINDOW = 1_000;
    private static final int DEFAULT_GROUP_WINDOW = 20_000;
    private static final int DEFAULT_IN_FLIGHT = 4_096;
    private static final int DEFAULT_ACK_BATCH = 1_024;
    private static final int MAX_WINDOW = 10_000_000;

    private final Argument<List<String>> names = repeatable(
            "NAME", "name of the events; repeat it with --replay; default: one that nobody else has", "--name");
    private final Argument<Boolean> replay =
            flag("read the history instead of publishing; default: of the name given, all of it", "--replay");
    private final Argument<Integer> rounds =
            option(within(1, MAX_WINDOW), "N", "with --replay, how often; default 1", "--rounds");
    private final Argument<String> delivery = option("HOW", "broadcast or unicast; default broadcast", "--delivery");
    private final Argument<String> group =
            option("GROUP", "the consumer group, for unicast; default: a new one", "--group");
    private final Argument<String> ack = option("HOW", "auto or explicit, for unicast; default auto", "--ack");
    private final Argument<Integer> ackBatch = option(
            within(1, DEFAULT_GROUP_WINDOW),
            "N",
            "tokens in an acknowledgement at most; default " + DEFAULT_ACK_BATCH,
            "--ack-batch");
    private final Argument<Integer> inFlight = option(
            within(1, MAX_WINDOW),
            "N",
            "deliveries out at a consumer at most (max_in_flight); default " + DEFAULT_IN_FLIGHT,
            "--in-flight");
    private final Argument<Integer> backlog = option(
            within(1, Integer.MAX_VALUE),
            "N",
            "for unicast: publish N events first, then see how fast the group gets through them",
            "--backlog");
    private final Argument<Integer> window = option(
            within(1, MAX_WINDOW),
            "N",
            "without --rate, how many events the publisher may be ahead of the listeners",
            "--window");
    private final Argument<Boolean> ndjson =
            flag("with --rate, publish lines of one request instead of a request for each event", "--ndjson");

    /** For the table of commands. */
    public BenchListenCommand() {
        super("listeners or consumers; default 100, of a group 4, with --replay 1");
    }

    @Override
    public String description() {
        return """
            Listens over many connections, publishes, and reports how many deliveries there were a second; with --rate \
            also after what time each came. With --replay it publishes nothing and reads the history of the given \
            names.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events bench listen --connections 1000 --rate 300",
                "bus events bench listen --delivery unicast --ack explicit --connections 4",
                "bus events bench listen --replay --name example.bench");
    }

    @Override
    public void check() {
        super.check();
        boolean unicast = isOneOf("--delivery", delivery.or("broadcast"), "broadcast", "unicast");
        boolean explicit = isOneOf("--ack", ack.or("auto"), "auto", "explicit");
        if (!unicast && (explicit || group.given() || inFlight.given() || backlog.given() || ackBatch.given())) {
            throw CliException.usage(
                    "--group, --ack, --ack-batch, --in-flight and --backlog belong to --delivery unicast");
        }
        if (replay.given() && (unicast || rate.given() || window.given() || ndjson.given() || duration.given())) {
            throw CliException.usage("--replay goes with --name, --connections, --count and --rounds only");
        }
        if (replay.given() != names.given() && replay.given()) {
            throw CliException.usage("what is to be replayed? Give --name NAME");
        }
        if (!replay.given() && names.or(List.of()).size() > 1) {
            throw CliException.usage("one --name is enough: several go with --replay");
        }
        lines();
    }

    private static boolean isOneOf(String option, String value, String no, String yes) {
        if (!value.equals(no) && !value.equals(yes)) {
            throw CliException.usage(option + " is " + no + " or " + yes);
        }
        return value.equals(yes);
    }

    private EventLines lines() {
        List<String> given = names.or(List.of());
        String name = given.isEmpty() ? "example.bench." + unique() : given.getFirst();
        return new EventLines(List.of(name), size.or(DEFAULT_SIZE));
    }

    private static String unique() {
        return "r" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
    }

    @Override
    LoadResult load(LoadClient client, Target target) throws InterruptedException {
        double pace = rate.or(0.0);
        if (replay.given()) {
            return new ReplayLoad(connections.or(1), names.required(), count.or(0L), rounds.or(1)).run(client, target);
        }
        if (delivery.or("broadcast").equals("broadcast")) {
            return new BroadcastLoad(
                            connections.or(DEFAULT_LISTENERS),
                            pace,
                            pace == 0 || ndjson.given(),
                            window.or(DEFAULT_WINDOW),
                            lines(),
                            timing())
                    .run(client, target);
        }
        return new GroupLoad(
                        group.or("bench-" + unique()),
                        connections.or(DEFAULT_CONSUMERS),
                        ack.or("auto").equals("explicit"),
                        inFlight.or(DEFAULT_IN_FLIGHT),
                        ackBatch.or(DEFAULT_ACK_BATCH),
                        backlog.or(0),
                        pace,
                        window.or(DEFAULT_GROUP_WINDOW),
                        lines(),
                        timing())
                .run(client, target);
    }
}
