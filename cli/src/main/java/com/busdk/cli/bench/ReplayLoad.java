package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * Reads history from its beginning to where it ends when the request comes. The latency is that of whole replays, from
 * the request to the end of the answer.
 *
 * @param listeners replays at the same time, one connection each
 * @param names what to replay
 * @param limit events in each replay, 0 for all
 * @param rounds how often, one after the other
 */
public record ReplayLoad(int listeners, List<String> names, long limit, int rounds) {
    /** A replay of all that ten gigabytes hold takes less. */
    private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        List<HttpConnection> open = client.connect(target, listeners);
        try {
            Histogram times = LoadResult.histogram();
            long events = 0;
            long bytes = 0;
            long nanos = 0;
            for (int round = 0; round < rounds; round++) {
                Completion completion = new Completion(listeners);
                List<Replay> replays = new ArrayList<>();
                for (int i = 0; i < listeners; i++) {
                    replays.add(new Replay(completion));
                }
                long before = System.nanoTime();
                LoadClient.onEach(open, i -> open.get(i).send(request(target), replays.get(i)));
                Waiting.on(completion.future(), MAX_NANOS, "for the end of a replay");
                nanos += System.nanoTime() - before;
                for (Replay replay : replays) {
                    events += replay.events;
                    bytes += replay.bytes;
                    times.recordValue(replay.ended - before);
                }
            }
            String work = "replay, " + listeners + (listeners == 1 ? " listener" : " listeners");
            return new LoadResult(work, "events", events, nanos / 1e9, bytes, 0, times);
        } finally {
            client.close(open);
        }
    }

    private ByteBuf request(Target target) {
        String query = names.stream()
                .map(name -> "name=" + URLEncoder.encode(name, StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return Requests.get(
                target, "/stream?" + query + "&follow=false" + (limit > 0 ? "&limit=" + limit : ""), Requests.NDJSON);
    }

    /** One replay. On the loop of its connection; read when it is over. */
    private static final class Replay implements Answer {
        private final Completion completion;
        private long events;
        private long bytes;
        private long ended;

        Replay(Completion completion) {
            this.completion = completion;
        }

        @Override
        public void data(ByteBuf buffer, int from, int length) {
            events += Lines.count(buffer, from, length);
            bytes += length;
        }

        @Override
        public void done() {
            ended = System.nanoTime();
            completion.partDone();
        }

        @Override
        public void failed(CliException failure) {
            completion.fail(failure);
        }
    }
}
