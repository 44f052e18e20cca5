package com.busdk.cli.bench;

import com.busdk.cli.command.Argument;
import java.util.List;

/** {@code bus events bench publish}: publishes as fast as the service takes events, or at a rate. */
public final class BenchPublishCommand extends BenchCommand {
    private static final String DEFAULT_NAME = "example.bench";
    private static final int DEFAULT_CONNECTIONS = 64;
    private static final int DEFAULT_BATCH = 256;
    private static final int MAX_BATCH = 100_000;

    private final Argument<Boolean> ndjson =
            flag("publish the events as lines of one request on each connection", "--ndjson");
    private final Argument<Integer> batch =
            option(within(1, MAX_BATCH), "N", "lines in a write, with --ndjson; default " + DEFAULT_BATCH, "--batch");
    private final Argument<String> name = option("NAME", "name of the events; default " + DEFAULT_NAME, "--name");
    private final Argument<Integer> names = option(
            within(1, MAX_NAMES),
            "N",
            "spread the events over N names, NAME.n0 and so on; default 1: NAME itself",
            "--names");

    /** For the table of commands. */
    public BenchPublishCommand() {
        super("connections; default 64, or 1 with --ndjson");
    }

    @Override
    public String description() {
        return """
            Publishes events and reports how many were accepted a second, and after what time each was. A connection has \
            one request under way at a time. The events stay in the log as others do.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events bench publish --connections 64 --duration 10s",
                "bus events bench publish --rate 2000 -f json",
                "bus events bench publish --ndjson --count 1000000 --names 1000");
    }

    @Override
    public void check() {
        super.check();
        lines();
    }

    private EventLines lines() {
        return new EventLines(EventLines.names(name.or(DEFAULT_NAME), names.or(1)), size.or(DEFAULT_SIZE));
    }

    @Override
    LoadResult load(LoadClient client, Target target) throws InterruptedException {
        return ndjson.given()
                ? new NdjsonLoad(connections.or(1), rate.or(0.0), batch.or(DEFAULT_BATCH), lines(), timing())
                        .run(client, target)
                : new PublishLoad(connections.or(DEFAULT_CONNECTIONS), rate.or(0.0), lines(), timing())
                        .run(client, target);
    }
}
