package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;

/**
 * Asks an HTTP API for the same thing again and again.
 *
 * @param connections requests under way at the same time
 * @param rate requests a second in all, 0 for as fast as answers come
 * @param path below the target's own
 * @param timing how long
 */
public record GetLoad(int connections, double rate, String path, Timing timing) {
    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        String work = "GET " + path + ", " + connections + (connections == 1 ? " connection" : " connections");
        return new RequestRun(connections, rate, timing).run(client, target, work, "requests", 0, (to, _) ->
                new ByteBuf[] {Requests.get(to, path, Requests.JSON)});
    }
}
