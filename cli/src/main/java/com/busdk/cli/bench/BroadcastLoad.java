package com.busdk.cli.bench;

import com.busdk.cli.bench.Timing.Span;
import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Many listeners get every event of one publisher. Without a rate the publisher is as fast as the listeners: it stays at
 * most a window ahead of what they have got on average. With a rate, latency is counted from the moment at which an
 * event was due to when it arrived, for each listener. Nobody else may publish that name meanwhile: the n-th event that
 * a listener gets is taken for the n-th that was published.
 *
 * @param listeners how many, one connection each
 * @param rate events a second, 0 for as many as the listeners take
 * @param stream publish lines of one request, instead of a request for each event
 * @param window how many events the publisher may be ahead where there is no rate
 * @param lines the events, all of one name
 * @param timing how long
 */
public record BroadcastLoad(int listeners, double rate, boolean stream, int window, EventLines lines, Timing timing) {
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Puts the load on, and waits for its end. */
    public LoadResult run(LoadClient client, Target target) throws InterruptedException {
        List<HttpConnection> open = new ArrayList<>();
        try {
            open.addAll(client.connect(target, listeners));
            Map<EventLoop, Tally> tallies = new HashMap<>();
            open.forEach(connection -> tallies.computeIfAbsent(connection.loop(), _ -> new Tally()));
            var clock = new Arrivals.Clock();
            listen(open, target, tallies, clock);
            HttpConnection publisher = client.connect(target, 1).getFirst();
            open.add(publisher);
            return publish(publisher, target, List.copyOf(tallies.values()), clock);
        } finally {
            client.close(open);
        }
    }

    private void listen(List<HttpConnection> open, Target target, Map<EventLoop, Tally> tallies, Arrivals.Clock clock)
            throws InterruptedException {
        Completion opened = new Completion(open.size());
        String query = "/stream?name=" + lines.names().getFirst();
        LoadClient.onEach(open, i -> {
            HttpConnection connection = open.get(i);
            var listener =
                    new Listener(new Arrivals(tallies.getOrDefault(connection.loop(), new Tally()), clock), opened);
            connection.send(Requests.get(target, query, Requests.NDJSON), listener);
        });
        Waiting.on(opened.future(), GRACE_NANOS, "for the service to accept all listeners");
    }

    private LoadResult publish(HttpConnection publisher, Target target, List<Tally> tallies, Arrivals.Clock clock)
            throws InterruptedException {
        long start = System.nanoTime() + LEAD_NANOS;
        Span span = timing.span(start);
        Pace pace = Pace.of(rate, start);
        clock.set(pace, span);
        CompletableFuture<Long> sent = stream
                ? sendLines(publisher, target, tallies, pace, span)
                : sendOneByOne(publisher, target, pace, span);
        Waiting.until(span.from());
        boolean counted = timing.count() > 0;
        long eventsBefore = counted ? 0 : Tally.events(tallies);
        long bytesBefore = counted ? 0 : bytes(tallies);
        long from = System.nanoTime();
        if (!counted) {
            Waiting.until(span.to());
        } else {
            long all = Waiting.on(sent, span.to() - System.nanoTime() + GRACE_NANOS, "for all to be published");
            Tally.awaitEvents(tallies, all * listeners);
        }
        double seconds = (System.nanoTime() - from) / 1e9;
        long events = Tally.events(tallies) - eventsBefore;
        long bytes = bytes(tallies) - bytesBefore;
        long published = Waiting.on(sent, GRACE_NANOS, "for the last event to be published");
        Tally.awaitEvents(tallies, published * listeners);
        var latency = LoadResult.histogram();
        tallies.forEach(tally -> latency.add(tally.latency()));
        return new LoadResult(
                "broadcast, " + listeners + (listeners == 1 ? " listener" : " listeners"),
                "deliveries",
                events,
                seconds,
                bytes,
                published * listeners - Tally.events(tallies),
                rate > 0 ? latency : null);
    }

    private CompletableFuture<Long> sendOneByOne(HttpConnection publisher, Target target, Pace pace, Span span)
            throws InterruptedException {
        byte[] line = lines.line(0);
        ByteBuf[] requests = {Requests.post(target, "", Requests.JSON, Arrays.copyOf(line, line.length - 1))};
        Completion completion = new Completion(1);
        long most = timing.count() == 0 ? Long.MAX_VALUE : timing.count();
        var sender = new Publisher(publisher, requests, pace, span, most, completion);
        LoadClient.onEach(List.of(publisher), _ -> sender.next());
        return completion.future().thenApply(_ -> sender.sent());
    }

    private CompletableFuture<Long> sendLines(
            HttpConnection publisher, Target target, List<Tally> tallies, Pace pace, Span span)
            throws InterruptedException {
        long most = timing.count() == 0 ? Long.MAX_VALUE : timing.count();
        var sender = new LineStream(publisher, target, lines, Math.clamp(window / 4, 1, 256), false, sent -> {
            long now = System.nanoTime();
            if (now - span.start() < 0) {
                return 0;
            }
            if (now - span.to() >= 0 || sent >= most) {
                return -1;
            }
            return Math.min(most, pace.isPaced() ? pace.countAt(now) : Tally.events(tallies) / listeners + window);
        });
        LoadClient.onEach(List.of(publisher), _ -> sender.begin());
        return sender.accepted().thenApply(_ -> sender.sent());
    }

    private static long bytes(List<Tally> tallies) {
        return tallies.stream().mapToLong(Tally::bytes).sum();
    }

    /** One listener. On the loop of its connection. */
    private static final class Listener implements Answer {
        private final Arrivals arrivals;
        private final Completion opened;

        Listener(Arrivals arrivals, Completion opened) {
            this.arrivals = arrivals;
            this.opened = opened;
        }

        @Override
        public void begun() {
            opened.partDone();
        }

        @Override
        public void data(ByteBuf buffer, int from, int length) {
            arrivals.add(Lines.count(buffer, from, length), length);
        }

        @Override
        public void done() {
            opened.fail(Trouble.wrong("the service ended a stream that should go on"));
        }

        @Override
        public void failed(CliException failure) {
            opened.fail(failure);
        }
    }
}
