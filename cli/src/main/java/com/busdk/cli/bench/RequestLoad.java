package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Asks for something and waits for the response, which workers of a group publish at once.
 *
 * @param connections requests under way at the same time
 * @param workers consumers of the group that answers, 0 where other processes answer
 * @param rate requests a second in all, 0 for as fast as responses come
 * @param lines the requests, all of one name that ends in {@code .request}
 * @param timing how long
 */
public record RequestLoad(int connections, int workers, double rate, EventLines lines, Timing timing) {
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int CONNECTIONS_OF_WORKER = 4;
    private static final String GROUP = "bench";

    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        List<HttpConnection> open = new ArrayList<>();
        try {
            startWorkers(client, target, open);
            String work = "request, " + connections + (connections == 1 ? " connection" : " connections");
            return new RequestRun(connections, rate, timing)
                    .run(client, target, work, "requests", lines.lineBytes() - 1, this::requests);
        } finally {
            client.close(open);
        }
    }

    private ByteBuf[] requests(Target target, int ignoredConnection) {
        byte[] line = lines.line(0);
        return new ByteBuf[] {
            Requests.post(target, "/request?timeout=30s", Requests.JSON, Arrays.copyOf(line, line.length - 1))
        };
    }

    private void startWorkers(LoadClient client, Target target, List<HttpConnection> open) throws InterruptedException {
        String name = lines.names().getFirst();
        String responseName = name.substring(0, name.length() - "request".length()) + "response";
        Completion opened = new Completion(workers);
        for (int worker = 0; worker < workers; worker++) {
            List<HttpConnection> own = sameLoop(client, target, open);
            HttpConnection stream = own.getFirst();
            var replier = new Replier(target, own.subList(1, own.size()), responseName, opened);
            String query = "/stream?delivery=unicast&group=" + GROUP + "&consumer=c" + worker + "&name=" + name;
            LoadClient.onEach(List.of(stream), _ -> stream.send(Requests.get(target, query, Requests.NDJSON), replier));
        }
        Waiting.on(opened.future(), GRACE_NANOS, "for the service to accept the workers");
    }

    /** Connections on one loop: as they go round the loops in turn, one of each round. */
    private static List<HttpConnection> sameLoop(LoadClient client, Target target, List<HttpConnection> open)
            throws InterruptedException {
        List<HttpConnection> made = client.connect(target, (CONNECTIONS_OF_WORKER + 1) * client.threads());
        open.addAll(made);
        HttpConnection first = made.getFirst();
        return made.stream()
                .filter(connection -> connection.loop().equals(first.loop()))
                .toList();
    }
}
