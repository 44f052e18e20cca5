package com.busdk.cli.bench;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Asks for the same thing again and again, with other tokens in turn.
 *
 * @param connections requests under way at the same time
 * @param rate requests a second in all, 0 for as fast as answers come
 * @param path below the target's own
 * @param tokens each connection takes its share of them, so at least as many as connections; a single one is for all
 * @param timing how long
 */
public record TokensLoad(int connections, double rate, String path, List<String> tokens, Timing timing) {
    /** Keeps a copy. */
    public TokensLoad {
        tokens = List.copyOf(tokens);
        if (tokens.size() > 1 && tokens.size() < connections) {
            throw new IllegalArgumentException("a connection without a token has nothing to send");
        }
    }

    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        String work = "GET " + path + ", " + tokens.size() + (tokens.size() == 1 ? " token" : " tokens");
        return new RequestRun(connections, rate, timing).run(client, target, work, "requests", 0, this::requests);
    }

    private ByteBuf[] requests(Target target, int connection) {
        if (tokens.size() == 1) {
            return new ByteBuf[] {request(target, tokens.getFirst())};
        }
        int share = (tokens.size() - connection - 1) / connections + 1;
        ByteBuf[] requests = new ByteBuf[share];
        for (int i = 0; i < share; i++) {
            requests[i] = request(target, tokens.get(connection + i * connections));
        }
        return requests;
    }

    private ByteBuf request(Target target, String token) {
        return Requests.get(new Target(target.host(), target.port(), target.path(), token), path, Requests.JSON);
    }
}
