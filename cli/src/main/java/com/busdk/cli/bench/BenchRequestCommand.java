package com.busdk.cli.bench;

import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.client.event.EventName;
import java.util.List;

/** {@code bus events bench request}: requests and their responses, through the group of a worker. */
public final class BenchRequestCommand extends BenchCommand {
    private static final String DEFAULT_NAME = "example.bench.request";
    private static final int DEFAULT_CONNECTIONS = 16;
    private static final int MAX_WORKERS = 1_000;

    private final Argument<String> name =
            option("NAME", "name of the requests, ending in .request; default " + DEFAULT_NAME, "--name");
    private final Argument<Integer> workers = option(
            within(0, MAX_WORKERS),
            "N",
            "workers of the load generator that answer; 0 where others do; default 1",
            "--workers");

    /** For the table of commands. */
    public BenchRequestCommand() {
        super("requests under way at the same time; default 16");
    }

    @Override
    public String description() {
        return """
            Sends requests through the service to workers that answer at once, and reports how many responses came a \
            second, and after what time each did.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus events bench request --connections 16", "bus events bench request --rate 500 --duration 30s");
    }

    @Override
    public void check() {
        super.check();
        if (!EventName.isRequest(name.or(DEFAULT_NAME))) {
            throw CliException.usage("--name of a request ends in .request, for example " + DEFAULT_NAME);
        }
        lines();
    }

    private EventLines lines() {
        return new EventLines(List.of(name.or(DEFAULT_NAME)), size.or(DEFAULT_SIZE));
    }

    @Override
    LoadResult load(LoadClient client, Target target) throws InterruptedException {
        return new RequestLoad(connections.or(DEFAULT_CONNECTIONS), workers.or(1), rate.or(0.0), lines(), timing())
                .run(client, target);
    }
}
