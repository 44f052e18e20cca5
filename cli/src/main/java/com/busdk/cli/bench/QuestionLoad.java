package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Publishes one and the same request event again and again and waits for each response, which workers of other processes
 * give.
 *
 * @param connections requests under way at the same time
 * @param rate requests a second in all, 0 for as fast as responses come
 * @param envelope the request event as JSON
 * @param timing how long
 */
public record QuestionLoad(int connections, double rate, String envelope, Timing timing) {
    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        byte[] body = envelope.getBytes(StandardCharsets.UTF_8);
        String work = "question, " + connections + (connections == 1 ? " connection" : " connections");
        return new RequestRun(connections, rate, timing).run(client, target, work, "requests", body.length, (to, _) ->
                new ByteBuf[] {Requests.post(to, "/request?timeout=30s", Requests.JSON, body)});
    }
}
