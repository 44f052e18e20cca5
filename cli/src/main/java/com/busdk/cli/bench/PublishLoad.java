package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Publishes events with a request each.
 *
 * @param connections connections, each with one request under way at a time
 * @param rate events a second in all, 0 for as fast as the service answers
 * @param lines the events
 * @param timing how long
 */
public record PublishLoad(int connections, double rate, EventLines lines, Timing timing) {

    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        String work = "publish, " + connections + (connections == 1 ? " connection" : " connections");
        return new RequestRun(connections, rate, timing)
                .run(client, target, work, "events", lines.lineBytes() - 1, this::requests);
    }

    /** Each connection has its share of the names, so that all of them together have each once. */
    private ByteBuf[] requests(Target target, int connection) {
        List<ByteBuf> requests = new ArrayList<>();
        int variety = lines.variety();
        for (int i = connection % variety; i < variety; i += connections) {
            byte[] line = lines.line(i);
            requests.add(Requests.post(target, "", Requests.JSON, Arrays.copyOf(line, line.length - 1)));
        }
        return requests.toArray(ByteBuf[]::new);
    }
}
