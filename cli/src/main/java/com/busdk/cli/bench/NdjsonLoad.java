package com.busdk.cli.bench;

import com.busdk.cli.bench.Timing.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Publishes events as lines, each connection with one request that goes on until the end.
 *
 * @param connections how many
 * @param rate events a second in all, 0 for as many as the service takes
 * @param batch lines in a write
 * @param lines the events
 * @param timing how long; the warm-up is a request of its own
 */
public record NdjsonLoad(int connections, double rate, int batch, EventLines lines, Timing timing) {
    /** Between the last line and the answer: what is on its way has to be stored. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Puts the load on, and waits for its end. The time is that from the first line to the last answer. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        List<HttpConnection> open = client.connect(target, connections);
        try {
            if (timing.warmup().isPositive()) {
                publish(open, target, Timing.of(Duration.ZERO, timing.warmup()));
            }
            long before = System.nanoTime();
            long count = publish(open, target, new Timing(Duration.ZERO, timing.duration(), timing.count()));
            double seconds = (System.nanoTime() - before) / 1e9;
            String work = "publish lines, " + connections + (connections == 1 ? " connection" : " connections");
            return new LoadResult(work, "events", count, seconds, count * lines.lineBytes(), 0, null);
        } finally {
            client.close(open);
        }
    }

    private long publish(List<HttpConnection> open, Target target, Timing part) throws InterruptedException {
        Span span = part.span(System.nanoTime());
        List<LineStream> streams = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            long share = part.count() == 0
                    ? Long.MAX_VALUE
                    : part.count() / connections + (i < part.count() % connections ? 1 : 0);
            Pace pace = Pace.of(rate, span.start()).share(i, connections);
            streams.add(
                    new LineStream(open.get(i), target, lines, batch, false, sent -> allowed(pace, span, share, sent)));
        }
        LoadClient.onEach(open, i -> streams.get(i).begin());
        long count = 0;
        for (LineStream stream : streams) {
            long accepted = Waiting.on(
                    stream.accepted(),
                    span.to() - System.nanoTime() + GRACE_NANOS,
                    "for the answer to a stream of lines");
            if (accepted >= 0 && accepted != stream.sent()) {
                throw Trouble.wrong("the service took " + accepted + " events of " + stream.sent());
            }
            count += stream.sent();
        }
        return count;
    }

    /** How far a stream may go. */
    private static long allowed(Pace pace, Span span, long share, long sent) {
        long now = System.nanoTime();
        if (now - span.to() >= 0 || sent >= share) {
            return -1;
        }
        return pace.isPaced() ? Math.min(share, pace.countAt(now)) : share;
    }
}
