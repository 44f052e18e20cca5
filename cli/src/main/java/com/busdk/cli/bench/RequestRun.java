package com.busdk.cli.bench;

import com.busdk.cli.bench.Timing.Span;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Sends requests over many connections, one under way on each.
 *
 * @param connections how many
 * @param rate requests a second in all, 0 for as fast as the service answers
 * @param timing how long
 */
record RequestRun(int connections, double rate, Timing timing) {
    /** For answers that are still out at the end. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Time to have all connections begin together. */
    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Makes the requests that a connection sends in turn. */
    @FunctionalInterface
    interface Maker {
        ByteBuf[] make(Target target, int connection);
    }

    LoadResult run(LoadClient client, Target target, String work, String unit, int bytesEach, Maker maker)
            throws InterruptedException {
        List<HttpConnection> open = client.connect(target, connections);
        try {
            long start = System.nanoTime() + LEAD_NANOS;
            Span span = timing.span(start);
            Pace pace = Pace.of(rate, start);
            Completion completion = new Completion(connections);
            List<Publisher> publishers = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                publishers.add(new Publisher(
                        open.get(i), maker.make(target, i), pace.share(i, connections), span, share(i), completion));
            }
            LoadClient.onEach(open, i -> publishers.get(i).next());
            Waiting.on(
                    completion.future(),
                    span.to() - System.nanoTime() + GRACE_NANOS,
                    "for the answers to all requests");
            return result(work, unit, bytesEach, publishers, span);
        } finally {
            client.close(open);
        }
    }

    private long share(int i) {
        long count = timing.count();
        return count == 0 ? Long.MAX_VALUE : count / connections + (i < count % connections ? 1 : 0);
    }

    private LoadResult result(String work, String unit, int bytesEach, List<Publisher> publishers, Span span) {
        Histogram latency = LoadResult.histogram();
        long count = 0;
        long unsent = 0;
        for (Publisher publisher : publishers) {
            unsent += publisher.unsent();
            latency.add(publisher.latency());
            count += publisher.measured();
        }
        double seconds = timing.count() == 0 ? span.seconds() : (System.nanoTime() - span.from()) / 1e9;
        return new LoadResult(work, unit, count, seconds, count * bytesEach, unsent, latency);
    }
}
